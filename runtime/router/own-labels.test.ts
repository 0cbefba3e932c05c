import { expect, test } from "vitest";
import { standard, wavesOf } from "./own-labels.ts";
import { traitNames } from "./shape.ts";

const flat = (value: number): number[] => traitNames.map(() => value);
const at = (shift: number, traits: number): Float64Array =>
  standard(
    Float64Array.from(traitNames, (_, index) => (index < traits ? shift : 0)),
    flat(0),
    flat(1),
  );
const likeness = (one: Float64Array, other: Float64Array): number => {
  const [here, there] = [wavesOf(one), wavesOf(other)];
  return here.reduce((sum, each, index) => sum + each * there[index]!, 0);
};

test("two prompts are alike as a Gaussian of the distance between their traits", () => {
  const origin = at(0, 0);
  for (const [shift, traits] of [
    [0, 0],
    [0.5, 5],
    [1, 5],
    [1, 12],
  ] as const) {
    const distance = at(shift, traits).reduce((sum, each) => sum + each ** 2, 0) / traitNames.length;
    // 0.4 is the waves' share, 1.2 the Gaussian's width; what is drawn by chance strays by a few hundredths.
    expect(Math.abs(likeness(origin, at(shift, traits)) - 0.4 * Math.exp(-1.2 * distance))).toBeLessThan(0.03);
  }
  expect(likeness(origin, at(2.5, traitNames.length))).toBeLessThan(0.05);
});

test("a trait that never strays in the labels says nothing, and one far outside counts as far, not further", () => {
  expect(standard(Float64Array.from(flat(7)), flat(1), flat(0))).toEqual(Float64Array.from(flat(0)));
  expect(standard(Float64Array.from(flat(1e9)), flat(0), flat(1))).toEqual(
    standard(Float64Array.from(flat(3)), flat(0), flat(1)),
  );
});
