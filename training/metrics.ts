/**
 * How good a ranking of prompts is: the curve of quality and cost against the share of prompts that go to the strong model, and the numbers
 * that RouteLLM (arXiv 2406.18665) reads from it.
 */
import { Random } from "./random.ts";

/** What both models made of one prompt: score of each, in any one unit, and what each answer cost, in any one unit. */
export interface Outcome {
  readonly weak: number;
  readonly strong: number;
  readonly weakCost: number;
  readonly strongCost: number;
}

/**
 * Point by point, from nothing sent to the strong model to everything: the share of prompts sent (0..1), the mean score, and the cost as a
 * share of sending everything. Points lie at every prompt, or at RouteLLM's eleven.
 */
export interface Curve {
  readonly share: Float64Array;
  readonly quality: Float64Array;
  readonly cost: Float64Array;
  /** Mean scores of the two models alone. */
  readonly weak: number;
  readonly strong: number;
}

/** An outcome whose answers cost the same whatever their length: the weak model's `ratio` of the strong one's. */
export const flat = (weak: number, strong: number, ratio: number): Outcome => ({ weak, strong, weakCost: ratio, strongCost: 1 });

/** Indices by falling score. Equal scores come in an order that `seed` draws, never in the order of the rows. */
export function ranking(scores: ArrayLike<number>, seed: number): Uint32Array {
  const random = new Random(seed);
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index);
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.whole(0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order.sort((one, other) => scores[other]! - scores[one]!);
}

/** The curve of sending prompts to the strong model in the order of `ranked` (see `ranking`). */
export function curveOf(outcomes: readonly Outcome[], ranked: ArrayLike<number>): Curve {
  const count = ranked.length;
  const quality = new Float64Array(count + 1);
  const cost = new Float64Array(count + 1);
  let strongCost = 0;
  for (let at = 0; at < count; at++) {
    const { weak, weakCost, strongCost: mine } = outcomes[ranked[at]!]!;
    quality[0]! += weak;
    cost[0]! += weakCost;
    strongCost += mine;
  }
  for (let at = 0; at < count; at++) {
    const outcome = outcomes[ranked[at]!]!;
    quality[at + 1] = quality[at]! + outcome.strong - outcome.weak;
    cost[at + 1] = cost[at]! + outcome.strongCost - outcome.weakCost;
  }
  for (let at = 0; at <= count; at++) {
    quality[at]! /= count;
    cost[at]! /= strongCost;
  }
  // What the long sum lost in its last bits.
  cost[count] = 1;
  const share = Float64Array.from({ length: count + 1 }, (_, at) => at / count);
  return { share, quality, cost, weak: quality[0]!, strong: quality[count]! };
}

/**
 * The eleven points of `curve` that RouteLLM's evaluate.py draws: thresholds at the deciles of the score (linear between neighbours, as
 * pandas' qcut has them), the strong model from the threshold on, and above the highest score nothing.
 */
export function routeLlm(curve: Curve): Curve {
  const count = curve.share.length - 1;
  const points = Array.from({ length: 11 }, (_, decile) =>
    decile === 10 ? 0 : count - Math.ceil((decile * (count - 1)) / 10),
  ).reverse();
  const pick = (values: Float64Array) => Float64Array.from(points, (at) => values[at]!);
  return { ...curve, share: pick(curve.share), quality: pick(curve.quality), cost: pick(curve.cost) };
}

/** Performance gap recovered: 0 at the weak model's quality, 1 at the strong one's; may leave that range. */
export const pgr = (curve: Curve, quality: number): number => (quality - curve.weak) / (curve.strong - curve.weak);

/** Average performance gap recovered: the area under PGR over the share sent, by trapezia between the curve's points. Random: 0.5. */
export function apgr(curve: Curve): number {
  const { share, quality } = curve;
  let area = 0;
  let width = 0;
  for (let at = 1; at < share.length; at++) {
    const step = share[at]! - share[at - 1]!;
    area += (step * (quality[at]! + quality[at - 1]!)) / 2;
    width += step;
  }
  return pgr(curve, area / width);
}

/** Call-performance threshold: the least share sent to the strong model at which PGR reaches `gap`, linear between points. */
export function cpt(curve: Curve, gap: number): number {
  const { share, quality } = curve;
  const wanted = curve.weak + gap * (curve.strong - curve.weak);
  const at = quality.findIndex((each) => each >= wanted);
  if (at < 0) return Number.NaN;
  if (at === 0) return share[0]!;
  const part = (wanted - quality[at - 1]!) / (quality[at]! - quality[at - 1]!);
  return share[at - 1]! + part * (share[at]! - share[at - 1]!);
}

/** One point of a curve. */
export interface Point {
  readonly share: number;
  readonly quality: number;
  readonly cost: number;
}

/** The first point whose quality is at least `part` (0..1) of the strong model's; the strong model itself always is. */
export function reaching(curve: Curve, part: number): Point {
  // A sum of thousands of scores, undone and done again, is not the same to the last bit.
  const wanted = part * curve.strong - 1e-9;
  return pointOf(
    curve,
    curve.quality.findIndex((each) => each >= wanted),
  );
}

/** The best point that costs at most `share` (0..1) of sending everything to the strong model; none when even the weak model costs more. */
export function affordable(curve: Curve, share: number): Point | undefined {
  let best: number | undefined;
  curve.cost.forEach((cost, at) => {
    if (cost <= share && (best === undefined || curve.quality[at]! > curve.quality[best]!)) best = at;
  });
  return best === undefined ? undefined : pointOf(curve, best);
}

function pointOf(curve: Curve, at: number): Point {
  return { share: curve.share[at]!, quality: curve.quality[at]!, cost: curve.cost[at]! };
}

/** What comes of sending exactly the prompts for which `toStrong` is true. */
export function held(outcomes: readonly Outcome[], toStrong: (index: number) => boolean): Point {
  let [sent, quality, cost, strongCost] = [0, 0, 0, 0];
  outcomes.forEach((outcome, index) => {
    const strong = toStrong(index);
    if (strong) sent++;
    quality += strong ? outcome.strong : outcome.weak;
    cost += strong ? outcome.strongCost : outcome.weakCost;
    strongCost += outcome.strongCost;
  });
  return { share: sent / outcomes.length, quality: quality / outcomes.length, cost: cost / strongCost };
}

/**
 * The middle 95 % of `measure` over `draws` resamplings of the prompts, with repetition: what chance in the choice of prompts alone would do.
 * `ranked` as for `curveOf`.
 */
export function interval(
  outcomes: readonly Outcome[],
  ranked: Uint32Array,
  measure: (curve: Curve) => number,
  // Many prompts leave little to chance, so that fewer resamplings tell it.
  { seed, draws = ranked.length > 1_500 ? 200 : 1_000 }: { readonly seed: number; readonly draws?: number },
): readonly [low: number, high: number] {
  const random = new Random(seed);
  const count = ranked.length;
  const times = new Uint16Array(count);
  const sample = new Uint32Array(count);
  const values = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let each = 0; each < count; each++) times[Math.floor(random.next() * count)]!++;
    let filled = 0;
    for (let rank = 0; rank < count; rank++) for (let time = times[rank]!; time > 0; time--) sample[filled++] = ranked[rank]!;
    values[draw] = measure(curveOf(outcomes, sample));
  }
  values.sort();
  return [values[Math.floor(0.025 * draws)]!, values[Math.ceil(0.975 * draws) - 1]!];
}
