import fc from "fast-check";
import { expect, test } from "vitest";
import { traitNames } from "./shape.ts";
import { places, traitsOf } from "./traits.ts";

const trait = (text: string, name: string): number => traitsOf(text).shape[traitNames.indexOf(name)]!;
const exam = "Which of these is a prime number, and why?\nA. 4\nB. 9\nC. 11\nD. 100\nAnswer:";

test("choices are told from the question, and numbers among them from words", () => {
  expect(trait(exam, "choices")).toBe(4);
  expect(trait(exam, "numericChoices")).toBe(4);
  expect(trait(exam, "onlyNumbers")).toBe(1);
  expect(trait(exam, "numbers")).toBe(0);
  expect(trait("Who wrote it?\nA. The baker\nB. The judge", "onlyNumbers")).toBe(0);
  expect(trait("Who wrote it?\nA. The baker\nB. The judge", "sameStart")).toBe(1);
});

test("what is asked is measured without the choices", () => {
  expect(trait(exam, "asked")).toBe(trait("Which of these is a prime number, and why?", "asked"));
  expect(trait(exam, "length")).toBeGreaterThan(trait("Which of these is a prime number, and why?", "length"));
});

test("a sum in words counts its numbers, written either way", () => {
  const sum = "Ann has 12 eggs. She sells 3/4 of them for $2 each and half of the rest for one dollar. How much does she earn?";
  expect(trait(sum, "numbers")).toBeCloseTo(Math.log1p(4));
  expect(trait(sum, "numbersAndWords")).toBeGreaterThan(trait(sum, "numbers"));
  expect(trait(sum, "money")).toBe(1);
  expect(trait(sum, "sentences")).toBeCloseTo(Math.log1p(3));
});

test("a year, a capital and an accent are seen in whatever text", () => {
  expect(trait("In 1848 the NATO did not exist.", "years")).toBe(1);
  expect(trait("In 1848 the NATO did not exist.", "allCapitals")).toBeCloseTo(Math.log1p(1));
  expect(trait("Élan vital", "foreign")).toBe(1);
});

test("every text has finite traits and words whose squares sum to one, the same each time", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 3_000 }), (text) => {
      const { shape, buckets, weights } = traitsOf(text);
      expect(shape).toHaveLength(traitNames.length);
      expect(shape.every(Number.isFinite)).toBe(true);
      expect(new Set(buckets).size).toBe(buckets.length);
      expect(buckets.every((bucket) => bucket < places)).toBe(true);
      const squares = weights.reduce((sum, each) => sum + each ** 2, 0);
      if (buckets.length > 0) expect(squares).toBeCloseTo(1, 4);
      expect(traitsOf(text)).toEqual({ shape, buckets, weights });
    }),
  );
});

test("of a long text the middle is not read, but its length counts", () => {
  const long = (middle: string) => `Begin. ${"a ".repeat(1_000)}${middle}${" b".repeat(1_000)} End?`;
  expect(traitsOf(long("Berlin 1989")).buckets).toEqual(traitsOf(long("nothing one")).buckets);
  expect(trait(long("x".repeat(500)), "length")).toBeGreaterThan(trait(long("x"), "length"));
});
