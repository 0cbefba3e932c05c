/**
 * Words that say what kind of work is asked for, by class, in several languages, so that what is learned about a class in one language holds
 * in the others. A word matches whole or by its first five letters (`explain`, `explaining`); two characters of a script without spaces are a word.
 */
const classes = {
  questionWord: `what who when where which whose que quoi qui quand quel quelle lequel quién quien cuándo cuando dónde donde cuál cual qué was wer wann wo welche
    welcher che chi quando dove quale quem onde qual wat wie waar welke что кто когда где какой ما من متى أين क्या कौन कब कहाँ 什么 哪个 哪里 何時 どこ どれ 谁是 무엇 누가 언제 어디`,
  howWhy: `how why comment pourquoi cómo como porqué warum wieso weshalb wie perché come porque hoe waarom как почему зачем كيف لماذا कैसे क्यों 如何 怎么 为什 什麼 なぜ どう 어떻게 왜 jak dlaczego nasıl neden`,
  calculate: `calculate compute solve evaluate simplify factor integrate differentiate derive determine estimate sum product divide multiply subtract add total average
    calcule calculer résous résoudre combien calcula calcular resuelve cuánto cuántos berechne rechne löse wieviel calcola risolvi quanto quanti bereken hoeveel
    вычисли посчитай реши сколько احسب كم गणना कितने कितना हल 计算 求解 多少 計算 いくつ いくら 계산 몇 ile oblicz kaç hesapla`,
  prove: `prove proof show theorem lemma derive disprove verify induction contradiction démontre démontrer prouve preuve demuestra demostrar beweise zeige beweis dimostra
    доказать докажи أثبت सिद्ध 证明 証明 증명 kanıtla udowodnij`,
  mathWord: `equation integral derivative probability matrix vector polynomial triangle circle radius prime integer fraction percent percentage ratio angle square root sequence
    geometry algebra calculus variance median modulo divisible remainder perimeter area volume interest équation probabilité dérivée entier ecuación probabilidad derivada
    entero porcentaje gleichung wahrscheinlichkeit ableitung prozent equazione probabilità уравнение вероятность интеграл процент معادلة احتمال समीकरण प्रतिशत 方程 概率 积分
    方程式 確率 확률 방정식`,
  explain: `explain describe discuss elaborate clarify outline understand meaning mean explique expliquer décris décrire explica explicar describe erkläre erklären beschreibe spiega
    descrivi leg uit объясни опиши اشرح समझाओ समझाइए 解释 说明 介绍 説明 解説 설명 wyjaśnij açıkla`,
  analyse: `analyze analyse compare contrast evaluate assess critique review recommend justify argue strategy advantages disadvantages pros cons tradeoff tradeoffs implications
    versus vs analyser compare évalue avantages inconvénients analiza compara evalúa ventajas desventajas analysiere vergleiche bewerte vorteile nachteile begründe analizza
    confronta vantaggi проанализируй сравни преимущества حلل قارن विश्लेषण तुलना 分析 比较 评估 优缺 利弊 比較 分析 評価 분석 비교 porównaj karşılaştır`,
  design: `design architecture architect plan implement build develop optimize optimise deploy configure integrate scale migrate conçois concevoir diseña diseñar
    entwirf entwerfe konzept progetta projete спроектируй разработай صمم डिज़ाइन 设计 架构 設計 構築 설계 zaprojektuj tasarla`,
  code: `code function python javascript typescript java rust golang sql html css script program class method api regex bug debug compile loop array string algorithm json
    database query exception stack recursion git docker bash react node endpoint fonction programme función programa código funktion programm funzione codice
    код функция программа скрипт كود برنامج دالة कोड प्रोग्राम 代码 函数 程序 编程 関数 コード 코드 함수 kod fonksiyon`,
  technology: `system systems server network protocol distributed microservice microservices kubernetes cloud cluster cache queue latency throughput consistency encryption
    authentication concurrency thread memory processor compiler kernel container pipeline neural model transformer blockchain serverless
    framework infrastructure scalability partition replication consensus système réseau sistema red verteilte netzwerk сервер система شبكة نظام 系统 网络 服务 分布 微服 系统
    システム ネットワーク 분산 시스템`,
  science: `physics chemistry biology cell protein gene enzyme molecule atom electron energy force velocity acceleration mass temperature pressure reaction acid voltage current
    circuit frequency wavelength quantum relativity orbit evolution species disease patient symptom diagnosis treatment drug dose therapy neuron hormone bacteria virus physique
    chimie física química physik chemie fisica физика химия فيزياء كيمياء भौतिकी 物理 化学 生物 医学 物理 化学 물리 화학`,
  society: `law legal court contract liability statute constitution plaintiff defendant jurisdiction tax economy economics inflation market policy government history war empire
    revolution philosophy ethics moral psychology sociology religion culture treaty clause negligence tort droit contrat loi derecho contrato ley recht vertrag haftung gesetz
    diritto contratto закон договор право قانون عقد कानून अनुबंध 法律 合同 经济 历史 法律 契約 経済 歴史 법률 계약 역사`,
  finance: `portfolio bond bonds equity valuation discount rate interest loan mortgage depreciation ebitda npv irr hedge option dividend revenue margin budget
    invest investment bilan intérêt hipoteca interés rendite zins bilanz 投资 利率 金利 投資 금리`,
  create: `write compose draft create story poem song lyrics tale haiku essay blog letter email slogan caption tagline script dialogue character speech toast invent imagine
    écris écrire rédige poème histoire conte lettre escribe redacta poema cuento carta schreibe gedicht geschichte brief verfasse scrivi poesia storia lettera escreva
    напиши стихотворение рассказ письмо اكتب قصيدة قصة लिखो लिखिए कविता कहानी 写一 诗歌 故事 作文 書いて 物語 써줘 시를 이야기 napisz yaz`,
  roleplay: `pretend roleplay persona act imagine pirate fais semblant finge imagina stell spiele fingi представь притворись تخيل कल्पना 扮演 假装 想象 演じて なりきって`,
  transform: `rewrite rephrase paraphrase summarize summarise translate shorten correct proofread edit convert extract classify list format bullet grammar fix simplify traduis traduire
    résume résumer corrige reformule traduce resume corrige übersetze fasse zusammen korrigiere traduci riassumi correggi traduza переведи перепиши исправь кратко ترجم لخص अनुवाद
    सारांश 翻译 总结 改写 摘要 翻訳 要約 書き換 번역 요약 przetłumacz çevir özetle`,
  givenText: `text paragraph passage article sentence sentences following below sentiment review excerpt document table texte paragraphe phrase texto párrafo frase absatz satz
    testo текст предложение нص فقرة पाठ वाक्य 文章 句子 段落 以下 文章 次の 다음 문장`,
  greeting: `hello hi hey hiya howdy morning afternoon evening goodnight bye goodbye welcome bonjour bonsoir salut coucou hola buenos buenas hallo guten moin servus tschüss ciao
    buongiorno salve olá oi привет здравствуйте пока مرحبا السلام أهلا नमस्ते हैलो 你好 您好 早上 再见 こん にち おは さよ 안녕 cześć merhaba selam`,
  thanks: `thanks thank thx ty cheers great good nice cool awesome perfect ok okay fine sure yes no yeah yep nope merci super gracias vale bien danke ok gut prima grazie
    bene obrigado obrigada спасибо хорошо شكرا حسنا धन्यवाद ठीक 谢谢 好的 不错 ありが 了解 감사 고마 dziękuję teşekkür`,
  feeling: `feel feeling tired happy sad bored lonely love fun joke weekend today day weather favorite favourite movie music hobby fatigué triste content cansado feliz aburrido
    müde glücklich langweilig stanco felice устал грустно شعور حزين थका 天气 心情 无聊 天気 疲れ 기분 날씨`,
  service: `order parcel package delivery deliver shipped refund return invoice bill billing account password login subscription cancel reservation booking appointment ticket
    warranty exchange address store opening hours customer support agent phone number commande colis livraison remboursement facture compte rendez-vous pedido paquete factura
    cuenta cita bestellung paket lieferung rechnung konto termin ordine pacco fattura conto pedido encomenda заказ посылка счёт возврат طلب فاتورة حساب موعد ऑर्डर खाता बिल 订单
    快递 退款 账户 预约 注文 返品 予約 口座 주문 환불 예약`,
  advice: `should best recommend suggestion suggestions tips advice ideas idea gift recipe cook dinner clean travel trip visit workout sleep conseil conseils idée recette consejo
    consejos receta tipp tipps rezept consiglio ricetta совет рецепт نصيحة सलाह नुस्खा 建议 推荐 おすす レシ 추천`,
  if: `if then unless suppose assume given otherwise whenever si alors supposons entonces wenn dann angenommen falls se allora если то предположим إذا यदि अगर 如果 假设 もし 仮に 만약`,
  each: `each every all exactly only most least more less than twice half both neither none remaining left altogether chaque tous cada todos jeder alle ogni каждый все كل प्रत्येक 每个 所有 それぞれ 모든`,
  constraint: `must cannot without within limit constraint constraints require requirement requirements ensure avoid doit sans debe sin muss ohne deve senza должен без يجب बिना 必须 不能 必ず`,
  steps: `step steps first second third finally next stage stages procedure process phase étape étapes paso pasos schritt schritte passo fasi шаг خطوة चरण 步骤 一步 手順 段階 단계`,
  reasoning: `puzzle riddle logic deduce infer conclusion premise argument fallacy valid true false truth lies lying liar knight knave older taller shorter younger faster oldest
    tallest shortest youngest sequence pattern brother sister mother father statement statements énigme logique vérité ment acertijo lógica miente verdad rätsel logik lügt
    wahrheit indovinello mente verità загадка логика выше ниже старше лжёт لغز पहेली 谜题 逻辑 推理 真话 撒谎 規律 规律 論理 なぞ 本当 추론 진실 거짓`,
  numeral: `two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred thousand million dozen deux trois quatre cinq sept huit neuf dix douze
    vingt trente dos tres cuatro cinco seis siete ocho nueve diez doce quince veinte zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig due quattro cinque sette otto
    nove dieci dois quatro два три четыре пять шесть семь восемь десять اثنان ثلاثة أربعة خمسة دو तीन चार पाँच iki üç dört beş dwa trzy cztery pięć`,
  unit: `dollar dollars euro euros cents price cost costs hours hour minutes minute days week weeks month months year years miles km kilometers meters metres feet inches pounds kg grams
    liters litres heures jours kilomètres horas días kilómetros stunden tage kilometer часов дней километров 小时 公里 時間 円 시간`,
  please: `please could would can kindly help need want peux pouvez voudrais aide puedes podría quiero ayuda necesito bitte kannst können brauche hilfe puoi potresti vorrei aiuto
    pode preciso пожалуйста можешь помоги من فضلك कृपया मदद 请帮 请问 帮我 ください お願い 도와 주세요`,
} as const;

export type WordClass = keyof typeof classes;
export const wordClasses = Object.keys(classes) as readonly WordClass[];
export const wordsOf = (name: WordClass): readonly string[] => classes[name].trim().split(/\s+/u);
