/** From rows to weights, and from weights to a score. */
import type { Turn } from "../runtime/chat/record.ts";
import { type Kind, kinds } from "../runtime/router/kinds.ts";
import { heads, lengthTerm, modelOf, questioning, softmax, squash, type Weights } from "../runtime/router/model.ts";
import { tableOf } from "../runtime/router/table.ts";
import { questionOf } from "./duplicates.ts";
import { fingerprint, gains, isTaught, type OwnWords, ownExamples, ownWords, publicExamples } from "./examples.ts";
import { type Example, headsOf, type Learned, learn } from "./learner.ts";
import type { Row } from "./rows.ts";

export interface FitOptions {
  readonly seed: number;
  /** Words of our own; those committed unless given. */
  readonly own?: readonly OwnWords[];
}

/** What the length of a message adds to its need, per unit of its logarithm: the one sign of difficulty that held on every data set. */
const lengthWeight = 0.6;
/** From this need on, of 9, our own words ask for the strong model: the score is calibrated as the probability of that. */
const strongFrom = 6;

/** Weights learned from `rows` and our own words, without a curve: `learnedFrom` is left empty, too. */
export function fit(rows: readonly Row[], { seed, own = ownWords() }: FitOptions): Weights {
  const taught = publicExamples(rows.filter(isTaught));
  const mine = ownExamples(own);
  const learned = learn([...taught, ...mine.flat()], seed);
  return {
    version: 2,
    learnedFrom: "",
    gains: kinds.map((kind) => gains[kind]),
    length: lengthWeight,
    ...calibrated(taught, mine, own, seed),
    bias: Array.from(learned.bias, (each) => Number(each.toFixed(4))),
    hand: tableOf(learned.hand, heads),
    words: tableOf(learned.words, heads),
    grams: tableOf(learned.grams, heads),
    answers: answers(rows),
    curve: [],
  };
}

/** How `weights` score a conversation, as the running apps do: 0 to 1, rising with the need for the strong model. */
export function scorer(weights: Weights): (message: string, history?: readonly Turn[]) => number {
  const model = modelOf(weights);
  return (message, history = []) => squash(model.judge(message, history).logOdds);
}

/** One question in this many is kept out of the shipped weights, so that they can be measured on prompts of sets they know. */
const keptOut = 5;
const isKept = (row: Row): boolean => fingerprint(questionOf(row)) % keptOut === 0;

/** Whether the shipped weights may have learned from this row's question. */
export const saw = (row: Row): boolean => isTaught(row) && !isKept(row);

/** Slope and offset that make the need a probability, on our own words held out in two halves (Platt). */
function calibrated(
  taught: readonly Example[],
  mine: readonly (readonly Example[])[],
  own: readonly OwnWords[],
  seed: number,
): { slope: number; offset: number } {
  const needs = [0, 1].flatMap((half) => {
    const learned = learn([...taught, ...mine.filter((_, index) => index % 2 === half).flat()], seed);
    return mine.flatMap((ways, index) =>
      index % 2 === half
        ? []
        : ways.map((each) => ({ need: needOf(learned, each), strong: own[index]!.need >= strongFrom ? 1 : 0 })),
    );
  });
  let slope = 1;
  let offset = 0;
  for (let step = 0; step < 2_000; step++) {
    let bySlope = 0;
    let byOffset = 0;
    for (const { need, strong } of needs) {
      const wrong = squash(slope * need + offset) - strong;
      bySlope += (wrong * need) / needs.length;
      byOffset += wrong / needs.length;
    }
    slope -= 4 * bySlope;
    offset -= 4 * byOffset;
  }
  return { slope: Number(slope.toFixed(4)), offset: Number(offset.toFixed(4)) };
}

function needOf(learned: Learned, { seen }: Example): number {
  const sums = headsOf(learned, seen);
  const likely = softmax(sums);
  const byKind = likely.reduce((sum, each, index) => sum + each * gains[kinds[index]!], 0);
  return (
    byKind / 2 +
    squash(sums[heads - 1]!) / 2 +
    lengthWeight * questioning(likely, seen.options) * lengthTerm(seen.size + seen.extra, seen.options)
  );
}

/** Characters of an answer where nothing was measured: a judgement. */
const usualAnswer: Readonly<Record<Kind, number>> = {
  chat: 120,
  service: 200,
  facts: 200,
  everyday: 800,
  writing: 1_400,
  text: 600,
  humanities: 1_500,
  science: 1_500,
  analysis: 2_500,
  calculation: 1_300,
  logic: 1_000,
  code: 1_500,
  math: 900,
};
/** Sets whose answers were written out in full. */
const wroteOut = new Set(["ze_gsm", "ze_math-l5"]);

function answers(rows: readonly Row[]): Weights["answers"] {
  const written = rows.filter(({ benchmark, weak_out_chars }) => wroteOut.has(benchmark) && weak_out_chars !== undefined);
  const mean = (of: (row: Row) => number | undefined) =>
    Math.round(written.reduce((sum, row) => sum + (of(row) ?? 0), 0) / written.length);
  const measured = (kind: Kind, of: (row: Row) => number | undefined) =>
    kind === "math" && written.length > 0 ? mean(of) : usualAnswer[kind];
  return {
    cheap: kinds.map((kind) => measured(kind, (row) => row.weak_out_chars)),
    strong: kinds.map((kind) => measured(kind, (row) => row.strong_out_chars)),
  };
}
