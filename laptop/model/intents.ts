/** What the caller wants, told by words that say it. Each rule is a question about one utterance. */

type Rule = (words: string) => boolean;
const says =
  (pattern: RegExp): Rule =>
  (words) =>
    pattern.test(words);

/** Orders about who the model is or what it was told. */
export const isOrder: Rule = says(
  /\b(ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(instructions?|rules?|prompts?|guidelines?|policies|safety|restrictions?)\b|\b(system prompt|developer mode|jailbreak|you are now|from now on you|pretend (to be|you)|act as|role.?play|your (hidden |secret |initial )?(instructions|prompt))\b|\b(oublie[zr]?|ignore[zr]?)\b[^.!?]{0,40}\b(instructions?|consignes|règles)\b|\b(tu es (maintenant|désormais)|vous êtes (maintenant|désormais)|fais(ons)? comme si|jouez? le rôle|comporte-toi|révèle)(?=\W|$)|\b(ignora|olvida)\b[^.!?]{0,40}\b(instrucciones|reglas)\b|\b(ignorier\w*|vergiss)\b[^.!?]{0,40}\b(Anweisungen|Regeln)\b|忽略[^。]{0,12}(指令|指示|规则)/i,
);

export const isHumanWish: Rule = says(
  /\b(speak|talk|transfer|put me through|connect me)\b[^.!?]{0,30}\b(human|person|agent|someone|somebody|advisor|operator|representative|manager)\b|\breal (person|human)\b|\b(parler|passe[rz]|transfére[rz]|relation)\b[^.!?]{0,30}\b(humain|personne|conseill\w+|quelqu'un|agent|responsable)\b|\b(hablar|p[aá]se(me|nme)?|comun[ií]que\w*)\b[^.!?]{0,30}\b(humano|persona|agente|alguien|asesor)\b|\b(Menschen|Mitarbeiter\w*|Berater\w*)\b[^.!?]{0,30}\b(sprechen|verbinden|reden)\b|人工|转接|真人/i,
);

export const isGoodbye: Rule = says(
  /\b(good ?bye|bye( bye)?|that('s| is| will be) all|nothing else|hang up|au revoir|c'est tout|raccroche[rz]?|adi[oó]s|hasta luego|eso es todo|auf wieder(sehen|hören)|tschüss|das war('s| alles))\b|再见|拜拜|没有别的/i,
);

export const isNo: Rule = says(/^\W*(no|nope|non|nein|没有|不用|不)(\b|[\s,，。]|$)/i);

export const isGreetingOnly: Rule = says(
  /^\W*((hello|hi|hey|good (morning|afternoon|evening|day)|how (are you|do you do)( doing)?( today)?|there|bonjour|bonsoir|salut|allô|comment (allez-vous|ça va|vas-tu)|ça va|madame|monsieur|hola|buen[oa]s (d[ií]as|tardes|noches)|qué tal|cómo está( usted)?|guten (tag|morgen|abend)|hallo|wie geht es ihnen|您好|你好|喂)(?!\p{L})\W*)+$/iu,
);

export const isProfane: Rule = says(
  /\b(fuck\w*|shit\w*|bastards?|assholes?|damn|merde|putain|connards?|bordel|mierda|joder|put[ao]s?|cabr[oó]n\w*|gilipollas|hostia|coño|scheiß\w*|verdammt)(?=\W|$)|他妈的/iu,
);

export const isInjury: Rule = says(
  /\b(injur\w+|hurt|bleed\w*|unconscious|trapped|broken (arm|leg|rib)|bless[ée]\w*|saigne\w*|inconscient\w*|herid[oa]s?|sangr\w+|inconsciente|verletzt\w*|blutet)(?=\W|$)|受伤|流血|昏迷/iu,
);

const noInjury: Rule = says(
  /\b(no ?(one|body)|not|none|aucun|personne n'|pas de|nadie|ning[uú]n|niemand|keine?)\b[^.!?]{0,25}\b(injur|hurt|bless|herid|verletz)|没有?人?受伤/i,
);

export const isDanger: Rule = (words) =>
  (isInjury(words) && !noInjury(words)) ||
  /\b(on fire|burning|smoke|explosion|en feu|brûle|incendie|fuego|ardiendo|brennt|feuer)\b|着火|起火/i.test(words);

export const isIncident: Rule = (words) =>
  (isInjury(words) && !noInjury(words)) ||
  /\b(leak\w*|flood\w*|accident\w*|crash\w*|hail\w*|storm\w*|stole\w*|theft|burgl\w*|broke\w*|damag\w*|ransom\w*|hack\w*|fire|collision|fuite|fuit|dégât\w*|inond\w*|grêle\w*|tempête|vol(é\w*)?|récoltes?|détruit\w*|renvers\w*|percut\w*|fuga|inundaci\w*|granizo|rob(o|ad[oa]s?|aron|ó)|da[nñ]o\w*|cifrad[oa]s?|rescate|choque|unfall|hagel|diebstahl|gestohlen|schaden|wasserrohr\w*|brand|cass[ée]\w*|abîm\w*|endommag\w*|romp\w*|rompió|dañ[aoó]\w*|gebrochen|beschädigt|zerschlagen)(?=\W|$)|车祸|漏水|被撞|事故|冰雹|被盗|损坏/iu.test(
    words,
  );

export const isWhoAreYou: Rule = says(
  /(?<!\p{L})(what('s| is) your name|who are you|who am i (talking|speaking) (to|with)|comment vous appelez-vous|comment t'appelles-tu|quel est votre nom|qui êtes-vous|à qui je parle|cómo se llama( usted)?|quién es usted|con quién hablo|wie heißen sie|wer sind sie|mit wem spreche ich)(?!\p{L})|您贵姓|你是谁|您是谁/iu,
);

export const isUncertain: Rule = says(
  /\b(i (do not|don't|can't|cannot) (know|remember|recall|have (it|one|that))|no idea|not sure|(rather|prefer) not (to )?say|je ne sais (pas|plus)|je ne l'ai pas|je n'en ai pas|aucune idée|pas sous la main|no (lo )?sé|no (lo|la) tengo|no (me )?recuerdo|ni idea|weiß (ich )?nicht|habe ich nicht|keine ahnung)(?=\W|$)|不知道|不记得|不清楚/iu,
);

export const isYes: Rule = says(
  /^\W*(yes|yeah|yep|sure|please do|go ahead|oui|volontiers|bien sûr|s[ií]|claro|ja|gern|好|是的?|可以|要)(?=\P{L}|$)/iu,
);

/** Words that are polite and say nothing. */
export const isFiller: Rule = says(
  /^\W*((please|sorry|pardon|bon|perdón|perdone|entschuldigung|s'il vous plaît|por favor|bitte|ok(ay)?|all right|alright|well|right|great|fine|good|i see|hm+|uh+|thanks?|thank you( very much)?|very well|d'accord|bien|très bien|parfait|merci( beaucoup)?|de acuerdo|vale|muy bien|perfecto|(muchas )?gracias|in ordnung|gut|alles klar|danke( schön)?|好的?|谢谢|嗯)[\s,.!，。]*)+$/iu,
);

export const isRepeatWish: Rule = says(
  /\b(say (that|it) again|(can|could) you (please )?repeat|repeat (that|the question|please)|what did you say|what was the question|répéter|répète[zr]?|qu'avez-vous dit|puede repetir|repita|qué ha dicho|wiederholen|noch einmal bitte|was haben sie gesagt)\b|^\W*(pardon|sorry|what|comment|cómo|wie bitte)\s*\?\W*$|再说一遍|请重复/iu,
);

export const isAreYouThere: Rule = says(
  /\b(are you (still )?there|can you hear me|do you hear me|vous êtes (toujours )?là|êtes-vous (toujours )?là|vous m'entendez|m'entendez-vous|me oye|sigue ahí|está ahí|hören sie mich|sind sie (noch )?da)\b|听得到吗|你在吗|您在吗/iu,
);

export const isAreYouHuman: Rule = says(
  /\b(are you|am i (talking|speaking) (to|with)|is this|êtes-vous|vous êtes|je parle à|es usted|hablo con|sind sie|spreche ich mit)\b[^.!?]{0,20}(?<!\p{L})(robot|machine|bot|human|computer|ai|a (real )?person|humain|ordinateur|une (vraie )?personne|máquina|una persona|humano|roboter|maschine|mensch(en)?|computer)(?!\p{L})|你是(机器人|真人)|您是(机器人|真人)/iu,
);

export const isSmsWish: Rule = says(
  /\b(send|text|envoye[zr]|envoie|env[ií]e\w*|schick\w*)\b[^.!?]{0,40}\b(sms|text( message)?|message|texto|mensaje|nachricht)\b|发.{0,6}短信/i,
);

export const isReminderWish: Rule = says(
  /\b(call me back|remind me|callback|rappele[zr]-moi|me rappeler|rappelle-moi|ll[aá]m(eme|enme|arme|arnos)|(me|nos) llam(e|en|a|an|ar[aá]n?)|recu[eé]rd\w+|ruf\w* (mich|zurück)|zurückrufen|erinner\w* mich)(?=\W|$)|回电|提醒我/iu,
);

/** To go on with an earlier conversation. */
export const isContinueWish: Rule = says(
  /\b(continue|go on|resume|pick up|carry on)\b[^.!?]{0,40}\b(last|earlier|previous|before|conversation|call|claim|left off|stopped)\b|\b(we (were|got)|was|been|got|call was) (cut off|disconnected)\b|\b(the|my) (line|call) (dropped|broke|was lost)\b|\b(reprendre|continuer|poursuivre|reprenons)(?!\p{L})[^.!?]{0,40}\b(conversation|appel|dossier|arrêtés?|tout à l'heure)(?!\p{L})|\b(été|sommes|a) (coupée?s?|interrompue?s?)(?!\p{L})|\bligne (a|s'est) coupée?(?!\p{L})|\b(seguir|continuar|retomar|sigamos)\b[^.!?]{0,40}\b(conversación|llamada|dejamos|antes)(?!\p{L})|\bse (ha cortado|cortó)(?!\p{L})|\b(gespräch|anruf)\b[^.!?]{0,30}\b(fortsetzen|weiterführen)\b|\bunterbrochen worden\b|继续[^。]{0,6}(上次|刚才|之前)|刚才[^。]{0,6}断/iu,
);

/** To give a card's number, a PIN or a code, which is never done aloud. */
export const isSecretDigitsWish: Rule = says(
  /\b(pay|card number|credit card|by card|pin( code)?|payer|carte (bancaire|bleue|de crédit)|par carte|code secret|pagar|tarjeta|bezahlen|kreditkarte|karten?nummer|geheimzahl)\b|银行卡|信用卡|付款|密码/iu,
);

/** To be recorded no longer, unasked. */
export const isNoRecordingWish: Rule = says(
  /\b(stop|end|don't|do not|no more|not want) (the |this |me |any |to be |being )*record(ing|ed)?\b|\b(arrête[rz]?|plus) (de |d'|cet |l'|être )*enregistre[rzé]?\w*|\b(deje|pare|dejar|parar|no) (de |la |quiero que |me |se )*grab\w+|\b(nicht|keine) (mehr )?(weiter )?(auf(zeichnen|gezeichnet|nehmen|genommen|zeichnung|nahme))\b|(停止|不要再?|别再?)录音/iu,
);

export const isNewClaimWish: Rule = says(
  /\b(another|new|second|different|autre|nouveau|nouvelle|nuevo|otro|neue[nr]?|andere[nr]?) (claim|dossier|sinistre|déclaration|siniestro|parte|schaden\w*)\b|(新的|另一个)理赔/i,
);

export function speedWish(words: string): number | undefined {
  if (
    /\b(slow(er|ly)|slow down|too fast|plus lentement|moins vite|trop vite|más (despacio|lento)|langsamer|zu schnell)\b|慢一?点/i.test(
      words,
    )
  )
    return 0.85;
  return /\b(faster|speed up|too slow|plus vite|trop lent\w*|más rápido|schneller)\b|快一?点/i.test(words) ? 1.15 : undefined;
}

export const isQuestion: Rule = says(
  /[?？]\s*$|^\W*((and|but|et|mais|y|pero|und|aber)\s+)?((what|when|how|who|where|why|which|is|are|does|do|can i|am i|will|combien|comment|pourquoi|quand|quel\w*|suis-je|puis-je|pouvez-vous|cu[aá]nto|c[oó]mo|qu[eé]|cu[aá]ndo|wie|was|wann|warum)(?=\s)|(est-ce|qu'est-ce|y a-t-il|avez-vous|êtes-vous))|\b(i (would|'d) like to know|i want to know|tell me (what|how|if|whether|when|why)|je voudrais savoir|j'aimerais savoir|dites-moi (si|ce|quand|comment|combien)|quiero saber|quisiera saber|d[ií]game (si|qué|cu[aá]ndo)|ich (möchte|wollte|würde gern) wissen|sagen sie mir)\b|(吗|呢|什么|多少)[？?。]?\s*$/iu,
);

/** More than a cheap model answers well at once. */
export const isHard: Rule = says(
  /\b(explain|analy[sz]e|compare|prove|derive|architecture|expliquez?|analysez?|comparez?|démontrez?|explica|analiza|compara|demuestra|erkläre?n?|analysieren?|vergleichen?|beweisen?)(?=\W|$)|解释|分析|比较|证明/iu,
);

/** What a company's own documents answer. */
export const isAboutTheCompany: Rule = says(
  /\b(documents?|polic(y|ies)|opening hours|handbook|procedures?|warranty|deductible|documents|horaires|garantie|franchise|documentos?|horario|garantía|Unterlagen|Öffnungszeiten|Garantie)(?=\W|$)|文件|营业时间|保修/iu,
);

/** Of the assistant's words: an open invitation to tell. */
export const asksHowToHelp: Rule = says(/how can i help|puis-je vous aider|puedo ayudarle|kann ich ihnen helfen|可以帮您/i);

export const isThanks: Rule = says(/\b(thanks?|thank you|merci|gracias|danke)\b|谢谢/i);

export const isAngry: Rule = (words) =>
  isProfane(words) ||
  /\b(angry|furious|unacceptable|scandal\w*|terrible service|inadmissible|furieux|inaceptable|unverschämt)\b|太差/i.test(words);

/** No word one could know: letters without a vowel, or nothing but marks. Letters spelled one by one and numbers are not that. */
export const isUnintelligible: Rule = (words) => {
  if (/\[(inaudible|unintelligible|noise)\]/i.test(words)) return true;
  if (/\p{Script=Han}/u.test(words)) return false;
  const tokens = words.match(/[\p{L}\d']+/gu) ?? [];
  if (tokens.length === 0) return true;
  const known = tokens.filter((token) => /\d/.test(token) || token.length === 1 || isWordLike(token));
  return known.length * 2 < tokens.length;
};

function isWordLike(token: string): boolean {
  const plain = token.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return /[aeiouyœæ]/.test(plain) && !/[bcdfghjklmnpqrstvwxz]{6,}|(.)\1{3,}/.test(plain);
}
