/**
 * What the layer learned from a customer's own labels sees of a prompt: how it is built (lengths, numbers, answers to choose from, kinds of
 * small words) and which words stand where. One pass over the words; training and the running apps use this very code.
 */

import { Built, shapeOf } from "./shape.ts";
import { smallNames, smallWords } from "./small-words.ts";

/** Words, pairs and places of words fall into this many buckets. */
export const places = 1 << 13;

const start = 0x81_1c_9d_c5;
const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01_00_01_93);
const join = (one: number, other: number): number => Math.imul(one ^ Math.imul(other, 0x9e_37_79_b1), 0x85_eb_ca_6b);
const bucketOf = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d);
  const twice = Math.imul(once ^ (once >>> 12), 0x29_7a_2d_39);
  return (twice ^ (twice >>> 15)) & (places - 1);
};
const hashOf = (word: string): number => [...word].reduce((hash, character) => step(hash, character.charCodeAt(0)), start);

const classOf = new Map(
  smallNames.flatMap((name, index) => smallWords[name].split(" ").map((word) => [hashOf(word), index] as const)),
);

export interface Traits {
  /** In the order of `traitNames`. */
  readonly shape: Float64Array;
  /** Buckets of what occurs, each once, and the weight of each; their squares sum to 1. */
  readonly buckets: Uint16Array;
  readonly weights: Float32Array;
}

/** Of a longer prompt, this many characters from its start and its end are read. */
const head = 1_500;
const tail = 500;
/** A word by itself, against a pair of words; the words a question and its choices begin and end with. */
const alone = 0.7;
const placed = 2;

const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code > 127 && /[\p{L}\p{M}]/u.test(String.fromCharCode(code)));
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const small = (code: number): number =>
  code >= 65 && code <= 90 ? code + 32 : code < 128 ? code : String.fromCharCode(code).toLowerCase().charCodeAt(0);

// Reused from call to call: a reading is synchronous, and what is returned is copied.
const weightOf = new Float32Array(places);
const readIn = new Uint32Array(places);
const found = new Uint16Array(places);
let reading = 0;
let foundCount = 0;

function note(hash: number, weight: number): void {
  const bucket = bucketOf(hash);
  if (readIn[bucket] !== reading) {
    readIn[bucket] = reading;
    weightOf[bucket] = weight;
    found[foundCount++] = bucket;
  } else if (weight > weightOf[bucket]!) weightOf[bucket] = weight;
}

export function traitsOf(whole: string): Traits {
  const text = whole.length > head + tail ? `${whole.slice(0, head)}\n${whole.slice(-tail)}` : whole;
  reading++;
  foundCount = 0;
  const size = text.length;
  const built = new Built();
  built.asked = size;
  let choiceAt = -1,
    choiceTokens = 0,
    choiceDigits = 0,
    choiceLetters = 0,
    sentenceAt = 0;
  let one = 0,
    two = 0,
    three = 0,
    token = 0; // the tokens before

  const endQuestion = (end: number): void => {
    note(join(three, 0x4c_31), placed);
    note(join(join(two, three), 0x4c_32), placed);
    note(join(join(one, join(two, three)), 0x4c_33), placed);
    built.asked = end;
    if (built.lastSentence === 0) built.lastSentence = end - sentenceAt;
  };
  const endChoice = (end: number): void => {
    const length = text.slice(choiceAt, end).trim().length;
    built.lengths.push(length);
    if (choiceDigits > 0 && choiceLetters <= 8 && choiceDigits + choiceLetters > 0 && choiceDigits * 2 >= choiceLetters)
      built.numericChoices++;
    if (choiceTokens > 0) note(join(three, 0x4f_32), placed);
  };
  const take = (hash: number): void => {
    const wordClass = classOf.get(hash);
    if (wordClass !== undefined && choiceAt < 0) built.counts[wordClass]!++;
    note(hash, alone);
    if (token > 0) note(join(three, hash), 1);
    token++;
    one = two;
    two = three;
    three = hash;
    if (token === 1) note(join(hash, 0x46_31), placed);
    else if (token === 2) note(join(join(two, hash), 0x46_32), placed);
    else if (token === 3) note(join(join(one, join(two, hash)), 0x46_33), placed);
    if (choiceAt >= 0) {
      if (choiceTokens === 0) {
        note(join(hash, 0x4f_31), placed);
        built.starts.add(hash);
        if (hash === yes || hash === no || hash === isTrue || hash === isFalse) built.alternatives++;
      }
      choiceTokens++;
    }
  };

  let position = 0;
  let lineStart = true;
  while (position < size) {
    const code = text.charCodeAt(position);
    if (lineStart && code >= 65 && code <= 74 && isChoice(text, position)) {
      if (choiceAt >= 0) endChoice(position - 1);
      else if (token > 0) endQuestion(position - 1);
      built.choices++;
      choiceAt = position + 3;
      choiceTokens = choiceDigits = choiceLetters = 0;
      position += 3;
      lineStart = false;
      continue;
    }
    if (isLetter(code)) {
      const begins = position;
      let hash = start,
        upper = 0;
      for (; position < size; position++) {
        const next = text.charCodeAt(position);
        if (!isLetter(next)) break;
        if (next >= 65 && next <= 90) upper++;
        hash = step(hash, small(next));
      }
      const length = position - begins;
      if (lineStart && choiceAt >= 0 && hash === answer && text.charCodeAt(position) === 58) {
        endChoice(begins - 1);
        choiceAt = -1;
        break;
      }
      if (choiceAt >= 0) choiceLetters += length;
      else {
        built.words++;
        built.letters += length;
        if (length > 9) built.longWords++;
        if (length === 1 && code >= 97) built.singles++;
        if (code > 127) built.foreign++;
        built.seenWords.add(hash);
        if (code >= 65 && code <= 90) {
          built.capitals++;
          if (upper > 1 && upper === length) built.allCapitals++;
          else if (length > 1) built.seenNames.add(hash);
        }
      }
      if (code >= 65 && code <= 90 && length > 1) note(join(hash, 0x43), 1);
      take(hash);
      lineStart = false;
      built.lastSign = 0;
      continue;
    }
    if (isDigit(code)) {
      let value = 0,
        parts = 1,
        width = 0;
      while (position < size) {
        const next = text.charCodeAt(position);
        if (isDigit(next)) {
          if (parts === 1) value = value * 10 + next - 48;
          width++;
        } else if ((next === 46 || next === 44) && isDigit(text.charCodeAt(position + 1))) {
          if (next === 46) parts++;
        } else break;
        position++;
      }
      if (choiceAt >= 0) choiceDigits += width;
      else {
        built.digits += width;
        built.numbers++;
        if (value >= 100) built.bigNumbers++;
        if (value <= 10) built.smallNumbers++;
        if (parts > 1) built.decimals++;
        if (value >= 1_500 && value < 2_100 && width === 4) built.years++;
        built.largest = Math.max(built.largest, value);
        built.seenNumbers.add(value);
      }
      take(join(0x23, Math.min(4, width)));
      lineStart = false;
      built.lastSign = 0;
      continue;
    }
    position++;
    if (code === 10) {
      if (choiceAt < 0) built.lines++;
      lineStart = true;
      continue;
    }
    if (code <= 32) continue;
    if (choiceAt < 0) {
      built.lastSign = code;
      if (code === 46 || code === 63 || code === 33) {
        const next = text.charCodeAt(position);
        if (position >= size || next === 32 || next === 10) {
          built.sentences++;
          built.lastSentence = position - sentenceAt;
          sentenceAt = position;
        }
        if (code === 63) built.questions++;
      } else if (code === 36) {
        if (isDigit(text.charCodeAt(position))) built.money++;
        else built.latex++;
      } else if (code === 92) built.latex++;
      else if (code === 37) built.percents++;
      else if (code === 44) built.commas++;
      else if (code === 40) built.brackets++;
      else if (code === 34 || code === 0x20_1c) built.quotes++;
      else if (code === 95 && text.charCodeAt(position) === 95) built.blanks++;
      else if (code === 61 || code === 43 || code === 42 || code === 47 || code === 94 || code === 60 || code === 62)
        built.operators++;
    }
    take(join(0x70, code));
    lineStart = false;
  }
  if (choiceAt >= 0) endChoice(size);
  else if (built.choices === 0) endQuestion(size);

  const shape = shapeOf(built, whole.length);
  const buckets = found.slice(0, foundCount);
  let squares = 0;
  for (const bucket of buckets) squares += weightOf[bucket]! ** 2;
  const norm = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  return { shape, buckets, weights: Float32Array.from(buckets, (bucket) => weightOf[bucket]! * norm) };
}

const yes = hashOf("yes");
const no = hashOf("no");
const isTrue = hashOf("true");
const isFalse = hashOf("false");
const answer = hashOf("answer");

/** "A. ", "B) ": a choice of an answer, at the start of a line. */
function isChoice(text: string, position: number): boolean {
  const sign = text.charCodeAt(position + 1);
  return (sign === 46 || sign === 41) && text.charCodeAt(position + 2) === 32;
}
