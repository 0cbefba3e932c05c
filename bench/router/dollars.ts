/** What a ranking saves in true dollars, on the pair of text models whose answers' lengths are known. */

import { curveOf, held, interval, type Outcome, ranking, reaching } from "../../training/metrics.ts";
import { Random } from "../../training/random.ts";
import type { Row } from "../../training/rows.ts";
import type { Reached } from "./aims.ts";
import { type Adaptation, acrossFolds } from "./in-domain.ts";
import { strangersOf } from "./learned.ts";
import type { Judged } from "./ranked.ts";
import { dollarsOf, type TestSet } from "./sets.ts";
import { type Column, percent, type Section, section, whole } from "./table.ts";

export interface Saving {
  readonly router: string;
  readonly decisions: number;
  /** Share of the dollars of always asking the strong model, at 97, 98 and 99 % of its quality. */
  readonly saved97: number;
  readonly saved98: number;
  readonly saved99: number;
  /** The middle 95 % of `saved98` over resampled decisions. */
  readonly low98: number;
  readonly high98: number;
}

/** What `router` saves by ranking decisions with `scores`, the threshold being the best for the very decisions it is measured on. */
export function saving(router: string, outcomes: readonly Outcome[], scores: ArrayLike<number>, seed: number): Saving {
  const ranked = ranking(scores, seed);
  const curve = curveOf(outcomes, ranked);
  const saved = (part: number) => 1 - reaching(curve, part).cost;
  const [low98, high98] = interval(outcomes, ranked, (drawn) => 1 - reaching(drawn, 0.98).cost, { seed });
  return { router, decisions: outcomes.length, saved97: saved(0.97), saved98: saved(0.98), saved99: saved(0.99), low98, high98 };
}

const columnsOfDollars: readonly Column<Saving>[] = [
  { name: "router", of: ({ router }) => router },
  { name: "decisions", of: ({ decisions }) => whole(decisions) },
  { name: "97 % kept: saved", of: ({ saved97 }) => percent(saved97) },
  { name: "98 % kept: saved", of: ({ saved98 }) => percent(saved98) },
  { name: "95 % of draws", of: ({ low98, high98 }) => `${percent(low98)}-${percent(high98)}` },
  { name: "99 % kept: saved", of: ({ saved99 }) => percent(saved99) },
];

const labelled = "labels of the pair, 5 folds";
/** A folding is a draw, too: figures are means of so many. */
const foldings = 3;
const chances = 20;

/** The table of dollars on `sets`, whose answers' true lengths are known, all as one. Empty when there are none. */
export function dollars(
  sets: readonly TestSet[],
  judged: readonly Judged[],
  rows: readonly Row[],
  adaptation: Adaptation,
  reached: Reached,
  seed: number,
): Section[] {
  const all = sets.flatMap(({ cases }) => cases);
  if (all.length === 0) return [];
  const outcomes = dollarsOf(all);
  const random = new Random(seed);
  const own = all.map(({ rows: [row] }) => row);
  const others = strangersOf(rows, { name: "ZeroEval", cases: all });
  const folded = Array.from({ length: foldings }, (_, at) => {
    const scores = acrossFolds(own, others, adaptation, { seed: seed + at, perDollar: true });
    return own.map((row) => scores.get(row)!);
  });
  const figures = [
    meanSaving(
      `${labelled}, mean of ${foldings}`,
      folded.map((scored) =>
        saving(
          labelled,
          outcomes,
          scored.map(({ score }) => score),
          seed,
        ),
      ),
    ),
    ...[...new Set(judged.map(({ router }) => router))].map((router) => {
      const mine = judged.filter((each) => each.router === router);
      return saving(
        router,
        dollarsOf(mine.flatMap(({ cases }) => cases)),
        mine.flatMap(({ scores }) => [...scores]),
        seed,
      );
    }),
    meanSaving(
      `random, mean of ${chances}`,
      Array.from({ length: chances }, () =>
        saving(
          "random",
          outcomes,
          outcomes.map(() => random.next()),
          seed,
        ),
      ),
    ),
    saving(
      "who knows the outcome",
      outcomes,
      outcomes.map(({ weak, strong, weakCost, strongCost }) => (strong - weak) / (strongCost - weakCost)),
      seed,
    ),
  ];
  reached.saved98 = figures[0]?.saved98;
  const blind = folded.map((scored) => held(outcomes, thresholds(outcomes, scored, 0.98, seed)));
  const strong = held(outcomes, () => true).quality;
  const kept = mean(blind.map(({ quality }) => quality)) / strong;
  const saved = 1 - mean(blind.map(({ cost }) => cost));
  reached.blind = { kept, saved };
  const note = `With labels of the pair and each fold's threshold from the other folds, meant for 98 %: ${percent(kept)} kept, ${percent(saved)} saved.`;
  const title =
    "Dollars: gpt-4o-mini and gpt-4o on ZeroEval, true lengths at four characters a token; thresholds the best in hindsight";
  return [section(title, figures, columnsOfDollars, [note])];
}

function meanSaving(router: string, savings: readonly Saving[]): Saving {
  const of = (pick: (each: Saving) => number) => mean(savings.map(pick));
  return {
    router,
    decisions: savings[0]!.decisions,
    saved97: of(({ saved97 }) => saved97),
    saved98: of(({ saved98 }) => saved98),
    saved99: of(({ saved99 }) => saved99),
    low98: of(({ low98 }) => low98),
    high98: of(({ high98 }) => high98),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Whether a decision goes to the strong model by the threshold that keeps `part` of its quality on all folds but the decision's own. */
export function thresholds(
  outcomes: readonly Outcome[],
  scored: readonly { readonly score: number; readonly fold: number }[],
  part: number,
  seed: number,
): (index: number) => boolean {
  const byFold = [...new Set(scored.map(({ fold }) => fold))].sort().map((own) => {
    const others = scored.flatMap(({ fold }, index) => (fold === own ? [] : [index]));
    const ranked = ranking(
      others.map((index) => scored[index]!.score),
      seed,
    );
    const { share } = reaching(
      curveOf(
        others.map((index) => outcomes[index]!),
        ranked,
      ),
      part,
    );
    const last = ranked[Math.round(share * others.length) - 1];
    return last === undefined ? Infinity : scored[others[last]!]!.score;
  });
  return (index) => scored[index]!.score >= byFold[scored[index]!.fold]!;
}
