import { describe, expect, test } from "vitest";
import { held, type Outcome } from "../../training/metrics.ts";
import type { Row } from "../../training/rows.ts";
import { saving, thresholds } from "./dollars.ts";
import type { Case } from "./sets.ts";
import { voiceSaving } from "./voice.ts";

describe("dollars", () => {
  const outcomes = [
    { weak: 1, strong: 1, weakCost: 1, strongCost: 10 },
    { weak: 0, strong: 1, weakCost: 1, strongCost: 10 },
  ];

  test("who knows the outcome saves what the cheap model's right answers save", () => {
    // At full quality one answer is the strong model's: (1 + 10) / 20 of the cost.
    expect(saving("knows", outcomes, [0, 1], 1)).toMatchObject({ decisions: 2, saved99: expect.closeTo(1 - 11 / 20, 12) });
    expect(saving("errs", outcomes, [1, 0], 1).saved99).toBeCloseTo(0, 12);
  });

  test("a fold's threshold comes from the other folds alone", () => {
    // By fold 0 alone everything from 0.5 on must go to the strong model, by fold 1 alone everything from 0.9 on.
    const right: Outcome = { weak: 1, strong: 1, weakCost: 1, strongCost: 10 };
    const wrong: Outcome = { weak: 0, strong: 1, weakCost: 1, strongCost: 10 };
    const scored = [
      { score: 0.5, fold: 0 },
      { score: 0.4, fold: 0 },
      { score: 0.9, fold: 1 },
      { score: 0.6, fold: 1 },
    ];
    const toStrong = thresholds([wrong, right, wrong, right], scored, 1, 1);
    expect(scored.map((_, index) => toStrong(index))).toEqual([false, false, true, true]);
    expect(held([wrong, right, wrong, right], toStrong)).toMatchObject({ share: 0.5, quality: 0.75 });
  });

  test("where the cheap model is good enough on the other folds, nothing goes to the strong one", () => {
    const right: Outcome = { weak: 1, strong: 1, weakCost: 1, strongCost: 10 };
    const toStrong = thresholds(
      [right, right],
      [
        { score: 1, fold: 0 },
        { score: 0, fold: 1 },
      ],
      0.98,
      1,
    );
    expect([toStrong(0), toStrong(1)]).toEqual([false, false]);
  });
});

describe("voice, where the cheap model costs 31.25 % of the strong one", () => {
  const caseOf = (weak: number): Case => ({ message: "", history: [], rows: [{ weak_score: weak, strong_score: 1 } as Row] });
  // Of ten prompts the cheap model fails five, and those are ranked first.
  const judged = {
    set: "ten",
    router: "knows",
    cases: Array.from({ length: 10 }, (_, at) => caseOf(at < 5 ? 0 : 1)),
    scores: Float64Array.from({ length: 10 }, (_, at) => -at),
  };

  test("no more is saved than by the cheap model alone", () => {
    expect(voiceSaving(judged, 1)).toMatchObject({ most: 0.6875, keptThen: 0.5 });
  });

  test("at 60 % saved an eighth may go to the strong model: one of ten", () => {
    expect(voiceSaving(judged, 1).keptAt60).toBeCloseTo(0.6, 12);
    expect(voiceSaving(judged, 1).keptByChance).toBeCloseTo(0.5 + (0.5 * (0.6875 - 0.6)) / 0.6875, 12);
  });

  test("a quality is kept at the cost of the prompts that it takes", () => {
    // Four of ten for 90 %, five for 98 %.
    expect(voiceSaving(judged, 1).saved90).toBeCloseTo(0.6875 * 0.6, 12);
    expect(voiceSaving(judged, 1).saved98).toBeCloseTo(0.6875 * 0.5, 12);
  });
});
