import { expect, test } from "vitest";
import { route } from "../runtime/router/route.ts";
import { examined } from "./examiners.ts";

test("what is asked stands in every way of asking, and the same number asks in the same way", () => {
  const ways = Array.from({ length: 2_000 }, (_, drawn) => examined("Why?", drawn));
  expect(ways.every((way) => way.includes("Why?"))).toBe(true);
  expect(new Set(ways).size).toBeGreaterThan(500);
  expect(ways).toContain("Why?");
  expect(examined("Why?", 77)).toBe(ways[77]);
});

/** A way of asking that is not among those taught. */
const strange = (question: string): string =>
  `Below is one item of a larger collection.\n\n[Start]\n${question}\n[End]\n\nProvide the correct letter or value in \\boxed{X} and nothing else.`;

test.each([
  ["Integrate x * cos(x) from 0 to pi.", "Which country has Oslo as its capital?"],
  ["Write a function that returns the longest common prefix of a list of strings.", "Where do people usually keep their coats?"],
  ["If all ravens are black and this bird is not black, is it a raven?", "Put the verb into the past tense: she sings."],
  ["A pump fills a 900 litre tank in 40 minutes. How long does it take for 2,250 litres?", "Who painted the sunflowers?"],
])("asked in a manner never taught, the harder question still scores higher: %s", (harder, easier) => {
  expect(route(strange(harder)).score).toBeGreaterThan(route(strange(easier)).score);
});
