/** How a prompt is built: what is counted of it, and the traits that come of the counts. */
import { smallNames } from "./small-words.ts";

const shape = [
  "length", "lengthSquared", "asked", "askedSquared", "words", "wordLength", "longWords", "sentences", "sentenceLength", "lastSentence", "variety", "lines",
  "choices", "choiceLength", "longestChoice", "choiceSpread", "numericChoices", "onlyNumbers", "sameStart", "alternatives",
  "numbers", "numbersAndWords", "bigNumbers", "smallNumbers", "decimals", "largest", "digits", "distinctNumbers",
  "operators", "latex", "letters", "capitals", "names", "allCapitals", "blanks", "questions", "endsOpen", "quotes", "brackets", "percents", "money", "years", "commas", "foreign",
] as const; // biome-ignore format: a list to be read in one glance
type Shape = (typeof shape)[number];

/** The names of the traits, in order. */
export const traitNames: readonly string[] = [...shape, ...smallNames];
const at = Object.fromEntries(shape.map((name, index) => [name, index])) as Readonly<Record<Shape, number>>;

/** Counts of one prompt, as it is read; of the question alone, but for the choices it ends with. */
export class Built {
  words = 0;
  letters = 0;
  longWords = 0;
  sentences = 0;
  lines = 0;
  choices = 0;
  numericChoices = 0;
  alternatives = 0;
  numbers = 0;
  bigNumbers = 0;
  smallNumbers = 0;
  decimals = 0;
  largest = 0;
  digits = 0;
  operators = 0;
  latex = 0;
  singles = 0;
  capitals = 0;
  allCapitals = 0;
  blanks = 0;
  questions = 0;
  quotes = 0;
  brackets = 0;
  percents = 0;
  money = 0;
  years = 0;
  commas = 0;
  foreign = 0;
  /** Where the choices begin. */
  asked = 0;
  lastSentence = 0;
  /** The code of the last sign of the question. */
  lastSign = 0;
  /** How long each choice is, and the words that choices begin with. */
  readonly lengths: number[] = [];
  readonly starts = new Set<number>();
  readonly seenNumbers = new Set<number>();
  readonly seenNames = new Set<number>();
  readonly seenWords = new Set<number>();
  /** Small words by class. */
  readonly counts = new Uint16Array(smallNames.length);
}

/** The traits of a prompt of so many characters, in the order of `traitNames`. */
export function shapeOf(built: Built, characters: number): Float64Array {
  const values = new Float64Array(traitNames.length);
  const set = (name: Shape, value: number): void => {
    values[at[name]] = value;
  };
  const longest = Math.max(0, ...built.lengths);
  set("length", Math.log1p(characters));
  set("lengthSquared", Math.log1p(characters) ** 2);
  set("asked", Math.log1p(built.asked));
  set("askedSquared", Math.log1p(built.asked) ** 2);
  set("words", Math.log1p(built.words));
  set("wordLength", built.words === 0 ? 0 : built.letters / built.words);
  set("longWords", built.words === 0 ? 0 : built.longWords / built.words);
  set("sentences", Math.log1p(built.sentences));
  set("sentenceLength", Math.log1p(built.words / (built.sentences + 1)));
  set("lastSentence", Math.log1p(built.lastSentence));
  set("variety", built.words === 0 ? 1 : built.seenWords.size / built.words);
  set("lines", Math.log1p(built.lines));
  set("choices", Math.min(10, built.choices));
  set("choiceLength", Math.log1p(built.lengths.reduce((sum, each) => sum + each, 0) / Math.max(1, built.lengths.length)));
  set("longestChoice", Math.log1p(longest));
  set("choiceSpread", built.lengths.length === 0 ? 0 : Math.log1p(longest - Math.min(...built.lengths)));
  set("numericChoices", Math.min(10, built.numericChoices));
  set("onlyNumbers", built.choices > 0 && built.numericChoices === built.choices ? 1 : 0);
  set("sameStart", built.choices > 1 && built.starts.size < built.choices ? 1 : 0);
  set("alternatives", Math.min(4, built.alternatives));
  set("numbers", Math.log1p(built.numbers));
  set(
    "numbersAndWords",
    Math.log1p(built.numbers + built.counts[smallNames.indexOf("number")]! + built.counts[smallNames.indexOf("part")]!),
  );
  set("bigNumbers", Math.log1p(built.bigNumbers));
  set("smallNumbers", Math.log1p(built.smallNumbers));
  set("decimals", Math.log1p(built.decimals));
  set("largest", Math.log1p(Math.min(built.largest, 1e9)));
  set("digits", Math.log1p(built.digits));
  set("distinctNumbers", Math.log1p(built.seenNumbers.size));
  set("operators", Math.log1p(built.operators));
  set("latex", Math.min(1, built.latex));
  set("letters", Math.log1p(built.singles));
  set("capitals", Math.log1p(built.capitals));
  set("names", Math.log1p(built.seenNames.size));
  set("allCapitals", Math.log1p(built.allCapitals));
  set("blanks", Math.min(1, built.blanks));
  set("questions", Math.min(2, built.questions));
  set("endsOpen", built.choices > 0 && built.lastSign !== 63 ? 1 : 0);
  set("quotes", Math.min(1, built.quotes));
  set("brackets", Math.log1p(built.brackets));
  set("percents", Math.min(2, built.percents));
  set("money", Math.min(3, built.money));
  set("years", Math.min(1, built.years));
  set("commas", Math.log1p(built.commas));
  set("foreign", Math.min(1, built.foreign));
  for (let index = 0; index < built.counts.length; index++) values[shape.length + index] = Math.min(4, built.counts[index]!);
  return values;
}
