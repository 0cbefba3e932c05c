/** How well a router ranks the decisions of a data set, in RouteLLM's figures and in money. */
import type { Choice } from "../../runtime/chat/record.ts";
import { costRatio } from "../../runtime/router/cost.ts";
import {
  apgr,
  type Curve,
  cpt,
  curveOf,
  held,
  interval,
  type Outcome,
  ranking,
  reaching,
  routeLlm,
} from "../../training/metrics.ts";
import { Random } from "../../training/random.ts";
import type { Scorer } from "./rivals.ts";
import { type Case, outcomesOf, type TestSet } from "./sets.ts";

/** A router as the benchmark asks it: it may be another one for each data set, as one that must not have seen it is. */
export interface Contestant {
  readonly name: string;
  readonly scorerFor: (set: TestSet) => Scorer;
  /** Its own rule for the strong model, where it has one. */
  readonly toStrong?: ((score: number) => boolean) | undefined;
  /** The decisions it may be measured on; all by default. */
  readonly fair?: (each: Case) => boolean;
}

/** A contestant's scores of the decisions it may be measured on. */
export interface Judged {
  readonly set: string;
  readonly router: string;
  readonly cases: readonly Case[];
  readonly scores: Float64Array;
  readonly toStrong?: ((score: number) => boolean) | undefined;
}

export function judge(set: TestSet, { name, scorerFor, toStrong, fair = () => true }: Contestant): Judged {
  const score = scorerFor(set);
  const cases = set.cases.filter(fair);
  return {
    set: set.name,
    router: name,
    cases,
    scores: Float64Array.from(cases, ({ message, history }) => score(message, history)),
    toStrong,
  };
}

export interface Ranked {
  readonly set: string;
  readonly router: string;
  readonly decisions: number;
  /** By RouteLLM's eleven points, with the middle 95 % of a bootstrap over decisions; `exact` by every point. */
  readonly apgr: number;
  readonly low?: number;
  readonly high?: number;
  readonly exact: number;
  /** Shares of calls that recover half and four fifths of the gap. */
  readonly cpt50?: number;
  readonly cpt80?: number;
  /** Share of calls to the strong model, and of its cost at text and voice prices, at parts of its quality. */
  readonly share95?: number;
  readonly text90?: number;
  readonly text95?: number;
  readonly voice90?: number;
  readonly voice95?: number;
  /** Where the router's own rule stands: share sent to the strong model, and share of its quality kept. */
  readonly sent?: number;
  readonly kept?: number;
}

export const text = costRatio("text");
const voice = costRatio("audio");

/** The figures of `judged`. Ties in score are broken by `seed`. */
export function rank({ set, router, cases, scores, toStrong }: Judged, seed: number): Ranked {
  const outcomes = outcomesOf(cases, text);
  const ranked = ranking(scores, seed);
  const [low, high] = interval(outcomes, ranked, (curve) => apgr(routeLlm(curve)), { seed });
  return {
    ...figuresOf(set, router, curveOf(outcomes, ranked)),
    low,
    high,
    ...(toStrong && stand(outcomes, (at) => toStrong(scores[at]!))),
  };
}

/** The mean of `chances` routers that draw their scores. */
export function chance(set: string, cases: readonly Case[], seed: number, chances = 20): Ranked {
  const outcomes = outcomesOf(cases, text);
  const random = new Random(seed);
  const curves = Array.from({ length: chances }, (_, run) => {
    const scores = Float64Array.from(cases, () => random.next());
    return curveOf(outcomes, ranking(scores, seed + run));
  });
  const mean = (of: (curve: Curve) => Float64Array) =>
    Float64Array.from(of(curves[0]!), (_, at) => curves.reduce((sum, curve) => sum + of(curve)[at]!, 0) / chances);
  return figuresOf(set, `random, mean of ${chances}`, {
    ...curves[0]!,
    quality: mean(({ quality }) => quality),
    cost: mean(({ cost }) => cost),
  });
}

/** One model for everything: a router of a single point, which recovers nothing of the gap or all of it. */
export function always(set: string, cases: readonly Case[], choice: Choice): Ranked {
  const outcomes = outcomesOf(cases, text);
  const strong = choice === "strong";
  const { sent, kept } = stand(outcomes, () => strong);
  const area = strong ? 1 : 0;
  const costs = (part: number, ratio: number) => (kept >= part ? (strong ? 1 : ratio) : Number.NaN);
  return {
    set,
    router: `always ${choice}`,
    decisions: cases.length,
    apgr: area,
    exact: area,
    text90: costs(0.9, text),
    text95: costs(0.95, text),
    voice90: costs(0.9, voice),
    voice95: costs(0.95, voice),
    sent,
    kept,
  };
}

function figuresOf(set: string, router: string, curve: Curve): Ranked {
  const harness = routeLlm(curve);
  const [at90, at95] = [reaching(curve, 0.9).share, reaching(curve, 0.95).share];
  const cost = (share: number, ratio: number) => ratio + share * (1 - ratio);
  return {
    set,
    router,
    decisions: curve.share.length - 1,
    apgr: apgr(harness),
    exact: apgr(curve),
    cpt50: cpt(harness, 0.5),
    cpt80: cpt(harness, 0.8),
    share95: at95,
    text90: cost(at90, text),
    text95: cost(at95, text),
    voice90: cost(at90, voice),
    voice95: cost(at95, voice),
  };
}

function stand(outcomes: readonly Outcome[], toStrong: (index: number) => boolean): { sent: number; kept: number } {
  const { share, quality } = held(outcomes, toStrong);
  return { sent: share, kept: quality / held(outcomes, () => true).quality };
}

/** All data sets as one, a decision of each counting the same and scores running from 0 to 1. */
export function pooled(judged: readonly Judged[]): Judged {
  const cases = judged.flatMap(({ cases }) =>
    cases.map((each) => {
      const scale = each.rows[0].benchmark === "mt_bench" ? 10 : 1;
      const rows = each.rows.map((row) => ({
        ...row,
        weak_score: row.weak_score / scale,
        strong_score: row.strong_score / scale,
      }));
      return { ...each, rows: rows as unknown as Case["rows"] };
    }),
  );
  const { router, toStrong } = judged[0]!;
  return {
    set: "All decisions together",
    router,
    cases,
    scores: Float64Array.from(judged.flatMap(({ scores }) => [...scores])),
    toStrong,
  };
}

/** Whether the models' scores differ by at least three standard errors: APGR divides by that gap. */
export function isApart(cases: readonly Case[]): boolean {
  const gains = outcomesOf(cases, text).map(({ weak, strong }) => strong - weak);
  const mean = gains.reduce((sum, each) => sum + each, 0) / gains.length;
  const variance = gains.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (gains.length - 1);
  return mean >= 3 * Math.sqrt(variance / gains.length);
}

/** The mean of a router's figures over data sets, each counting the same. */
export function meanOf(ranked: readonly Ranked[]): Ranked {
  const mean = (of: (each: Ranked) => number | undefined): number => {
    const values = ranked.map(of).filter((each): each is number => each !== undefined);
    return values.length === ranked.length ? values.reduce((sum, each) => sum + each, 0) / values.length : Number.NaN;
  };
  return {
    set: "Mean of the data sets",
    router: ranked[0]!.router,
    decisions: ranked.reduce((sum, { decisions }) => sum + decisions, 0),
    apgr: mean((each) => each.apgr),
    exact: mean((each) => each.exact),
    cpt50: mean((each) => each.cpt50),
    cpt80: mean((each) => each.cpt80),
    share95: mean((each) => each.share95),
    text90: mean((each) => each.text90),
    text95: mean((each) => each.text95),
    voice90: mean((each) => each.voice90),
    voice95: mean((each) => each.voice95),
    sent: mean((each) => each.sent),
    kept: mean((each) => each.kept),
  };
}
