/**
 * A router for prompts of one kind, from outcomes of that kind: what the strong model gained on the labelled prompts, and what the most
 * similar of other data sets says about it where the labels bear that out.
 */

import { type Layer, learned, type Point, pointOf, sumOf, traitsKnown, type Usual, usualOf, valued } from "./adapt-layer.ts";
import { shuffle } from "./learner.ts";
import { Random } from "./random.ts";
import type { Row } from "./rows.ts";

/** What learning needs of a row. */
export type Labelled = Pick<Row, "prompt" | "weak_score" | "strong_score"> &
  Partial<Pick<Row, "benchmark" | "category" | "weak_out_chars" | "strong_out_chars">>;

export const gain = (row: Pick<Row, "weak_score" | "strong_score">): number => row.strong_score - row.weak_score;

// Chosen on one half of MMLU and of GSM8K.
const shrinkage = { alone: 10, byTopic: 5 } as const;
const priorShrinkage = 15;
const lengthShrinkage = 3;
/** A topic's mean gain counts as if so many labels of the mean over all topics were among its own. */
const topicShrinkage = 25;
/** How much of what sets one outcome apart from its topic's mean is kept: most of it is chance. */
const ownShare = 0.3;
/** So many of the other data sets are looked at, the most similar ones, so many rows of each. */
const mostPriors = 3;
const mostRows = 1_500;
const fewestRows = 150;
/** A prior counts when the labels speak for it this strongly: its slope in standard errors. */
const evidence = 4;

/** What was fitted: the layer, what it takes for usual, and which data sets' outcomes it leans on. */
export interface Fitted {
  readonly layer: Layer;
  readonly usual: Usual;
  readonly leansOn: readonly string[];
}

/** The expected gain, from `labels` and `others`: rows of other data sets, none of which asks what a test asks. */
export function fitGain(labels: readonly Labelled[], others: readonly Row[], seed: number): Fitted {
  const usual = usualOf(labels.map(({ prompt }) => prompt));
  const points = labels.map(({ prompt }) => pointOf(prompt, usual));
  let rest = labels.map(gain);
  const topics = labels.map(topicOf);
  const parts: (readonly [Layer, number])[] = [];
  const leansOn: string[] = [];
  const priors = similar(labels, others, seed).map(({ name, rows, wanted }) => {
    const layer = learned(
      rows.map(({ prompt }) => pointOf(prompt, usual)),
      wanted,
      priorShrinkage,
    );
    return { name, layer, said: points.map((point) => valued(layer, point)) };
  });
  while (priors.length > 0) {
    const lines = priors.map(({ said }) => lineThrough(withinTopics(said, topics), withinTopics(rest, topics)));
    const best = lines.reduce((most, line, index) => (line.evidence > lines[most]!.evidence ? index : most), 0);
    const line = lines[best]!;
    if (line.evidence < evidence) break;
    const [prior] = priors.splice(best, 1);
    parts.push([prior!.layer, line.slope]);
    leansOn.push(prior!.name);
    rest = rest.map((each, index) => each - line.slope * prior!.said[index]!);
  }
  const own =
    new Set(topics).size > 1
      ? learned(points, steadied(rest, topics), shrinkage.byTopic)
      : learned(points, rest, shrinkage.alone);
  return { layer: sumOf([[own, 1], ...parts]), usual, leansOn };
}

const topicOf = ({ category, benchmark }: Labelled): string | undefined => category ?? benchmark;

/** What is left when each topic's mean is taken off: whether a data set says anything beyond which topic it is. */
function withinTopics(values: readonly number[], topics: readonly (string | undefined)[]): number[] {
  const sums = new Map<string | undefined, { sum: number; count: number }>();
  values.forEach((each, index) => {
    const { sum, count } = sums.get(topics[index]) ?? { sum: 0, count: 0 };
    sums.set(topics[index], { sum: sum + each, count: count + 1 });
  });
  return values.map((each, index) => {
    const { sum, count } = sums.get(topics[index])!;
    return each - sum / count;
  });
}

/** Outcomes drawn towards the mean of their topic, whose own mean is drawn towards that of all: topics are known of labels, never of a test. */
function steadied(gains: readonly number[], topics: readonly (string | undefined)[]): number[] {
  const mean = gains.reduce((sum, each) => sum + each, 0) / gains.length;
  const sums = new Map<string | undefined, { away: number; count: number }>();
  gains.forEach((each, index) => {
    const sum = sums.get(topics[index]) ?? { away: 0, count: 0 };
    sums.set(topics[index], { away: sum.away + each - mean, count: sum.count + 1 });
  });
  return gains.map((each, index) => {
    const { away, count } = sums.get(topics[index])!;
    const usual = mean + away / (count + topicShrinkage);
    return usual + ownShare * (each - usual);
  });
}

/**
 * A score for each row that rises with the expected gain, or per dollar: with the expected gain for each dollar that the strong model costs
 * more. Dollars come from `strong_out_chars` and `weak_out_chars` of the labels at the prices of gpt-4o and gpt-4o-mini.
 */
export function adapted(
  labels: readonly Row[],
  others: readonly Row[],
  { seed, perDollar = false }: { readonly seed: number; readonly perDollar?: boolean },
): (row: Row) => number {
  const { layer, usual } = fitGain(labels, others, seed);
  if (!perDollar) return ({ prompt }) => valued(layer, pointOf(prompt, usual));
  const extra = fitExtraCost(labels, usual);
  return ({ prompt }) => {
    const point = pointOf(prompt, usual);
    return valued(layer, point) / extra(prompt, point);
  };
}

/** US dollars per character: list prices for a million tokens (performance.md §4.2), four characters a token. */
const perCharacter = (usdPerMillion: number): number => usdPerMillion / 1e6 / 4;
const prices = {
  weak: { input: perCharacter(0.15), output: perCharacter(0.6) },
  strong: { input: perCharacter(2.5), output: perCharacter(10) },
};

/** What the strong model's answer is expected to cost more than the weak one's, in US dollars; always positive. */
function fitExtraCost(labels: readonly Row[], usual: Usual): (prompt: string, point: Point) => number {
  const counted = labels.filter(
    ({ weak_out_chars, strong_out_chars }) => weak_out_chars !== undefined && strong_out_chars !== undefined,
  );
  if (counted.length === 0)
    throw new Error(
      "None of the labels says how long the answers were: weak_out_chars and strong_out_chars are needed to weigh gain by dollars.",
    );
  const points = counted.map(({ prompt }) => pointOf(prompt, usual));
  const length = (of: (row: Row) => number): Layer =>
    learned(
      points,
      counted.map((row) => Math.log1p(of(row))),
      lengthShrinkage,
    );
  const weak = length((row) => row.weak_out_chars!);
  const strong = length((row) => row.strong_out_chars!);
  return (prompt, point) => {
    const input = prompt.length * (prices.strong.input - prices.weak.input);
    const output =
      prices.strong.output * Math.expm1(valued(strong, point)) - prices.weak.output * Math.expm1(valued(weak, point));
    return Math.max(1e-6, input + output);
  };
}

interface Prior {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly wanted: readonly number[];
}

/** The data sets among `others` whose prompts use the words of the labelled ones, each with the gain that its rows show. */
function similar(labels: readonly Labelled[], others: readonly Row[], seed: number): Prior[] {
  const mine = meanWords(labels.map(({ prompt }) => prompt));
  return priorsOf(others, seed)
    .map((prior) => ({ prior, likeness: cosine(mine, prior.words) }))
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, mostPriors)
    .map(({ prior }) => prior);
}

// Folds of one data set share their others.
const prepared = new WeakMap<readonly Row[], (Prior & { readonly words: Map<number, number> })[]>();

function priorsOf(others: readonly Row[], seed: number): (Prior & { readonly words: Map<number, number> })[] {
  const before = prepared.get(others);
  if (before) return before;
  const sets = Map.groupBy(
    others.filter(({ file }) => file !== copied),
    ({ file, benchmark }) => (file === manyModels ? benchmark : file),
  );
  const priors = [...sets].flatMap(([name, all]) => {
    const rows = [...all];
    shuffle(rows, new Random(seed));
    const usable = rows.filter((row) => !Number.isNaN(gainShown(row))).slice(0, mostRows);
    if (usable.length < fewestRows) return [];
    return [{ name, rows: usable, wanted: usable.map(gainShown), words: meanWords(usable.map(({ prompt }) => prompt)) }];
  });
  prepared.set(others, priors);
  return priors;
}

/** LLMRouter's rows carry the scores of nine models; its other pair's file holds the same rows again. */
const manyModels = "llmrouter_qwen7b_nemo51b";
const copied = "llmrouter_llama8b_nemo49b";
const able = [
  "llama-3.3-nemotron-super-49b-v1",
  "llama-3.1-nemotron-51b-instruct",
  "llama-3.1-8b-instruct",
  "qwen2.5-7b-instruct",
  "gemma-2-9b-it",
];
const older = ["mistral-7b-instruct-v0.3", "llama3-chatqa-1.5-70b", "codegemma-7b"];

/** What a better model gained: of many models the mean of the able over the older ones, which says more than one pair's single answers. */
function gainShown(row: Row): number {
  if (!row.all_scores) return gain(row);
  const scores = row.all_scores;
  const mean = (models: readonly string[]): number => {
    const known = models.flatMap((model) => scores[model] ?? []);
    return known.reduce((sum, each) => sum + each, 0) / known.length;
  };
  return mean(able) - mean(older);
}

function meanWords(prompts: readonly string[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const prompt of prompts) {
    const { buckets, weights } = traitsKnown(prompt);
    buckets.forEach((bucket, index) => {
      sums.set(bucket, (sums.get(bucket) ?? 0) + weights[index]! / prompts.length);
    });
  }
  return sums;
}

function cosine(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): number {
  let both = 0;
  for (const [bucket, weight] of one) both += weight * (other.get(bucket) ?? 0);
  const size = (all: ReadonlyMap<number, number>): number => Math.hypot(...all.values());
  return both / (size(one) * size(other) || 1);
}

/** The straight line of `wanted` over `said`, and how many standard errors its slope is from none. */
function lineThrough(said: readonly number[], wanted: readonly number[]): { slope: number; evidence: number } {
  const count = said.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / count;
  const [x, y] = [mean(said), mean(wanted)];
  let [squares, products, total] = [0, 0, 0];
  said.forEach((each, index) => {
    squares += (each - x) ** 2;
    products += (each - x) * (wanted[index]! - y);
    total += (wanted[index]! - y) ** 2;
  });
  if (squares === 0) return { slope: 0, evidence: 0 };
  const slope = products / squares;
  const error = Math.sqrt((total - slope * products) / (count - 2) / squares);
  return { slope, evidence: error > 0 ? slope / error : 0 };
}
