/** What labels of the very data set are worth: draws of a few labels, or folds, always measured on prompts that no label is of. */

import { questionOf } from "../../training/duplicates.ts";
import { apgr, type Curve, cpt, curveOf, interval, ranking, routeLlm } from "../../training/metrics.ts";
import { Random } from "../../training/random.ts";
import type { Row } from "../../training/rows.ts";
import type { Reached } from "./aims.ts";
import { strangersOf } from "./learned.ts";
import { text } from "./ranked.ts";
import { published } from "./rivals.ts";
import { outcomesOf, type TestSet, testSets } from "./sets.ts";
import { percent, type Section, section, thousandths, whole } from "./table.ts";

/** A router for one data set, from labels of it and from whatever `others` hold. Its score rises with the gain, or with the gain for the money. */
export type Adaptation = (
  labels: readonly Row[],
  others: readonly Row[],
  options: { readonly seed: number; readonly perDollar?: boolean },
) => (row: Row) => number;

/** `rows` in `count` parts of about the same size, rows that ask the same in the same part. */
export function folds(rows: readonly Row[], count: number, seed: number): Row[][] {
  const random = new Random(seed);
  const questions = [...Map.groupBy(rows, questionOf).values()];
  for (let last = questions.length - 1; last > 0; last--) {
    const other = random.whole(0, last);
    [questions[last], questions[other]] = [questions[other]!, questions[last]!];
  }
  const parts: Row[][] = Array.from({ length: count }, () => []);
  for (const same of questions) parts.reduce((least, part) => (part.length < least.length ? part : least)).push(...same);
  return parts;
}

/** `count` rows by chance, and the rows that ask nothing they ask. */
export function draw(rows: readonly Row[], count: number, seed: number): { labels: Row[]; test: Row[] } {
  const random = new Random(seed);
  const order = rows.map((row) => ({ row, at: random.next() })).sort((one, other) => one.at - other.at);
  const labels = order.slice(0, count).map(({ row }) => row);
  const asked = new Set(labels.map(questionOf));
  return { labels, test: rows.filter((row) => !asked.has(questionOf(row))) };
}

/** Every row's score by a router that had the labels of all folds but the row's own, and which fold that is. */
export function acrossFolds(
  rows: readonly Row[],
  others: readonly Row[],
  adaptation: Adaptation,
  options: { readonly seed: number; readonly perDollar?: boolean },
): Map<Row, { readonly score: number; readonly fold: number }> {
  const parts = folds(rows, 5, options.seed);
  return new Map(
    parts.flatMap((part, fold) => {
      const score = adaptation(parts.filter((each) => each !== part).flat(), others, options);
      return part.map((row) => [row, { score: score(row), fold }] as const);
    }),
  );
}

export interface Adapted {
  readonly set: string;
  readonly labels: number;
  readonly decisions: number;
  readonly apgr: number;
  readonly exact: number;
  /** The middle 95 % over resampled decisions, or the least and the most of several draws of labels. */
  readonly low: number;
  readonly high: number;
  readonly cpt50: number;
  readonly cpt80: number;
  /** APGR of the best of RouteLLM's own routers. */
  readonly published: number;
}

/** MMLU by five draws of 1,500 labels, GSM8K by five folds; a folding is a draw, too, so that there are three. */
export function inDomain(rows: readonly Row[], adaptation: Adaptation, reached: Reached, seed: number): Section[] {
  const sets = testSets(rows);
  const found = (name: string) => sets.find((set) => set.name === name);
  const [mmlu, gsm8k] = [found("MMLU"), found("GSM8K")];
  const figures = [
    ...(mmlu ? [byDraws(mmlu, rows, adaptation, seed)] : []),
    ...(gsm8k ? [byFolds(gsm8k, rows, adaptation, seed)] : []),
  ];
  reached.mmlu = figures.find(({ set }) => set.startsWith("MMLU"));
  reached.gsm8k = figures.find(({ set }) => set.startsWith("GSM8K"));
  return [
    section("With labels of the data set itself", figures, [
      { name: "data set", of: ({ set }) => set },
      { name: "labels", of: ({ labels }) => whole(labels) },
      { name: "decisions", of: ({ decisions }) => whole(decisions) },
      { name: "APGR", of: (each) => thousandths(each.apgr) },
      { name: "exact", of: ({ exact }) => thousandths(exact) },
      { name: "from-to", of: ({ low, high }) => `${thousandths(low)}-${thousandths(high)}` },
      { name: "CPT50", of: ({ cpt50 }) => percent(cpt50) },
      { name: "CPT80", of: ({ cpt80 }) => percent(cpt80) },
      { name: "best published", of: (each) => thousandths(each.published) },
    ]),
  ];
}

const rowsOf = ({ cases }: TestSet): Row[] => cases.map((each) => each.rows[0]);
const outcomes = (rows: readonly Row[]) =>
  outcomesOf(
    rows.map((row) => ({ message: row.prompt, history: [], rows: [row] })),
    text,
  );
const bestPublished = (set: "MMLU" | "GSM8K"): number => Math.max(...published.map(({ figures }) => figures[set][2]));
const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

function byDraws(set: TestSet, rows: readonly Row[], adaptation: Adaptation, seed: number): Adapted {
  const count = 1_500;
  const others = strangersOf(rows, set);
  let tested = 0;
  const every = Array.from({ length: 5 }, (_, at): Curve => {
    const { labels, test } = draw(rowsOf(set), count, seed + at);
    const score = adaptation(labels, others, { seed: seed + at });
    tested += test.length;
    return curveOf(outcomes(test), ranking(test.map(score), seed));
  });
  const curves = every.map(routeLlm);
  const areas = curves.map(apgr);
  return {
    set: `${set.name}, mean of 5 draws`,
    labels: count,
    decisions: tested,
    apgr: mean(areas),
    exact: mean(every.map(apgr)),
    low: Math.min(...areas),
    high: Math.max(...areas),
    cpt50: mean(curves.map((curve) => cpt(curve, 0.5))),
    cpt80: mean(curves.map((curve) => cpt(curve, 0.8))),
    published: bestPublished("MMLU"),
  };
}

function byFolds(set: TestSet, rows: readonly Row[], adaptation: Adaptation, seed: number): Adapted {
  const foldings = 3;
  const own = rowsOf(set);
  const others = strangersOf(rows, set);
  const runs = Array.from({ length: foldings }, (_, at) => {
    const scores = acrossFolds(own, others, adaptation, { seed: seed + at });
    const ranked = ranking(
      own.map((row) => scores.get(row)!.score),
      seed,
    );
    const every = curveOf(outcomes(own), ranked);
    return { every, curve: routeLlm(every), within: interval(outcomes(own), ranked, (each) => apgr(routeLlm(each)), { seed }) };
  });
  return {
    set: `${set.name}, 5 folds, mean of ${foldings}`,
    labels: Math.round(own.length * 0.8),
    decisions: own.length,
    apgr: mean(runs.map(({ curve }) => apgr(curve))),
    exact: mean(runs.map(({ every }) => apgr(every))),
    low: mean(runs.map(({ within: [low] }) => low)),
    high: mean(runs.map(({ within: [, high] }) => high)),
    cpt50: mean(runs.map(({ curve }) => cpt(curve, 0.5))),
    cpt80: mean(runs.map(({ curve }) => cpt(curve, 0.8))),
    published: bestPublished("GSM8K"),
  };
}
