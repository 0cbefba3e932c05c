/** What a reading counts, and the features with a meaning of their own that come of the counts. */
import { wordClasses } from "./lexicon.ts";

/** Counts of one reading, as it goes along. */
export class Tally {
  words = 0;
  letters = 0;
  lones = 0;
  digits = 0;
  numbers = 0;
  bigNumbers = 0;
  decimals = 0;
  operators = 0;
  latex = 0;
  dollars = 0;
  brackets = 0;
  codeSigns = 0;
  fences = 0;
  identifiers = 0;
  questions = 0;
  lines = 0;
  optionLines = 0;
  numericOptions = 0;
  blanks = 0;
  sentences = 0;
  capitals = 0;
  quotes = 0;
  bullets = 0;
  colons = 0;
  exclamations = 0;
  foreign = 0;
  commas = 0;
  inOptions = 0;
  /** How many words there are of each class. */
  readonly classes = new Uint16Array(wordClasses.length);
  /** The class of the first telling word, or -1. */
  started = -1;
}

// biome-ignore format: a list to be read in one glance
const counts = [
  "characters", "words", "fewWords", "numbers", "bigNumbers", "decimals", "digitShare", "operators", "latex", "dollarSigns", "brackets", "codeSigns",
  "fences", "identifiers", "questionMarks", "lines", "optionLines", "numericOptions", "blanks", "sentences", "capitalShare", "wordLength", "quotes",
  "bullets", "colons", "exclamations", "otherScript", "repeated", "sentenceLength", "commas",
] as const;

const place = Object.fromEntries(counts.map((name, index) => [name, index])) as Readonly<Record<(typeof counts)[number], number>>;

/** The names of the hand-made features, in order. */
export const handNames: readonly string[] = [...counts, ...wordClasses, ...wordClasses.map((name) => `starts:${name}`)];

/** How many words; two characters of a script without spaces make one. */
export const lengthIn = ({ words, lones, numbers }: Tally): number => words + lones / 2 + numbers;
/** What characters of scripts without spaces count beyond one: a character of them says as much as two and a half of others. */
export const extraIn = ({ lones }: Tally): number => 1.5 * lones;
/** How surely options to choose among are offered, 0 to 1. */
export const optionsIn = ({ optionLines }: Tally): number => Math.min(1, optionLines / 4);

const logarithm = (count: number, most = 3): number => Math.min(most, Math.log1p(count));
/** About 0 to 3: how long so many characters are, on a scale on which twice as long is always the same step. */
const lengthOf = (characters: number): number => logarithm(characters / 20, 6) / 2;

/** About 0 to 3 each, in the order of `handNames`. The text has `whole` characters, of which `size` were read; `kept` buckets of words were met. */
export function handOf(tally: Tally, { whole, size, kept }: { whole: number; size: number; kept: number }): Float64Array {
  const length = lengthIn(tally);
  const hand = new Float64Array(handNames.length);
  hand[place.characters] = lengthOf(Math.max(0, whole - tally.inOptions) + extraIn(tally));
  hand[place.words] = logarithm(length / 4, 6) / 2;
  hand[place.fewWords] = length <= 3 ? 1 : length <= 6 ? 0.5 : 0;
  hand[place.numbers] = logarithm(tally.numbers);
  hand[place.bigNumbers] = logarithm(tally.bigNumbers, 2);
  hand[place.decimals] = logarithm(tally.decimals, 2);
  hand[place.digitShare] = Math.min(1, (5 * tally.digits) / (size + 1));
  hand[place.operators] = logarithm(tally.operators);
  hand[place.latex] = logarithm(tally.latex);
  hand[place.dollarSigns] = logarithm(tally.dollars, 2);
  hand[place.brackets] = logarithm(tally.brackets, 2);
  hand[place.codeSigns] = logarithm(tally.codeSigns);
  hand[place.fences] = logarithm(tally.fences, 2);
  hand[place.identifiers] = logarithm(tally.identifiers);
  hand[place.questionMarks] = logarithm(tally.questions, 2);
  hand[place.lines] = logarithm(tally.lines);
  hand[place.optionLines] = optionsIn(tally);
  hand[place.numericOptions] = Math.min(1, tally.numericOptions / 4);
  hand[place.blanks] = tally.blanks > 0 ? 1 : 0;
  hand[place.sentences] = logarithm(tally.sentences);
  hand[place.capitalShare] = Math.min(1, (4 * tally.capitals) / (tally.letters + 1));
  hand[place.wordLength] = tally.words === 0 ? 0 : Math.min(2, tally.letters / tally.words / 5);
  hand[place.quotes] = logarithm(tally.quotes, 2);
  hand[place.bullets] = logarithm(tally.bullets, 2);
  hand[place.colons] = logarithm(tally.colons, 2);
  hand[place.exclamations] = logarithm(tally.exclamations, 1);
  hand[place.otherScript] = (tally.foreign + tally.lones) / (tally.letters + tally.lones + 1);
  hand[place.repeated] = tally.words < 20 ? 0 : 1 - kept / (3 * tally.words);
  hand[place.sentenceLength] = Math.min(2, length / (tally.sentences + 1) / 15);
  hand[place.commas] = logarithm(tally.commas);
  for (let index = 0; index < wordClasses.length; index++)
    if (tally.classes[index]! > 0) hand[counts.length + index] = logarithm(tally.classes[index]!, 2);
  if (tally.started >= 0) hand[counts.length + wordClasses.length + tally.started] = 1;
  return hand;
}
