/** The sentences that are ours and not the model's, in the languages we wrote them in. Placeholders as in `PhraseName`. */
import type { PhraseBook, PhraseName } from "./phrase-book.ts";

export type Templates = Readonly<Record<PhraseName, readonly [string, ...string[]]>>;

/** What every translation starts from. */
export const english: Templates = {
  hello_tpl: ["Hello, I'm {bot_name} from {bot_company}. How can I help you?"],
  hello_again_tpl: ["Hello again. Shall we go on where we stopped?"],
  ivr_language_tpl: ["For {label}, press {index}."],
  timeout_loading_tpl: ["One moment please, I am looking into it."],
  error_tpl: ["I am sorry, that did not work. Could you say it again?"],
  timeout_silence_tpl: ["Are you still there?"],
  goodbye_tpl: ["Thank you for calling {bot_company}. Goodbye!"],
  end_call_to_connect_agent_tpl: ["I am putting you through to a colleague. Please hold the line."],
  calltransfer_failure_tpl: ["I am sorry, nobody is free at the moment."],
  briefing_tpl: ["Press 1 to take the call, or 2 to decline."],
  line_back_tpl: ["Sorry, the line was interrupted for a moment."],
};

const primaryOf = (language: string): string => language.split("-")[0]?.toLowerCase() ?? "";

const byLanguage: Readonly<Record<string, Templates>> = {
  en: english,
  fr: {
    hello_tpl: ["Bonjour, je suis {bot_name}, de {bot_company}. Comment puis-je vous aider ?"],
    hello_again_tpl: ["Rebonjour. Reprenons-nous là où nous nous étions arrêtés ?"],
    ivr_language_tpl: ["Pour le {label}, tapez {index}."],
    timeout_loading_tpl: ["Un instant s'il vous plaît, je regarde."],
    error_tpl: ["Je suis désolée, cela n'a pas fonctionné. Pouvez-vous répéter ?"],
    timeout_silence_tpl: ["Êtes-vous toujours là ?"],
    goodbye_tpl: ["Merci d'avoir appelé {bot_company}. Au revoir !"],
    end_call_to_connect_agent_tpl: ["Je vous mets en relation avec un collègue. Ne quittez pas."],
    calltransfer_failure_tpl: ["Je suis désolée, personne n'est disponible pour le moment."],
    briefing_tpl: ["Tapez 1 pour prendre l'appel, ou 2 pour le refuser."],
    line_back_tpl: ["Pardon, la ligne a été interrompue un instant."],
  },
  es: {
    hello_tpl: ["Hola, soy {bot_name}, de {bot_company}. ¿En qué puedo ayudarle?"],
    hello_again_tpl: ["Hola de nuevo. ¿Seguimos donde lo dejamos?"],
    ivr_language_tpl: ["Para {label}, pulse {index}."],
    timeout_loading_tpl: ["Un momento por favor, lo estoy comprobando."],
    error_tpl: ["Lo siento, no ha funcionado. ¿Puede repetirlo?"],
    timeout_silence_tpl: ["¿Sigue ahí?"],
    goodbye_tpl: ["Gracias por llamar a {bot_company}. ¡Adiós!"],
    end_call_to_connect_agent_tpl: ["Le paso con un compañero. No cuelgue, por favor."],
    calltransfer_failure_tpl: ["Lo siento, ahora mismo no hay nadie disponible."],
    briefing_tpl: ["Pulse 1 para atender la llamada, o 2 para rechazarla."],
    line_back_tpl: ["Perdón, la línea se ha cortado un momento."],
  },
  de: {
    hello_tpl: ["Guten Tag, ich bin {bot_name} von {bot_company}. Wie kann ich Ihnen helfen?"],
    hello_again_tpl: ["Guten Tag noch einmal. Machen wir dort weiter, wo wir aufgehört haben?"],
    ivr_language_tpl: ["Für {label} drücken Sie die {index}."],
    timeout_loading_tpl: ["Einen Moment bitte, ich sehe nach."],
    error_tpl: ["Entschuldigung, das hat nicht geklappt. Können Sie es bitte wiederholen?"],
    timeout_silence_tpl: ["Sind Sie noch da?"],
    goodbye_tpl: ["Vielen Dank für Ihren Anruf bei {bot_company}. Auf Wiederhören!"],
    end_call_to_connect_agent_tpl: ["Ich verbinde Sie mit einem Kollegen. Bitte bleiben Sie in der Leitung."],
    calltransfer_failure_tpl: ["Es tut mir leid, im Moment ist niemand frei."],
    briefing_tpl: ["Drücken Sie 1, um den Anruf anzunehmen, oder 2, um ihn abzulehnen."],
    line_back_tpl: ["Verzeihung, die Leitung war kurz unterbrochen."],
  },
  zh: {
    hello_tpl: ["您好，我是{bot_company}的{bot_name}。请问有什么可以帮您？"],
    hello_again_tpl: ["您好，我们接着刚才的内容继续，好吗？"],
    ivr_language_tpl: ["{label}请按{index}。"],
    timeout_loading_tpl: ["请稍等，我正在查看。"],
    error_tpl: ["抱歉，刚才出了问题。您能再说一遍吗？"],
    timeout_silence_tpl: ["您还在吗？"],
    goodbye_tpl: ["感谢您致电{bot_company}。再见！"],
    end_call_to_connect_agent_tpl: ["我为您转接同事，请不要挂断。"],
    calltransfer_failure_tpl: ["抱歉，现在没有人可以接听。"],
    briefing_tpl: ["接听请按1，拒绝请按2。"],
    line_back_tpl: ["抱歉，线路刚才中断了一下。"],
  },
};

/** Our own templates in a language (BCP 47) that we wrote them in. */
export const writtenIn = (language: string): Templates | undefined => byLanguage[primaryOf(language)];

/** The agent's names in place; what only a language menu knows stays for it to fill. */
export function filled(templates: Templates, agent: { readonly bot_name: string; readonly bot_company: string }): PhraseBook {
  const fill = (text: string) =>
    text.replaceAll("{bot_name}", () => agent.bot_name).replaceAll("{bot_company}", () => agent.bot_company);
  return Object.fromEntries<unknown>(Object.entries(templates).map(([name, texts]) => [name, texts.map(fill)])) as PhraseBook;
}

/** Our own phrases in a language (BCP 47) with the agent's names in place; English for one we wrote none in. */
export const phrasesIn = (language: string, agent: { readonly bot_name: string; readonly bot_company: string }): PhraseBook =>
  filled(writtenIn(language) ?? english, agent);

const codeMessages: Readonly<Record<string, string>> = {
  en: "{code} is your code for {company}. If you are not on the phone with us, ignore this message and tell nobody the code.",
  fr: "{code} est votre code pour {company}. Si vous n'êtes pas au téléphone avec nous, ignorez ce message et ne donnez le code à personne.",
  es: "{code} es su código para {company}. Si no está al teléfono con nosotros, ignore este mensaje y no dé el código a nadie.",
  de: "{code} ist Ihr Code für {company}. Wenn Sie nicht mit uns telefonieren, ignorieren Sie diese Nachricht und nennen Sie den Code niemandem.",
  zh: "{code}是您在{company}的验证码。如果您没有在与我们通话，请忽略此短信，不要把验证码告诉任何人。",
};

/** The text message that brings a caller the code which proves that the number is theirs. */
export function codeMessage(language: string, company: string, code: string): string {
  const template = codeMessages[primaryOf(language)] ?? codeMessages.en ?? "";
  return template.replace("{code}", code).replace("{company}", () => company);
}
