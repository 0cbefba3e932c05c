/** Characters as the router's reading sees them: what they are part of, how they are folded, and how what they form is hashed. */
import { wordClasses, wordsOf } from "./lexicon.ts";

/** What a character is to the reading. What is neither of these tells nothing but that it occurs. */
export const sort = {
  other: 0,
  letter: 1,
  digit: 2,
  /** A letter of a script without spaces between words. */
  lone: 3,
  /** A space, or what prints nothing. */
  gap: 4,
  newLine: 5,
  stop: 6,
  comma: 7,
  question: 8,
  exclamation: 9,
  quote: 10,
  colon: 11,
  operator: 12,
  backslash: 13,
  dollar: 14,
  codeSign: 15,
  backtick: 16,
  openBracket: 17,
  bullet: 18,
  underscore: 19,
} as const;

const signs: readonly (readonly [string, number])[] = [
  ["\n", sort.newLine],
  [".。।", sort.stop],
  [",", sort.comma],
  ["?？؟", sort.question],
  ["!！", sort.exclamation],
  ['"“', sort.quote],
  [":", sort.colon],
  ["+=^<>/×÷≤≥√∫∑", sort.operator],
  ["\\", sort.backslash],
  ["$", sort.dollar],
  ["{};[]", sort.codeSign],
  ["`", sort.backtick],
  ["(", sort.openBracket],
  ["*-•", sort.bullet],
  ["_", sort.underscore],
];
const sortOfSign = new Map(signs.flatMap(([all, of]) => Array.from(all, (sign) => [sign.charCodeAt(0), of] as const)));

const space = 32;
/** The sort of each character code. */
export const sortOf = Uint8Array.from({ length: 0x1_00_00 }, (_, code) => {
  const sign = sortOfSign.get(code) ?? (code <= space ? sort.gap : undefined);
  if (sign !== undefined) return sign;
  const character = String.fromCharCode(code);
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(character)) return sort.lone;
  if (/[\p{L}\p{M}]/u.test(character)) return sort.letter;
  return /\p{Nd}/u.test(character) ? sort.digit : sort.other;
});
/** Small letters without accents, for the scripts that have capitals. */
export const folded = Uint16Array.from({ length: 0x5_30 }, (_, code) =>
  String.fromCharCode(code).toLowerCase().normalize("NFD").charCodeAt(0),
);

export const seed = 0x81_1c_9d_c5 | 0;
export const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01_00_01_93);
export const pair = (one: number, other: number): number => Math.imul(one ^ Math.imul(other, 0x9e_37_79_b1), 0x85_eb_ca_6b);
export const gram = (one: number, two: number, three: number, four: number): number =>
  Math.imul(one, 0x9e_37_79_b1) ^
  Math.imul(two, 0x85_eb_ca_6b) ^
  Math.imul(three, 0xc2_b2_ae_35) ^
  Math.imul(four, 0x27_d4_eb_2f);
export const mixed = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d);
  return once ^ (once >>> 13);
};
export const stemLength = 6;
const foldedAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code < folded.length ? folded[code]! : code;
};

// An open-addressed table: a lookup for every word of every message.
const slots = 1 << 13;
const slotHash = new Int32Array(slots);
const slotClass = new Int8Array(slots).fill(-1);
for (const [index, name] of wordClasses.entries())
  for (const word of wordsOf(name))
    for (const hash of keysOf(word)) {
      let slot = mixed(hash) & (slots - 1);
      while (slotClass[slot]! >= 0 && slotHash[slot] !== hash) slot = (slot + 1) & (slots - 1);
      if (slotClass[slot]! >= 0) continue;
      slotHash[slot] = hash;
      slotClass[slot] = index;
    }

/** The class (index in `wordClasses`) of the word of this hash, or -1. */
export function classOf(hash: number): number {
  let slot = mixed(hash) & (slots - 1);
  while (slotClass[slot]! >= 0) {
    if (slotHash[slot] === hash) return slotClass[slot]!;
    slot = (slot + 1) & (slots - 1);
  }
  return -1;
}

/** As the reading hashes it: the whole word and its stem, or the first two characters of a script without spaces. */
function keysOf(word: string): number[] {
  if (sortOf[word.charCodeAt(0)] === sort.lone) return [pair(word.charCodeAt(0), word.charCodeAt(1))];
  const stem = isHangul(word.charCodeAt(0)) ? 2 : stemLength;
  let hash = seed;
  const hashes: number[] = [];
  for (let at = 0; at < word.length; at++) {
    hash = step(hash, foldedAt(word, at)) | 0;
    if (at + 1 === stem) hashes.push(hash);
  }
  return [...hashes, hash];
}

export function isHangul(code: number): boolean {
  return code >= 0xac_00 && code <= 0xd7_a3;
}
