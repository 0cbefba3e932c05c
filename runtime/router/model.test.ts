import { expect, test } from "vitest";
import { kinds } from "./kinds.ts";
import { heads, lengthTerm, modelOf, norm, questioning } from "./model.ts";
import { valuesOf } from "./table.ts";
import { handNames } from "./tally.ts";
import { buckets, gramBuckets, read } from "./text.ts";
import { weights } from "./weights.ts";

const likely = (kind: (typeof kinds)[number]): Float64Array => Float64Array.from(kinds, (each) => (each === kind ? 1 : 0));

test.each([
  "",
  "Hello",
  "Prove that 7 is prime.\nA. yes\nB. no",
  "次の方程式を解いてください: 3x + 4 = 19",
  "x = y; ".repeat(300),
])("the heads are the plain sums of what was read, to the last bit: %j", (text) => {
  const seen = read(text);
  const [hand, words, grams] = [
    valuesOf(weights.hand, handNames.length),
    valuesOf(weights.words, buckets),
    valuesOf(weights.grams, gramBuckets),
  ];
  const plain = weights.bias.map((bias, head) => {
    let sum = bias;
    for (const [feature, value] of seen.hand.entries()) sum += value * hand[feature * heads + head]!;
    for (const bucket of seen.words) sum += norm(seen.words.length) * words[bucket * heads + head]!;
    for (const bucket of seen.grams) sum += norm(seen.grams.length) * grams[bucket * heads + head]!;
    return sum;
  });
  expect([...modelOf(weights).represent(text).slice(0, heads)]).toEqual(plain);
});

test("a longer question is harder, up to a length; options make it longer, not harder", () => {
  expect(lengthTerm(80, 0)).toBe(0);
  expect(lengthTerm(20, 0)).toBe(0);
  expect(lengthTerm(400, 0)).toBeGreaterThan(lengthTerm(200, 0));
  expect(lengthTerm(9_000, 0)).toBe(lengthTerm(3_000, 0));
  expect(lengthTerm(160, 1)).toBeCloseTo(0);
  expect(lengthTerm(400, 1)).toBeLessThan(lengthTerm(400, 0));
  expect(lengthTerm(400, 1) - lengthTerm(200, 1)).toBeCloseTo(lengthTerm(400, 0) - lengthTerm(200, 0));
});

test("length counts as far as there is one right answer", () => {
  expect(questioning(likely("math"), 0)).toBe(1);
  expect(questioning(likely("humanities"), 0)).toBe(0);
  expect(questioning(likely("text"), 0)).toBe(0);
  expect(questioning(likely("text"), 1)).toBe(1);
});
