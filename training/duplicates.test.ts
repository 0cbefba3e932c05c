import { expect, test } from "vitest";
import { questionOf, withoutDuplicates } from "./duplicates.ts";

const asked = (prompt: string) => questionOf({ prompt });

test("the same question under other options, instructions, capitals and spacing is the same", () => {
  const mmlu = asked("Which gas do plants take in?\nA. Oxygen\nB. Carbon dioxide\nC. Neon\nD. Argon\nAnswer:");
  expect(asked("Which gas do plants take in?\nA. Helium\nB. Oxygen\nC. Neon\nD. Argon\nE. Xenon\nF. Carbon dioxide")).toBe(mmlu);
  expect(asked("which gas do plants  take in ?")).toBe(mmlu);
  expect(asked("Which gas do plants take in?\nAfter careful thought, put your final answer in a box.")).toBe(mmlu);
});

test("another number or another word is another question", () => {
  expect(asked("Ann has 3 pears. How many are left?")).not.toBe(asked("Ann has 4 pears. How many are left?"));
  expect(asked("植物吸收什么气体？")).not.toBe(asked("动物吸收什么气体？"));
});

test("a prompt of signs alone is itself", () => {
  expect(asked("∑ ≤ √")).not.toBe(asked("∫ ≥ π"));
  expect(asked("???")).not.toBe(asked("!!!"));
});

test("what is tested leaves the training, whatever data set it lies in", () => {
  const training = [
    { prompt: "Ann has 3 pears and eats 1. How many are left?", file: "one" },
    { prompt: "Ann has 3 pears and eats 1. How many are left?\nAfter careful thought, answer.", file: "two" },
    { prompt: "Write a poem about pears.", file: "two" },
  ];
  const left = withoutDuplicates(training, [{ prompt: "ANN has 3 pears, and eats 1; how many are left" }]);
  expect(left.map((row) => row.prompt)).toEqual(["Write a poem about pears."]);
});
