/** Which language is this conversation in, and is the caller asking for another? */
import { type Conversation, type Item, type LanguageCode, languages, parseObject, saidBy } from "./conversation.ts";

/** Frequent words that hardly occur in the other languages; letters with accents count as letters. */
const words: Readonly<Record<Exclude<LanguageCode, "zh">, string>> = {
  en: "the is my and you hello please have has was were yes what when where who how can could would i i'm i'd it it's this that there thanks thank name number of to at for with from not does do your yesterday",
  fr: "le les des je j'ai une du est mon ma mes vous votre bonjour merci dans avec c'est c'était oui ne pas suis pour sur qui que qu'est-ce nous où quand numéro hier il elle au aux chez d'un m'appelle",
  es: "el los las una mi mis por hola gracias está estoy tengo con usted sí hemos nos han ayuda del ayer mañana para cómo qué cuándo dónde su número me llamo fue buenos buenas hay",
  de: "der die das ich ist mein meine und nicht bitte guten danke ein eine habe wir ja haben gestern war wie wo wann ihr mit von zu heiße nummer",
};
const counted = (list: string): RegExp => new RegExp(`(?<![\\p{L}'’])(?:${list.replaceAll(" ", "|")})(?![\\p{L}])`, "giu");
const marks: Readonly<Record<LanguageCode, RegExp>> = {
  en: counted(words.en),
  fr: counted(words.fr),
  es: counted(words.es),
  zh: /[\u4e00-\u9fff]/g,
  de: counted(words.de),
};

const names: Readonly<Record<LanguageCode, RegExp>> = {
  en: /\b(english|anglais|ingl[eé]s|englisch)\b|英语|英文/i,
  fr: /\b(french|fran[cç]ais|franc[eé]s|franz[oö]sisch)\b|法语|法文/i,
  es: /\b(spanish|espagnol|espa[nñ]ol|castellano|spanisch)\b|西班牙语/i,
  zh: /\b(chinese|mandarin|chinois|chino|chinesisch)\b|中文|汉语|普通话/i,
  de: /\b(german|allemand|alem[aá]n|deutsch)\b|德语/i,
};

/** Languages a caller may name that the stand-in does not speak. */
const otherNames =
  /\b(italian|italien|italiano|portuguese|portugais|russian|russe|japanese|japonais|arabic|arabe|dutch|polish|hindi)\b/i;

const wish =
  /\b(speak|talk|switch|change|continue|go on|in|parle[rz]?|parlons|continue[rz]?|continuons|passe[rz]?|en|hablar?|hable|hablemos|seguir|cambiar|sprechen|reden|weiter|auf)\b|说|讲|用|换/i;

/** The language the caller asks to go on in, which may be the present one; `unknown` when they name one we do not speak. */
export function languageWish(words: string, current: LanguageCode): LanguageCode | "unknown" | undefined {
  if (!wish.test(words)) return undefined;
  const wanted =
    languages.find((each) => each !== current && names[each].test(words)) ?? (names[current].test(words) ? current : undefined);
  if (wanted) return mentionsOnly(words) ? wanted : undefined;
  return otherNames.test(words) && /\b(speak|parlez|habla|sprechen)\b/i.test(words) ? "unknown" : undefined;
}

/** A sentence about languages is short; in a long story "French" is somebody's passport. */
function mentionsOnly(words: string): boolean {
  const count = words.split(/\s+/).length;
  return (
    count <= 12 || /\b(speak|switch|change|parle[rz]?|parlons|continuons|hable|hablemos|sprechen)\b[^.!?]{0,40}$/im.test(words)
  );
}

/** The language to answer in: what was switched to, else what the instructions say, else what the caller speaks, else English. */
export function languageOf({ instructions, items }: Pick<Conversation, "instructions" | "items">): LanguageCode {
  return switchedTo(items) ?? instructed(instructions) ?? spoken(saidBy("caller", items)) ?? "en";
}

/** The last switch that its tool did not turn down. */
function switchedTo(items: readonly Item[]): LanguageCode | undefined {
  const refused = new Set(
    items.flatMap((item) => (item.kind === "returned" && /\b(not|no tool)\b/i.test(item.output) ? [item.callId] : [])),
  );
  const last = items.findLast((item) => item.kind === "called" && item.name === "speech_lang" && !refused.has(item.callId));
  return last?.kind === "called" ? known(String(parseObject(last.arguments).lang ?? "")) : undefined;
}

function instructed(instructions: string): LanguageCode | undefined {
  const code = /\b(?:speak|language|lang|langue|idioma)\b[^.\n]{0,60}?\b([a-z]{2})-[A-Z]{2}\b/i.exec(instructions)?.[1];
  if (code) return known(code);
  const name = /\b(?:in|speak|write)\s+(English|French|Spanish|Chinese|German)\b/i.exec(instructions)?.[1];
  return name ? languages.find((each) => names[each].test(name)) : undefined;
}

function known(shortCode: string): LanguageCode | undefined {
  return languages.find((each) => shortCode.toLowerCase().startsWith(each));
}

/** The short code that the tool `speech_lang` offers for a language. */
export function offeredCode({ tools }: Pick<Conversation, "tools">, language: LanguageCode): string | undefined {
  const schema = JSON.stringify(tools.find(({ name }) => name === "speech_lang") ?? {});
  return new RegExp(`\\b${language}-[A-Z]{2}\\b`).exec(schema)?.[0];
}

/** The language with most marks in the latest words that have any. */
function spoken(texts: readonly string[]): LanguageCode | undefined {
  for (const text of texts.toReversed()) {
    const best = mostMarked(text);
    if (best.count > 0) return best.language;
  }
  return undefined;
}

/** A language that the words are plainly in, other than `current`: two words of it at least, and twice as many as of the current one. */
export function plainlyIn(text: string, current: LanguageCode): LanguageCode | undefined {
  const { language, count } = mostMarked(text);
  return language !== current && count >= 2 && count >= 2 * marksOf(text, current) ? language : undefined;
}

function mostMarked(text: string): { language: LanguageCode; count: number } {
  const all = languages.map((language) => ({ language, count: marksOf(text, language) }));
  return all.reduce((one, other) => (other.count > one.count ? other : one));
}

const marksOf = (text: string, language: LanguageCode): number => text.match(marks[language])?.length ?? 0;
