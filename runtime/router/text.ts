/**
 * What the model sees of a text: hashed words, stems, pairs and character n-grams, and counts with a meaning of their own. One pass over
 * the characters; training and the running apps use this very code.
 */
import { classOf, folded, gram, isHangul, mixed, pair, seed, sort, sortOf, stemLength, step } from "./characters.ts";
import { wordClasses } from "./lexicon.ts";
import { extraIn, handOf, optionsIn, Tally } from "./tally.ts";

/** Hashed words, stems and pairs fall into this many buckets, character n-grams into fewer. */
export const buckets = 1 << 11;
export const gramBuckets = 1 << 10;
/** Of a longer text, this many characters from its start and its end are read: what is wanted stands at one of them. */
const head = 620;
const tail = 240;

export interface Seen {
  /** The buckets of words, stems and pairs that occur, each once. */
  readonly words: Uint16Array;
  /** The buckets of character n-grams that occur, each once. */
  readonly grams: Uint16Array;
  /** About 0 to 3 each, in the order of `handNames`. */
  readonly hand: Float64Array;
  /** How many characters there are. */
  readonly size: number;
  /** What characters of scripts without spaces count beyond one. */
  readonly extra: number;
  /** How surely options to choose among are offered, 0 to 1. */
  readonly options: number;
}

const { letter, digit, lone } = sort;
const newLine = 10;
const [capitalA, capitalJ, capitalZ, smallA] = [65, 74, 90, 97];
const alef = 0x6_27;
const lam = 0x6_44;
/** Letters from here on are of no Latin script. */
const beyondLatin = 0x2_50;
/** How many words in the first telling one is looked for, and what tells nothing. */
const opening = 10;
const please = wordClasses.indexOf("please");
const greeting = wordClasses.indexOf("greeting");

// Reused from call to call: a decision is synchronous, and what is returned is copied. Fields of a class would cost as much as the reading.
const mostRead = head + 1 + tail;
/** What is read, and behind it what is no part of anything, so that looking ahead needs no bounds. */
const codes = new Uint16Array(mostRead + 3);
const wordRoom = new Uint16Array(buckets);
const gramRoom = new Uint16Array(gramBuckets);
const wordSeen = new Uint32Array(buckets);
const gramSeen = new Uint32Array(gramBuckets);
let reading = 0;
let wordCount = 0;
let gramCount = 0;
let tally = new Tally();
/** The stem before, 0 at the start of a sentence. */
let previous = 0;
let lineStart = true;
let optionFrom = -1;

/** Reads `whole`; of a long one only its start and its end. */
export function read(whole: string): Seen {
  const size = show(whole);
  reading++;
  wordCount = gramCount = previous = 0;
  tally = new Tally();
  lineStart = true;
  optionFrom = -1;
  for (let at = 0; at < size; ) {
    const code = codes[at]!;
    const of = sortOf[code]!;
    if (of === letter) at = readWord(at, code);
    else if (of === digit) at = readNumber(at);
    else {
      if (of === lone) readLone(at, code);
      else readSign(at, code, of);
      at++;
    }
  }
  endOption(size);
  return {
    words: wordRoom.slice(0, wordCount),
    grams: gramRoom.slice(0, gramCount),
    hand: handOf(tally, { whole: whole.length, size, kept: wordCount }),
    size: whole.length,
    extra: extraIn(tally),
    options: optionsIn(tally),
  };
}

/** Puts what is read of `whole` into `codes`; how many characters that are. */
function show(whole: string): number {
  const long = whole.length > head + tail;
  const first = long ? head : whole.length;
  let size = 0;
  while (size < first) codes[size] = whole.charCodeAt(size++);
  if (long) {
    codes[size++] = newLine;
    for (let from = whole.length - tail; from < whole.length; from++) codes[size++] = whole.charCodeAt(from);
  }
  codes[size] = codes[size + 1] = codes[size + 2] = 0;
  return size;
}

function addWord(hash: number): void {
  const bucket = mixed(hash) & (buckets - 1);
  if (wordSeen[bucket] === reading) return;
  wordSeen[bucket] = reading;
  wordRoom[wordCount++] = bucket;
}

/** The word that begins at `from`; where it ends. */
function readWord(from: number, first: number): number {
  // The Arabic article is not part of the word.
  const begins = first === alef && codes[from + 1] === lam && sortOf[codes[from + 2]!] === letter ? from + 2 : from;
  const stemAt = begins + (isHangul(first) ? 2 : stemLength) - 1;
  let hash = seed;
  let stem = 0;
  let one = 1;
  let two = 1;
  let three = 1;
  let capitals = 0;
  let mixedCase = false;
  let grams = gramCount;
  let at = begins;
  for (; ; at++) {
    const code = codes[at]!;
    const inWord = sortOf[code] === letter;
    if (inWord && code >= capitalA && code <= capitalZ) {
      capitals++;
      if (at > begins && codes[at - 1]! >= smallA) mixedCase = true;
    }
    // The end of a word is a character of its own.
    const small = inWord ? (code < folded.length ? folded[code]! : code) : 1;
    if (at > begins) {
      const bucket = mixed(gram(one, two, three, small)) & (gramBuckets - 1);
      if (gramSeen[bucket] !== reading) {
        gramSeen[bucket] = reading;
        gramRoom[grams++] = bucket;
      }
    }
    if (!inWord) break;
    hash = step(hash, small);
    if (at === stemAt) stem = hash;
    one = two;
    two = three;
    three = small;
  }
  gramCount = grams;
  const length = at - begins;
  tally.capitals += capitals;
  tally.letters += length;
  if (first >= beyondLatin) tally.foreign += length;
  tally.words++;
  if (mixedCase || sortOf[codes[at]!] === sort.underscore) tally.identifiers++;
  addWord(hash);
  if (stem !== 0 && stem !== hash) addWord(stem ^ 0x5f);
  follow(stem === 0 ? hash : stem);
  const found = classOf(hash);
  note(found < 0 && stem !== 0 ? classOf(stem) : found);
  if (lineStart && length === 1 && first >= capitalA && first <= capitalJ) beginOption(begins);
  lineStart = false;
  return at;
}

/** An option to choose, when the single letter at the start of a line is followed as one. */
function beginOption(at: number): void {
  const after = codes[at + 1]!;
  if (after !== 46 && after !== 41 && after !== 58) return; // . ) :
  tally.optionLines++;
  optionFrom = at;
  const says = codes[at + 3]!;
  if ((says >= 48 && says <= 57) || says === 36 || says === 92 || says === 45) tally.numericOptions++; // 0 to 9 $ \ -
}

function endOption(at: number): void {
  if (optionFrom >= 0) tally.inOptions += at - optionFrom;
  optionFrom = -1;
}

function readLone(at: number, letter: number): void {
  tally.lones++;
  addWord(step(seed, letter));
  const before = at > 0 ? codes[at - 1]! : 0;
  if (sortOf[before] === lone) {
    const both = pair(before, letter);
    addWord(both);
    note(classOf(both));
  } else if (before === 0) addWord(pair(7, letter));
  lineStart = false;
}

/** The number that begins at `from`; where it ends. */
function readNumber(from: number): number {
  let parts = 1;
  let at = from;
  for (; ; at++) {
    const code = codes[at]!;
    if (sortOf[code] === digit) tally.digits++;
    else if ((code === 46 || code === 44) && sortOf[codes[at + 1]!] === digit) parts++;
    else break;
  }
  const length = at - from;
  tally.numbers++;
  if (length >= 4) tally.bigNumbers++;
  if (parts > 1) tally.decimals++;
  const token = step(step(seed, 35), Math.min(5, length));
  addWord(token);
  follow(token);
  lineStart = false;
  return at;
}

function readSign(at: number, code: number, of: number): void {
  switch (of) {
    case sort.gap:
      return;
    case sort.newLine:
      tally.lines++;
      endOption(at);
      previous = 0;
      lineStart = true;
      return;
    case sort.openBracket:
      if (!lineStart) tally.brackets++;
      addWord(step(step(seed, 33), code));
      return;
    case sort.question:
      tally.questions++;
      endSentence();
      break;
    case sort.exclamation:
      tally.exclamations++;
      endSentence();
      break;
    case sort.stop:
      endSentence();
      break;
    case sort.bullet:
      if (lineStart) tally.bullets++;
      else if (codes[at - 1] === 32 && codes[at + 1] === 32) tally.operators++;
      break;
    case sort.underscore:
      if (sortOf[codes[at + 1]!] === sort.underscore) tally.blanks++;
      break;
    case sort.operator:
      tally.operators++;
      break;
    case sort.comma:
      tally.commas++;
      break;
    case sort.colon:
      tally.colons++;
      break;
    case sort.quote:
      tally.quotes++;
      break;
    case sort.backslash:
      tally.latex++;
      break;
    case sort.dollar:
      tally.dollars++;
      break;
    case sort.codeSign:
      tally.codeSigns++;
      break;
    case sort.backtick:
      tally.fences++;
      break;
  }
  addWord(step(step(seed, 33), code));
  lineStart = false;
}

function endSentence(): void {
  tally.sentences++;
  previous = 0;
}

function follow(root: number): void {
  addWord(pair(previous, root));
  previous = root;
}

function note(found: number): void {
  if (found < 0) return;
  tally.classes[found]!++;
  if (tally.started < 0 && tally.words <= opening && found !== please && found !== greeting) tally.started = found;
}
