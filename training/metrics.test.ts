import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  affordable,
  apgr,
  cpt,
  curveOf,
  flat,
  held,
  interval,
  type Outcome,
  pgr,
  ranking,
  reaching,
  routeLlm,
} from "./metrics.ts";
import { Random } from "./random.ts";

/** Four prompts: the strong model helps with two, changes nothing at one, hurts at one. Weak 0.5, strong 0.75. */
const four: readonly Outcome[] = [flat(0, 1, 0.1), flat(1, 1, 0.1), flat(0, 1, 0.1), flat(1, 0, 0.1)];
const best = curveOf(four, [0, 2, 1, 3]);
const worst = curveOf(four, [3, 1, 2, 0]);

const many = (count: number, seed: number): Outcome[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => flat(Number(random.chance(0.6)), Number(random.chance(0.8)), 0.06));
};

describe("four prompts worked by hand", () => {
  test("quality rises by what each prompt gains, cost by what it costs more", () => {
    expect([...best.share]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([...best.quality]).toEqual([0.5, 0.75, 1, 1, 0.75]);
    expect([...best.cost].map((each) => each.toFixed(3))).toEqual(["0.100", "0.325", "0.550", "0.775", "1.000"]);
  });

  test("the recovered gap is what lies between the two models", () => {
    expect(pgr(best, 0.5)).toBe(0);
    expect(pgr(best, 0.75)).toBe(1);
    expect(pgr(best, 1)).toBe(2);
  });

  test("the average recovered gap is the area under it", () => {
    // PGR 0, 1, 2, 2, 1 at five points a quarter apart: (0.5 + 1.5 + 2 + 1.5) / 4.
    expect(apgr(best)).toBeCloseTo(1.375, 12);
    // PGR 0, -1, -1, 0, 1.
    expect(apgr(worst)).toBeCloseTo(-0.375, 12);
  });

  test("the least share that recovers a part of the gap lies between two points", () => {
    expect(cpt(best, 0.5)).toBeCloseTo(0.125, 12);
    expect(cpt(worst, 0.5)).toBeCloseTo(0.875, 12);
    expect(cpt(best, 0)).toBe(0);
    expect(cpt(best, 2.5)).toBeNaN();
  });

  test("a quality is reached at the first point that has it", () => {
    expect(reaching(best, 0.9)).toEqual({ share: 0.25, quality: 0.75, cost: best.cost[1] });
    expect(reaching(worst, 0.9)).toEqual({ share: 1, quality: 0.75, cost: 1 });
    expect(reaching(best, 0.6).share).toBe(0);
  });

  test("money buys the best point within it, and none below the cheap model's own cost", () => {
    expect(affordable(best, 0.6)?.quality).toBe(1);
    expect(affordable(worst, 0.6)?.share).toBe(0);
    expect(affordable(best, 0.09)).toBeUndefined();
  });

  test("a choice without a score is one point", () => {
    expect(held(four, () => false)).toEqual({ share: 0, quality: 0.5, cost: expect.closeTo(0.1, 12) });
    expect(held(four, () => true)).toEqual({ share: 1, quality: 0.75, cost: 1 });
    expect(held(four, (index) => index === 2)).toEqual({ share: 0.25, quality: 0.75, cost: expect.closeTo(0.325, 12) });
  });
});

test("answers of different length weigh by what they cost", () => {
  const curve = curveOf(
    [
      { weak: 0, strong: 1, weakCost: 1, strongCost: 10 },
      { weak: 0, strong: 1, weakCost: 1, strongCost: 30 },
    ],
    [0, 1],
  );
  expect([...curve.cost]).toEqual([2 / 40, 11 / 40, 1]);
});

test("RouteLLM's eleven points of 14 prompts are the deciles of their scores, each prompt at or above it", () => {
  const curve = curveOf(
    many(14, 1),
    Uint32Array.from({ length: 14 }, (_, at) => at),
  );
  // The scores' ranks 0 to 13 have the deciles 0, 1.3, 2.6, ... 13: so many lie at or above each; above the last, none.
  expect([...routeLlm(curve).share].map((each) => Math.round(each * 14))).toEqual([0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14]);
});

test("RouteLLM's eleven points of 101 prompts are the tenths", () => {
  const curve = curveOf(
    many(101, 1),
    Uint32Array.from({ length: 101 }, (_, at) => at),
  );
  // Thresholds at every tenth score: 1 + 10 i prompts at or above it; above the highest, none.
  expect([...routeLlm(curve).share].map((each) => Math.round(each * 101))).toEqual([0, 11, 21, 31, 41, 51, 61, 71, 81, 91, 101]);
});

test("chance recovers half the gap on average, and any part of it at that share of calls", () => {
  const outcomes = many(5_000, 2);
  const runs = Array.from({ length: 40 }, (_, seed) => {
    const random = new Random(seed);
    const curve = routeLlm(
      curveOf(
        outcomes,
        ranking(
          outcomes.map(() => random.next()),
          seed,
        ),
      ),
    );
    return [apgr(curve), cpt(curve, 0.5), cpt(curve, 0.8)];
  });
  const mean = (at: number) => runs.reduce((sum, run) => sum + run[at]!, 0) / runs.length;
  expect(mean(0)).toBeCloseTo(0.5, 2);
  expect(mean(1)).toBeCloseTo(0.5, 1);
  expect(mean(2)).toBeCloseTo(0.8, 1);
});

test("no ranking beats the one by what each prompt gains, and none is below its reverse", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.double({ noNaN: true }), { minLength: 60, maxLength: 60 }), (seed, scores) => {
      const outcomes = many(60, 3);
      const gains = outcomes.map(({ weak, strong }) => strong - weak);
      const area = (by: readonly number[]) => apgr(curveOf(outcomes, ranking(by, seed)));
      expect(area(scores)).toBeLessThanOrEqual(area(gains) + 1e-9);
      expect(area(scores)).toBeGreaterThanOrEqual(area(gains.map((gain) => -gain)) - 1e-9);
    }),
  );
});

test("equal scores come in an order of the seed, not of the rows", () => {
  const order = ranking(new Float64Array(1_000), 7);
  expect([...order]).toEqual([...ranking(new Float64Array(1_000), 7)]);
  expect([...order]).not.toEqual([...ranking(new Float64Array(1_000), 8)]);
  const inPlace = order.filter((row, rank) => row === rank).length;
  expect(inPlace).toBeLessThan(20);
  expect(new Set(order).size).toBe(1_000);
});

test("a higher score comes first", () => {
  expect([...ranking([0.2, 0.9, 0.5], 1)]).toEqual([1, 2, 0]);
});

test("the interval holds the measure, repeats itself, and narrows with more prompts", () => {
  const width = (count: number) => {
    const outcomes = many(count, 4);
    const ranked = ranking(
      outcomes.map(({ weak }, index) => -weak + (index % 7) / 10),
      5,
    );
    const [low, high] = interval(outcomes, ranked, apgr, { seed: 6, draws: 200 });
    expect(interval(outcomes, ranked, apgr, { seed: 6, draws: 200 })).toEqual([low, high]);
    const measured = apgr(curveOf(outcomes, ranked));
    expect(low).toBeLessThan(measured);
    expect(high).toBeGreaterThan(measured);
    return high - low;
  };
  expect(width(4_000)).toBeLessThan(width(400) / 2);
});
