/** Numbers spoken as words, in five languages, as digits: "ten" and "dix" become "10", and "十点" becomes "10点". */

const zeroToTwentyFour: readonly string[] = [
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four",
  "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf vingt vingt-et-un vingt-deux vingt-trois vingt-quatre",
  "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro",
  "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig einundzwanzig zweiundzwanzig dreiundzwanzig vierundzwanzig",
];

const others: readonly (readonly [string, number])[] = [
  ["oh", 0],
  ["a", 1],
  ["an", 1],
  ["une", 1],
  ["una", 1],
  ["ein", 1],
  ["einem", 1],
  ["einer", 1],
  ["thirty", 30],
  ["trente", 30],
  ["treinta", 30],
  ["dreißig", 30],
  ["forty", 40],
  ["quarante", 40],
  ["cuarenta", 40],
  ["vierzig", 40],
  ["forty-five", 45],
  ["quarante-cinq", 45],
  ["fifty", 50],
  ["cinquante", 50],
  ["cincuenta", 50],
  ["fünfzig", 50],
];

const values: ReadonlyMap<string, number> = new Map([
  ...zeroToTwentyFour.flatMap((words) => words.split(" ").map((word, value) => [word, value] as const)),
  ...others,
]);
/** These are numbers only before a unit of time; elsewhere they are articles. */
const articles = new Set(["a", "an", "un", "une", "una", "ein", "einem", "einer", "oh"]);

const longestFirst = [...values.keys()].toSorted((one, other) => other.length - one.length);
const spoken = new RegExp(
  `(?<![\\p{L}\\d])(${longestFirst.map((word) => word.replaceAll("-", "[- ]")).join("|")})(?![\\p{L}\\d])`,
  "giu",
);
const unit =
  /^\s+(minutes?|hours?|days?|weeks?|heures?|jours?|semaines?|horas?|minutos?|d[ií]as?|semanas?|stunden?|tage?n?|wochen?)/i;

const chineseUnit = "(?=[点天周月日号]|个?(?:小时|星期)|分钟)";
const chineseTens = new RegExp(`(二?)十([一二三四五六七八九]?)${chineseUnit}`, "gu");
const chineseOnes = new RegExp(`[零一二两三四五六七八九]${chineseUnit}`, "gu");
const chineseDigits = "零一二三四五六七八九";

export function digitsIn(words: string): string {
  return words
    .replace(spoken, (word: string, _: string, at: number) => {
      const plain = word.toLowerCase().replaceAll(" ", "-");
      if (articles.has(plain) && !unit.test(words.slice(at + word.length))) return word;
      // "3 sept 2026" is a day in September.
      if (plain === "sept" && /\d\s*$/.test(words.slice(0, at))) return word;
      return String(values.get(plain));
    })
    .replace(chineseTens, (_, tens: string, ones: string) =>
      String((tens ? 20 : 10) + Math.max(0, chineseDigits.indexOf(ones || "零"))),
    )
    .replace(chineseOnes, (digit) => String(digit === "两" ? 2 : chineseDigits.indexOf(digit)));
}

/** "B 2 0 3 8 8" or "b two zero three double eight" as one code, `B20388`; undefined without at least three digits together. */
export function codeIn(words: string): string | undefined {
  let run = "";
  for (const token of [...digitsIn(words).split(/[\s,.;:!?。，]+/), ""]) {
    const twice = /^double$/i.test(token);
    if (isPiece(token) || twice) run += twice ? "×" : token;
    else if ((run.match(/\d/g)?.length ?? 0) >= 3) break;
    else run = "";
  }
  const code = run
    .replace(/×([\p{L}\d])/gu, "$1$1")
    .replace(/[^\p{L}\d]/gu, "")
    .toUpperCase();
  return (code.match(/\d/g)?.length ?? 0) >= 3 ? code : undefined;
}

/** A letter said alone, but no article, or a word with digits in it. */
const isPiece = (token: string): boolean =>
  /^(?![aàyeoi]$)\p{L}$/u.test(token) || /^(?=.*\d)[\p{Script=Latin}\d-]+$/u.test(token);
