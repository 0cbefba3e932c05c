import { expect, test } from "vitest";
import { invariants } from "./judge.ts";
import { plantedBugs } from "./mutants.ts";
import { simulate } from "./simulation.ts";

const schedules = 400;
const longestMs = 120_000;

test.each(plantedBugs)(
  "$bug: then it does not hold that $breaks",
  async ({ breaks, plant }) => {
    const found = new Set<string>();
    for (let seed = 1; seed <= schedules && !found.has(breaks); seed++) {
      const { violation } = await simulate(seed, plant);
      if (violation) found.add(violation.invariant);
    }
    expect(found).toContain(breaks);
  },
  longestMs,
);

test("every invariant is broken by a bug of its own", () => {
  expect(new Set(plantedBugs.map((each) => each.breaks))).toEqual(new Set(invariants));
});
