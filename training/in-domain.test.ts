import { expect, test } from "vitest";
import { adapted, fitGain, gain } from "./in-domain.ts";
import { apgr, curveOf, flat, ranking } from "./metrics.ts";
import { Random } from "./random.ts";
import type { Row } from "./rows.ts";

const goods = ["apples", "chairs", "stamps", "bottles", "tickets", "lamps", "ropes", "books"] as const;

/** Sums of a shop: with three steps or more the strong model alone gets them right, mostly. */
function sums(count: number, seed: number, { fooled = 0.1, file = "shop" } = {}): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const steps = random.whole(1, 5);
    const bought = Array.from({ length: steps }, () => `Then ${random.whole(2, 90)} ${random.pick(goods)} are sold.`).join(" ");
    const hard = steps >= 3 !== random.chance(fooled);
    return {
      id: `${file}-${index}`,
      file,
      benchmark: file,
      prompt: `A shop has ${random.whole(100, 900)} ${random.pick(goods)}. ${bought} How many are left?`,
      weak_model: "weak",
      strong_model: "strong",
      weak_score: hard ? 0 : 1,
      strong_score: 1,
      weak_out_chars: 100,
      strong_out_chars: 100,
      licence: "none",
    };
  });
}

const area = (test: readonly Row[], score: (row: Row) => number): number =>
  apgr(
    curveOf(
      test.map((row) => flat(row.weak_score, row.strong_score, 0.1)),
      ranking(test.map(score), 1),
    ),
  );
const test1 = sums(400, 2);

test("a few hundred outcomes tell which of prompts never seen need the strong model", () => {
  expect(area(test1, adapted(sums(300, 1), [], { seed: 1 }))).toBeGreaterThan(0.65);
});

test("outcomes dealt to prompts by chance tell nothing", () => {
  const labels = sums(300, 1);
  const areas = Array.from({ length: 8 }, (_, deal) => {
    const random = new Random(deal);
    const dealt = labels.map((row) => ({ ...row, weak_score: random.chance(0.5) ? 1 : 0 }));
    return area(test1, adapted(dealt, [], { seed: 1 }));
  });
  expect(Math.abs(areas.reduce((sum, each) => sum + each, 0) / areas.length - 0.5)).toBeLessThan(0.07);
});

test("another data set is leant on where the labels bear it out, and only there", () => {
  const alike = sums(400, 7, { file: "other shop" });
  const labels = sums(300, 1);
  expect(fitGain(labels, alike, 1).leansOn).toEqual(["other shop"]);
  const random = new Random(9);
  const noise = alike.map((row) => ({ ...row, weak_score: random.chance(0.5) ? 1 : 0 }));
  expect(fitGain(labels, noise, 1).leansOn).toEqual([]);
});

test("the topics of labels steady what is learned, and none is asked of the prompt that is routed", () => {
  const words = ["court", "roses", "engine", "sonata", "enzyme", "harbour", "budget", "glacier"] as const;
  /** Each topic has one word of its own among chance ones, and gains by the strong model in its own measure. */
  const topical = (seed: number, count: number): Row[] => {
    const random = new Random(seed);
    return sums(count, seed).map((row) => {
      const topic = random.whole(0, words.length - 1);
      return {
        ...row,
        category: words[topic]!,
        prompt: `${random.pick(goods)} ${words[topic]} ${random.pick(goods)} ${random.whole(1, 9)} ${random.pick(goods)}?`,
        weak_score: random.chance(0.15 + topic / 12) ? 0 : 1,
        strong_score: random.chance(0.2) ? 0 : 1,
      };
    });
  };
  const later = topical(4, 1_500).map(({ category: _, ...row }) => row as Row);
  const areas = [10, 11, 12, 13].map((seed) => {
    const labels = topical(seed, 250);
    const untold = labels.map(({ category: _, ...row }) => row as Row);
    return [area(later, adapted(labels, [], { seed: 1 })), area(later, adapted(untold, [], { seed: 1 }))] as const;
  });
  const mean = (at: 0 | 1): number => areas.reduce((sum, each) => sum + each[at], 0) / areas.length;
  expect(mean(1)).toBeGreaterThan(0.55);
  expect(mean(0)).toBeGreaterThan(mean(1) + 0.03);
});

test("per dollar, of two prompts with the same gain the one whose answer is dearer comes later", () => {
  const labels = sums(300, 1).map((row, index) =>
    index % 2 === 0 ? { ...row, prompt: `Write at length. ${row.prompt}`, weak_out_chars: 4_000, strong_out_chars: 4_000 } : row,
  );
  const [row] = sums(1, 11) as [Row];
  const long = { ...row, prompt: `Write at length. ${row.prompt}` };
  const score = adapted(labels, [], { seed: 1, perDollar: true });
  expect(score(long)).toBeLessThan(score(row) / 5);
  expect(() =>
    adapted(
      labels.map(({ weak_out_chars: _, ...rest }) => rest),
      [],
      { seed: 1, perDollar: true },
    ),
  ).toThrow("weak_out_chars");
});

test("the gain is what the strong model's score is above the weak one's", () => {
  expect(gain({ weak_score: 0.25, strong_score: 1 })).toBe(0.75);
});
