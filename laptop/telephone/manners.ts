/** How simulated people speak: what they recognise and what they answer, in five languages. */
import type { Persona } from "./persona.ts";

export type Tongue = "en" | "fr" | "es" | "de" | "zh";
type Topic =
  | "goodbye"
  | "email"
  | "policy"
  | "phone"
  | "name"
  | "when"
  | "building"
  | "hardware"
  | "where"
  | "injuries"
  | "witnesses"
  | "others"
  | "medical"
  | "before"
  | "more"
  | "repeat"
  | "confirm"
  | "what";

/** Words that only one of the languages has, or has most; Chinese shows by its characters. */
const tongues: readonly (readonly [Tongue, RegExp])[] = [
  ["zh", /\p{Script=Han}/gu],
  ["es", /¿|¡|(?<!\p{L})(hola|su|usted|cuál|cuándo|dónde|gracias|nombre|puedo|ocurrió|adiós|por favor|está)(?!\p{L})/giu],
  ["de", /(?<!\p{L})(ist|sie|ihre?n?|wie|wann|wo|und|danke|guten|ich|nicht|kann|auf wiederhören|das|passiert)(?!\p{L})|ß/giu],
  [
    "fr",
    /(?<!\p{L})(est|vous|votre|quel(?:le)?|quand|où|bonjour|merci|je|puis|les|au revoir|nom|avez|notes?|et|des|une|il|elle|pas|dois|avait|pour|dans)(?!\p{L})|ç/giu,
  ],
  ["en", /(?<!\p{L})(is|you|your|what|when|where|hello|thank|thanks|the|i|can|how|goodbye|and|it)(?!\p{L})/giu],
];

/** The language spoken to somebody; undefined when nothing tells. */
export function tongueOf(words: string): Tongue | undefined {
  const counted = tongues.map(([tongue, pattern]) => ({ tongue, count: words.match(pattern)?.length ?? 0 }));
  const best = counted.reduce((most, each) => (each.count > most.count ? each : most));
  return best.count > 0 ? best.tongue : undefined;
}

/** What is asked, most particular first: "the number of your policy" is no phone number. */
const topics: readonly (readonly [Topic, RegExp])[] = [
  [
    "goodbye",
    /good ?bye|(?<!\p{L})bye(?!\p{L})|have a (nice|good) day|au revoir|bonne journée|adiós|hasta luego|auf wieder|tschüss|再见/iu,
  ],
  [
    "repeat",
    /say it again|repeat|did not understand|répéter|pas compris|repetir|entendido|wiederholen|nicht verstanden|再说一遍|没听懂/iu,
  ],
  [
    "confirm",
    /is (that|this) (right|correct|better)|shall we go on|est-ce (exact|correct)|c'est bien cela|vous convient|reprenons|es correcto|seguimos|stimmt das|machen wir|对吗|继续/iu,
  ],
  ["more", /anything else|autre chose|algo más|sonst noch|还有(别的|其他)/iu],
  ["email", /e-?mail|courriel|correo|邮箱|邮件/iu],
  ["policy", /polic(y|e)|contrat|póliza|contract|vertrag|保单|合同/iu],
  ["phone", /phone|téléphone|teléfono|telefon|rückruf|电话/iu],
  ["building", /building|bâtiment|edificio|gebäude|office|floor|étage|大楼|楼层/iu],
  ["hardware", /hardware|computer|device|laptop|matériel|ordinateur|appareil|equipo|dispositivo|gerät|rechner|设备|电脑/iu],
  ["injuries", /injur|hurt|wound|bless|herid|verletz|受伤/iu],
  ["witnesses", /witness|anyone see|témoin|testig|zeuge|目击/iu],
  ["others", /(who else|other part|involved|d'autre est|impliqu|concerné|quién más|implicado|beteiligt|涉及)/iu],
  ["medical", /medical|médica|ärztlich|病历/iu],
  ["before", /damage before|déjà des dégâts|anterior|vorher|之前/iu],
  [
    "when",
    /(?<!\p{L})when(?!\p{L})|what (day|date|time)|first seen|(?<!\p{L})date(?!\p{L})|quand|quel jour|cuándo|fecha|wann|datum|什么时候|日期/iu,
  ],
  [
    "where",
    /(?<!\p{L})where(?!\p{L})|location|address|place|(?<!\p{L})où(?!\p{L})|lieu|endroit|dónde|lugar|(?<!\p{L})wo(?!\p{L})|(?<!\p{L})ort(?!\p{L})|adresse|哪里|地址|地点/iu,
  ],
  ["name", /(?<!\p{L})name(?!\p{L})|nom(?!\p{L})|nombre|se llama|who am i|qui êtes|heißen|姓名|名字|贵姓/iu],
  [
    "what",
    /what happened|how can i help|can i (do|help)|describe|passé|vous aider|décri|qué ha pasado|ayudar|describ|was ist passiert|helfen|beschreib|发生了什么|帮您|描述/iu,
  ],
];

export function topicOf(words: string): Topic | undefined {
  return topics.find(([, pattern]) => pattern.test(words))?.[0];
}

/** Whether the other side wants to know something. */
export function asks(words: string): boolean {
  return /[?？]/.test(words);
}

type Answer = (persona: Persona) => string;
type Answers = Readonly<Record<Topic | "hello" | "nothing" | "unknown" | "deaf", Answer>>;

const when = (days: number, words: readonly [string, string, string]): string => words[days - 1] ?? words[0];

/** One of a few ways to say it, by its index. */
const one = (of: number, all: readonly [string, string, string, string]): string => all[of] ?? all[0];

const english: Answers = {
  hello: () => "Hello?",
  goodbye: () => "Thank you. Goodbye!",
  email: ({ email }) => `My email address is ${email}.`,
  policy: ({ policyNumber }) => `My policy number is ${policyNumber}.`,
  phone: ({ phoneNumber }) => `My phone number is ${phoneNumber}.`,
  name: ({ name }) => `My name is ${name}.`,
  when: ({ daysAgo }) => `It was ${when(daysAgo, ["yesterday", "two days ago", "three days ago"])} at ten in the morning.`,
  building: ({ building }) =>
    `I am in ${one(building, ["building A, on the second floor", "building B, on the ground floor", "building C, in room 12", "the north tower, on the fifth floor"])}.`,
  hardware: ({ hardware }) =>
    `It is ${one(hardware, ["a ThinkPad T14 laptop", "a Surface Pro 9 tablet", "a Dell OptiPlex 7010 computer", "an HP LaserJet printer"])}.`,
  where: ({ street, town }) => `It was at ${street} in ${town}.`,
  injuries: () => "No, nobody was hurt.",
  witnesses: () => "Yes, a neighbour saw it.",
  others: () => "Nobody else was involved.",
  medical: () => "No, there are none.",
  before: () => "No, there was no damage before.",
  more: () => "No, that is all. Thank you.",
  repeat: () => "I said: I would like to report a damage.",
  confirm: () => "Yes, please.",
  what: ({ story }) =>
    when(story + 1, [
      "My car was damaged in a parking lot.",
      "A water pipe broke in my kitchen.",
      "Hail broke two of my windows.",
    ]),
  nothing: () => "All right.",
  unknown: () => "I do not know that.",
  deaf: () => "I can hear you speaking, but I am a simulated person: I understand simulated voices only.",
};

const french: Answers = {
  hello: () => "Allô ?",
  goodbye: () => "Merci. Au revoir !",
  email: ({ email }) => `Mon adresse e-mail est ${email}.`,
  policy: ({ policyNumber }) => `Mon numéro de contrat est ${policyNumber}.`,
  phone: ({ phoneNumber }) => `Mon numéro de téléphone est ${phoneNumber}.`,
  name: ({ name }) => `Je m'appelle ${name}.`,
  when: ({ daysAgo }) => `C'était ${when(daysAgo, ["hier", "avant-hier", "il y a trois jours"])} à dix heures du matin.`,
  building: ({ building }) =>
    `Je suis dans ${one(building, ["le bâtiment A, au deuxième étage", "le bâtiment B, au rez-de-chaussée", "le bâtiment C, salle 12", "la tour nord, au cinquième étage"])}.`,
  hardware: ({ hardware }) =>
    `C'est ${one(hardware, ["un ordinateur portable ThinkPad T14", "une tablette Surface Pro 9", "un ordinateur Dell OptiPlex 7010", "une imprimante HP LaserJet"])}.`,
  where: ({ street, town }) => `C'était au ${street} à ${town}.`,
  injuries: () => "Non, personne n'est blessé.",
  witnesses: () => "Oui, un voisin a tout vu.",
  others: () => "Personne d'autre n'est concerné.",
  medical: () => "Non, il n'y en a pas.",
  before: () => "Non, il n'y avait pas de dégâts avant.",
  more: () => "Non, c'est tout. Merci.",
  repeat: () => "Je disais : je voudrais déclarer un sinistre.",
  confirm: () => "Oui, s'il vous plaît.",
  what: ({ story }) =>
    when(story + 1, [
      "Ma voiture a été abîmée sur un parking.",
      "Un tuyau d'eau a cassé dans ma cuisine.",
      "La grêle a cassé deux de mes fenêtres.",
    ]),
  nothing: () => "D'accord.",
  unknown: () => "Je ne sais pas.",
  deaf: () => "Je vous entends parler, mais je suis une personne simulée : je ne comprends que les voix simulées.",
};

const spanish: Answers = {
  hello: () => "¿Diga?",
  goodbye: () => "Gracias. ¡Adiós!",
  email: ({ email }) => `Mi correo electrónico es ${email}.`,
  policy: ({ policyNumber }) => `Mi número de póliza es ${policyNumber}.`,
  phone: ({ phoneNumber }) => `Mi número de teléfono es ${phoneNumber}.`,
  name: ({ name }) => `Me llamo ${name}.`,
  when: ({ daysAgo }) => `Fue ${when(daysAgo, ["ayer", "anteayer", "hace tres días"])} a las diez de la mañana.`,
  building: ({ building }) =>
    `Estoy en ${one(building, ["el edificio A, en la segunda planta", "el edificio B, en la planta baja", "el edificio C, en la sala 12", "la torre norte, en la quinta planta"])}.`,
  hardware: ({ hardware }) =>
    `Es ${one(hardware, ["un portátil ThinkPad T14", "una tableta Surface Pro 9", "un ordenador Dell OptiPlex 7010", "una impresora HP LaserJet"])}.`,
  where: ({ street, town }) => `Fue en ${street}, en ${town}.`,
  injuries: () => "No, no hay heridos.",
  witnesses: () => "Sí, lo vio un vecino.",
  others: () => "No hay nadie más implicado.",
  medical: () => "No, no hay ninguno.",
  before: () => "No, no había daños antes.",
  more: () => "No, eso es todo. Gracias.",
  repeat: () => "Decía que quiero declarar un siniestro.",
  confirm: () => "Sí, por favor.",
  what: ({ story }) =>
    when(story + 1, [
      "Me dañaron el coche en un aparcamiento.",
      "Se rompió una tubería en mi cocina.",
      "El granizo rompió dos de mis ventanas.",
    ]),
  nothing: () => "De acuerdo.",
  unknown: () => "No lo sé.",
  deaf: () => "Le oigo hablar, pero soy una persona simulada: solo entiendo voces simuladas.",
};

const german: Answers = {
  hello: () => "Hallo?",
  goodbye: () => "Danke. Auf Wiederhören!",
  email: ({ email }) => `Meine E-Mail-Adresse ist ${email}.`,
  policy: ({ policyNumber }) => `Meine Policennummer ist ${policyNumber}.`,
  phone: ({ phoneNumber }) => `Meine Telefonnummer ist ${phoneNumber}.`,
  name: ({ name }) => `Ich heiße ${name}.`,
  when: ({ daysAgo }) => `Es war ${when(daysAgo, ["gestern", "vorgestern", "vor drei Tagen"])} um zehn Uhr morgens.`,
  building: ({ building }) =>
    `Ich bin ${one(building, ["in Gebäude A im zweiten Stock", "in Gebäude B im Erdgeschoss", "in Gebäude C in Raum 12", "im Nordturm im fünften Stock"])}.`,
  hardware: ({ hardware }) =>
    `Es ist ${one(hardware, ["ein ThinkPad T14 Laptop", "ein Surface Pro 9 Tablet", "ein Dell OptiPlex 7010 Rechner", "ein HP LaserJet Drucker"])}.`,
  where: ({ street, town }) => `Es war in ${town}, ${street}.`,
  injuries: () => "Nein, niemand ist verletzt.",
  witnesses: () => "Ja, ein Nachbar hat es gesehen.",
  others: () => "Niemand sonst ist beteiligt.",
  medical: () => "Nein, es gibt keine.",
  before: () => "Nein, vorher gab es keine Schäden.",
  more: () => "Nein, das ist alles. Danke.",
  repeat: () => "Ich sagte: Ich möchte einen Schaden melden.",
  confirm: () => "Ja, bitte.",
  what: ({ story }) =>
    when(story + 1, [
      "Mein Auto wurde auf einem Parkplatz beschädigt.",
      "In meiner Küche ist ein Wasserrohr gebrochen.",
      "Der Hagel hat zwei meiner Fenster zerschlagen.",
    ]),
  nothing: () => "In Ordnung.",
  unknown: () => "Das weiß ich nicht.",
  deaf: () => "Ich höre Sie sprechen, aber ich bin eine simulierte Person: Ich verstehe nur simulierte Stimmen.",
};

const chinese: Answers = {
  hello: () => "喂？",
  goodbye: () => "谢谢，再见！",
  email: ({ email }) => `我的电子邮箱是 ${email}。`,
  policy: ({ policyNumber }) => `我的保单号是 ${policyNumber}。`,
  phone: ({ phoneNumber }) => `我的电话号码是 ${phoneNumber}。`,
  name: ({ name }) => `我叫 ${name}。`,
  when: ({ daysAgo }) => `是${when(daysAgo, ["昨天", "前天", "三天前"])}上午十点。`,
  building: ({ building }) => `我在${one(building, ["A 栋二楼", "B 栋一楼", "C 栋 12 室", "北塔五楼"])}。`,
  hardware: ({ hardware }) =>
    `是${one(hardware, ["一台 ThinkPad T14 笔记本电脑", "一台 Surface Pro 9 平板电脑", "一台 Dell OptiPlex 7010 电脑", "一台 HP LaserJet 打印机"])}。`,
  where: ({ street, town }) => `在 ${town} 的 ${street}。`,
  injuries: () => "没有，没人受伤。",
  witnesses: () => "有，邻居看见了。",
  others: () => "没有涉及其他人。",
  medical: () => "没有。",
  before: () => "没有，之前没有损坏。",
  more: () => "没有了，谢谢。",
  repeat: () => "我说我想报案。",
  confirm: () => "对，好的。",
  what: ({ story }) => when(story + 1, ["我的车在停车场被撞坏了。", "我家厨房的水管破了。", "冰雹打碎了我的两扇窗户。"]),
  nothing: () => "好的。",
  unknown: () => "我不知道。",
  deaf: () => "我听见您在说话，但我是模拟的人，只能听懂模拟的声音。",
};

const answers: Readonly<Record<Tongue, Answers>> = { en: english, fr: french, es: spanish, de: german, zh: chinese };

export function say(persona: Persona, tongue: Tongue, what: keyof Answers): string {
  return answers[tongue][what](persona);
}
