/**
 * What the model sees of a text: hashed words, stems, pairs and character n-grams, and counts with a meaning of their own. One pass over
 * the characters; training and the running apps use this very code.
 */
import {
  classOf,
  digit,
  folded,
  gram,
  isHangul,
  kindOf,
  letter,
  lone,
  mixed,
  pair,
  seed,
  stemLength,
  step,
} from "./characters.ts";
import { wordClasses } from "./lexicon.ts";

/** Hashed words, stems and pairs fall into this many buckets, character n-grams into fewer. */
export const buckets = 1 << 11;
export const gramBuckets = 1 << 10;
/** Of a longer text, this many characters from its start and its end are read: what is wanted stands at one of them. */
const shown = { fully: { head: 620, tail: 240 }, briefly: { head: 90, tail: 30 } } as const;

// biome-ignore format: a list to be read in one glance
const counts = [
  "characters", "words", "fewWords", "numbers", "bigNumbers", "decimals", "digitShare", "operators", "latex", "dollarSigns", "brackets", "codeSigns",
  "fences", "identifiers", "questionMarks", "lines", "optionLines", "numericOptions", "blanks", "sentences", "capitalShare", "wordLength", "quotes",
  "bullets", "colons", "exclamations", "otherScript", "repeated", "sentenceLength", "commas",
] as const;

/** The names of the hand-made features, in order. */
export const handNames: readonly string[] = [...counts, ...wordClasses, ...wordClasses.map((name) => `starts:${name}`)];
const first = Object.fromEntries(counts.map((name, index) => [name, index])) as Readonly<Record<(typeof counts)[number], number>>;

export interface Seen {
  /** The buckets of words, stems and pairs that occur, each once. */
  readonly words: Uint16Array;
  /** The buckets of character n-grams that occur, each once. */
  readonly grams: Uint16Array;
  /** About 0 to 3 each, in the order of `handNames`. */
  readonly hand: Float64Array;
  /** How many words; two characters of a script without spaces make one. */
  readonly length: number;
  /** How many characters there are. */
  readonly size: number;
  /** What characters of scripts without spaces count beyond one: a character of them says as much as two and a half of others. */
  readonly extra: number;
  /** How surely options to choose among are offered, 0 to 1. */
  readonly options: number;
}

/** About 0 to 3: how long so many characters are, on a scale on which twice as long is always the same step. */
export const lengthOf = (characters: number): number => logarithm(characters / 20, 6) / 2;

// Reused from call to call: a decision is synchronous, and what is returned is copied.
const room = 4 * (shown.fully.head + shown.fully.tail);
const wordRoom = new Uint16Array(room);
const gramRoom = new Uint16Array(room);
const wordSeen = new Uint32Array(buckets);
const gramSeen = new Uint32Array(gramBuckets);
let reading = 0;
let wordCount = 0;
let gramCount = 0;

function addWord(hash: number): void {
  const bucket = mixed(hash) & (buckets - 1);
  if (wordSeen[bucket] === reading) return;
  wordSeen[bucket] = reading;
  wordRoom[wordCount++] = bucket;
}

function addGram(hash: number): void {
  const bucket = mixed(hash) & (gramBuckets - 1);
  if (gramSeen[bucket] === reading) return;
  gramSeen[bucket] = reading;
  gramRoom[gramCount++] = bucket;
}

const logarithm = (count: number, most = 3): number => Math.min(most, Math.log1p(count));

// biome-ignore format: a list to be read in one glance
const nothing = {
  words: 0, letters: 0, lones: 0, digits: 0, numbers: 0, bigNumbers: 0, decimals: 0, operators: 0, latex: 0, dollars: 0, brackets: 0, codeSigns: 0,
  fences: 0, identifiers: 0, questions: 0, lines: 0, optionLines: 0, numericOptions: 0, blanks: 0, sentences: 0, capitals: 0, quotes: 0, bullets: 0,
  colons: 0, exclamations: 0, foreign: 0, commas: 0, inOptions: 0,
};
type Tally = typeof nothing;

const counted: readonly (readonly [string, readonly (keyof Tally)[]])[] = [
  ["+=^<>/×÷≤≥√∫∑", ["operators"]],
  ["\\", ["latex"]],
  ["$", ["dollars"]],
  ["{};[]", ["codeSigns"]],
  ["`", ["fences"]],
  ["?？؟", ["questions", "sentences"]],
  ["!！", ["exclamations", "sentences"]],
  [".。।", ["sentences"]],
  ['"“', ["quotes"]],
  [":", ["colons"]],
  [",", ["commas"]],
];
const countedBy = new Map(counted.flatMap(([signs, names]) => Array.from(signs, (sign) => [sign.charCodeAt(0), names] as const)));

const code = (character: string): number => character.charCodeAt(0);
const [newLine, openBracket, underscore, space, capitalA, capitalJ] = [
  code("\n"),
  code("("),
  code("_"),
  code(" "),
  code("A"),
  code("J"),
];
const afterOption = new Set([".", ")", ":"].map(code));
const startsNumber = new Set(Array.from("0123456789$\\-", code));
const starts = new Set(Array.from("*-•", code));
const alef = 0x6_27;
const lam = 0x6_44;
/** Letters from here on are of no Latin script. */
const beyondLatin = 0x2_50;
/** How many words in the first telling one is looked for, and what tells nothing. */
const opening = 10;
const tellsNothing = new Set([wordClasses.indexOf("please"), wordClasses.indexOf("greeting")]);

/** One pass over a text, character by character. */
class Reading {
  readonly text: string;
  readonly tally: Tally = { ...nothing };
  readonly classes = new Uint16Array(wordClasses.length);
  /** The class of the first telling word, or -1. */
  started = -1;
  #at = 0;
  /** The stem before, 0 at the start of a sentence. */
  #previous = 0;
  #lineStart = true;
  #optionFrom = -1;

  constructor(text: string) {
    this.text = text;
    while (this.#at < text.length) {
      const next = text.charCodeAt(this.#at);
      const kind = kindOf[next];
      if (kind === letter) this.#word(next);
      else if (kind === lone) this.#lone(next);
      else if (kind === digit) this.#number();
      else this.#sign(next);
    }
    this.#endOption();
  }

  #word(first: number): void {
    const { text, tally } = this;
    const from = this.#at;
    // The Arabic article is not part of the word.
    if (first === alef && text.charCodeAt(from + 1) === lam && kindOf[text.charCodeAt(from + 2)] === letter) this.#at += 2;
    const begins = this.#at;
    const stemAt = begins + (isHangul(first) ? 2 : stemLength) - 1;
    let [hash, stem, one, two, three] = [seed, 0, 1, 1, 1];
    let mixedCase = false;
    let at = begins;
    for (; at < text.length; at++) {
      const next = text.charCodeAt(at);
      if (kindOf[next] !== letter) break;
      if (next >= 65 && next <= 90) {
        tally.capitals++;
        if (at > begins && text.charCodeAt(at - 1) >= 97) mixedCase = true;
      }
      const small = next < folded.length ? folded[next]! : next;
      hash = step(hash, small);
      if (at === stemAt) stem = hash;
      if (at > begins) addGram(gram(one, two, three, small));
      one = two;
      two = three;
      three = small;
    }
    addGram(gram(one, two, three, 1));
    this.#at = at;
    const length = at - begins;
    tally.letters += length;
    if (first >= beyondLatin) tally.foreign += length;
    tally.words++;
    if (mixedCase || text.charCodeAt(at) === underscore) tally.identifiers++;
    addWord(hash);
    if (stem !== 0 && stem !== hash) addWord(stem ^ 0x5f);
    this.#follow(stem === 0 ? hash : stem);
    const found = classOf(hash);
    this.#note(found < 0 && stem !== 0 ? classOf(stem) : found);
    if (this.#lineStart && length === 1 && first >= capitalA && first <= capitalJ) this.#option(begins, at);
    this.#lineStart = false;
  }

  /** An option to choose, when the single letter at the start of a line is followed as one. */
  #option(begins: number, at: number): void {
    if (!afterOption.has(this.text.charCodeAt(at))) return;
    this.tally.optionLines++;
    this.#optionFrom = begins;
    if (startsNumber.has(this.text.charCodeAt(at + 2))) this.tally.numericOptions++;
  }

  #endOption(): void {
    if (this.#optionFrom >= 0) this.tally.inOptions += this.#at - this.#optionFrom;
    this.#optionFrom = -1;
  }

  #lone(letter: number): void {
    this.tally.lones++;
    addWord(step(seed, letter));
    const before = this.#at > 0 ? this.text.charCodeAt(this.#at - 1) : 0;
    if (kindOf[before] === lone) {
      const both = pair(before, letter);
      addWord(both);
      this.#note(classOf(both));
    } else if (before === 0) addWord(pair(7, letter));
    this.#lineStart = false;
    this.#at++;
  }

  #number(): void {
    const { text, tally } = this;
    const from = this.#at;
    let parts = 1;
    for (; this.#at < text.length; this.#at++) {
      const next = text.charCodeAt(this.#at);
      if (kindOf[next] === digit) tally.digits++;
      else if ((next === 46 || next === 44) && kindOf[text.charCodeAt(this.#at + 1)] === digit) parts++;
      else break;
    }
    const length = this.#at - from;
    tally.numbers++;
    if (length >= 4) tally.bigNumbers++;
    if (parts > 1) tally.decimals++;
    const token = step(step(seed, 35), Math.min(5, length));
    addWord(token);
    this.#follow(token);
    this.#lineStart = false;
  }

  #sign(sign: number): void {
    const { text, tally } = this;
    const names = countedBy.get(sign);
    if (names) {
      for (const name of names) tally[name]++;
      if (names.includes("sentences")) this.#previous = 0;
    } else if (sign === newLine) {
      tally.lines++;
      this.#endOption();
      this.#previous = 0;
      this.#lineStart = true;
    } else if (sign === openBracket) {
      if (!this.#lineStart) tally.brackets++;
    } else if (starts.has(sign)) {
      if (this.#lineStart) tally.bullets++;
      else if (text.charCodeAt(this.#at - 1) === space && text.charCodeAt(this.#at + 1) === space) tally.operators++;
    } else if (sign === underscore && text.charCodeAt(this.#at + 1) === underscore) tally.blanks++;
    if (sign > space) {
      addWord(step(step(seed, 33), sign));
      if (sign !== openBracket) this.#lineStart = false;
    }
    this.#at++;
  }

  #follow(root: number): void {
    addWord(pair(this.#previous, root));
    this.#previous = root;
  }

  #note(found: number): void {
    if (found < 0) return;
    this.classes[found]!++;
    if (this.started < 0 && this.tally.words <= opening && !tellsNothing.has(found)) this.started = found;
  }
}

/** Reads `whole`; of a long one only its start and its end: 620 and 240 characters, or 90 and 30 when `briefly`. */
export function read(whole: string, how: keyof typeof shown = "fully"): Seen {
  const { head, tail } = shown[how];
  reading++;
  wordCount = 0;
  gramCount = 0;
  const { text, tally, classes, started } = new Reading(
    whole.length > head + tail ? `${whole.slice(0, head)}\n${whole.slice(-tail)}` : whole,
  );
  const length = tally.words + tally.lones / 2 + tally.numbers;
  const extra = 1.5 * tally.lones;
  const asking = Math.max(0, whole.length - tally.inOptions) + extra;
  const hand = handOf(tally, text.length, length, asking);
  for (let index = 0; index < classes.length; index++)
    if (classes[index]! > 0) hand[counts.length + index] = logarithm(classes[index]!, 2);
  if (started >= 0) hand[counts.length + wordClasses.length + started] = 1;
  return {
    words: wordRoom.slice(0, wordCount),
    grams: gramRoom.slice(0, gramCount),
    hand,
    length,
    size: whole.length,
    extra,
    options: hand[first.optionLines]!,
  };
}

function handOf(tally: Tally, size: number, length: number, asking: number): Float64Array {
  const hand = new Float64Array(handNames.length);
  const set = (name: keyof typeof first, value: number): void => {
    hand[first[name]] = value;
  };
  set("characters", lengthOf(asking));
  set("words", logarithm(length / 4, 6) / 2);
  set("fewWords", length <= 3 ? 1 : length <= 6 ? 0.5 : 0);
  set("numbers", logarithm(tally.numbers));
  set("bigNumbers", logarithm(tally.bigNumbers, 2));
  set("decimals", logarithm(tally.decimals, 2));
  set("digitShare", Math.min(1, (5 * tally.digits) / (size + 1)));
  set("operators", logarithm(tally.operators));
  set("latex", logarithm(tally.latex));
  set("dollarSigns", logarithm(tally.dollars, 2));
  set("brackets", logarithm(tally.brackets, 2));
  set("codeSigns", logarithm(tally.codeSigns));
  set("fences", logarithm(tally.fences, 2));
  set("identifiers", logarithm(tally.identifiers));
  set("questionMarks", logarithm(tally.questions, 2));
  set("lines", logarithm(tally.lines));
  set("optionLines", Math.min(1, tally.optionLines / 4));
  set("numericOptions", Math.min(1, tally.numericOptions / 4));
  set("blanks", tally.blanks > 0 ? 1 : 0);
  set("sentences", logarithm(tally.sentences));
  set("capitalShare", Math.min(1, (4 * tally.capitals) / (tally.letters + 1)));
  set("wordLength", tally.words === 0 ? 0 : Math.min(2, tally.letters / tally.words / 5));
  set("quotes", logarithm(tally.quotes, 2));
  set("bullets", logarithm(tally.bullets, 2));
  set("colons", logarithm(tally.colons, 2));
  set("exclamations", logarithm(tally.exclamations, 1));
  set("otherScript", (tally.foreign + tally.lones) / (tally.letters + tally.lones + 1));
  set("repeated", tally.words < 20 ? 0 : 1 - wordCount / (3 * tally.words));
  set("sentenceLength", Math.min(2, length / (tally.sentences + 1) / 15));
  set("commas", logarithm(tally.commas));
  return hand;
}
