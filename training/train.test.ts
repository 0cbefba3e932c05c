import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelOf, squash } from "../runtime/router/model.ts";
import { route } from "../runtime/router/route.ts";
import { weights } from "../runtime/router/weights.ts";
import { curveOf, risen } from "./curve.ts";
import { type OwnWords, ownExamples, ownWords, publicExamples } from "./examples.ts";
import { saw, scorer, fit as weightsFrom } from "./fit.ts";
import type { Row } from "./rows.ts";
import { trained } from "./train.ts";

const row = (file: string, benchmark: string, index: number, prompt: string): Row => ({
  id: `${benchmark}-${index}`,
  file,
  benchmark,
  prompt,
  weak_model: "weak",
  strong_model: "strong",
  weak_score: index % 2,
  strong_score: 1,
  licence: "ours",
});
const rows = Array.from({ length: 40 }, (_, index) => [
  row(
    "zeroeval_gsm_gpt4o",
    "ze_gsm",
    index,
    `Ida has ${index + 3} pears and gives ${index} of them to Jan. How many pears are left in basket ${index}?`,
  ),
  row(
    "llmrouter_llama8b_nemo49b",
    "lr_trivia_qa",
    index,
    `Which town number ${index} holds the fair of the year ${1900 + index}?`,
  ),
]).flat();
const own: OwnWords[] = ownWords().filter((_, index) => index % 40 === 0);

test("the same data gives the same bytes, other data others", () => {
  const once = trained(rows, own);
  expect(trained(rows, own)).toBe(once);
  expect(trained(rows.slice(1), own)).not.toBe(once);
});

test("MT-Bench teaches nothing", () => {
  const tested = rows.map((each, index) => row("routellm_mtbench", "mt_bench", index, each.prompt));
  expect(publicExamples(tested)).toEqual([]);
  expect(weightsFrom([...rows, ...tested], { seed: 1, own })).toEqual(weightsFrom(rows, { seed: 1, own }));
  expect(tested.some(saw)).toBe(false);
});

test("a question is taught once, whichever data sets ask it, and half of the questions without their options", () => {
  const asked = rows.filter(({ benchmark }) => benchmark === "ze_gsm");
  const copies = asked.map((each, index) => row("routellm_gsm8k", "gsm8k", index, each.prompt));
  expect(publicExamples([...asked, ...copies])).toHaveLength(publicExamples(asked).length);
  const withOptions = rows.map((each) => ({ ...each, prompt: `${each.prompt}\nA. one\nB. two\nC. three\nD. four` }));
  const options = publicExamples(withOptions).filter(({ seen }) => seen.options > 0);
  expect(options.length).toBeGreaterThan(0);
  expect(options.length).toBeLessThan(publicExamples(withOptions).length);
});

test("a question is taught as it stands and as an examiner puts it, together as much as one", () => {
  const [asItStands, put, ...others] = publicExamples(rows.slice(0, 1));
  expect(others).toEqual([]);
  expect(put!.seen.size).toBeGreaterThanOrEqual(asItStands!.seen.size);
  expect(asItStands!.weight / put!.weight).toBeCloseTo(1.5);
  expect(put).toMatchObject({ kind: asItStands!.kind, need: asItStands!.need });
});

test("weights that are fitted score as the running apps do", () => {
  const score = scorer(weights);
  for (const message of ["Hello", "Prove that the square root of three is irrational"])
    expect(route(message).score).toBeCloseTo(score(message), 5);
  expect(squash(modelOf(weights).judge("Hello").logOdds)).toBe(score("Hello"));
});

test("each sentence of ours is learned as written, in haste and wrapped in courtesies, together as much as one", () => {
  const [ways] = ownExamples([{ kind: "math", need: 9, text: "What is 2 + 2?" }]);
  expect(new Set(ways!.map(({ seen }) => seen.words.join()))).toHaveProperty("size", 3);
  expect(ownWords().length).toBeGreaterThan(1_000);
});

test("the recipe's samples are not among our sentences", () => {
  const said = ownWords().map(({ text }) => text.toLowerCase());
  for (const sample of ["hello, how are you?", "explain distributed microservices architecture"])
    expect(said).not.toContain(sample);
  expect(said.filter((text) => text.includes("distributed microservices"))).toEqual([]);
});

test("the curve starts at all cheap, ends at all strong, and never falls in between", () => {
  const measured = [
    { score: 0.9, weak: 0, strong: 1, weight: 1 },
    { score: 0.8, weak: 1, strong: 0, weight: 1 },
    { score: 0.4, weak: 0, strong: 1, weight: 1 },
    { score: 0.1, weak: 1, strong: 1, weight: 1 },
  ];
  const curve = curveOf(measured);
  expect(curve[0]).toEqual({ threshold: 1, strong: 0, quality: 0.6667 });
  expect(curve.at(-1)).toEqual({ threshold: 0, strong: 1, quality: 1 });
  // One sent gains, two lose it again: pooled, both stands promise the mean.
  expect(curve[1]).toEqual({ threshold: 0.85, strong: 0.25, quality: 0.8333 });
  expect(curve.map(({ quality }) => quality)).toEqual([...curve.map(({ quality }) => quality)].sort((one, other) => one - other));
});

test("the nearest rising sequence pools what falls", () => {
  expect(risen([1, 3, 2, 4])).toEqual([1, 2.5, 2.5, 4]);
  expect(risen([3, 2, 1])).toEqual([2, 2, 2]);
});

test("what is committed is at most 64 KiB, and says what it was learned from", () => {
  const committed = join(import.meta.dirname, "../runtime/router/weights.json");
  expect(existsSync(committed)).toBe(true);
  expect(readFileSync(committed).byteLength).toBeLessThanOrEqual(64 * 1024);
  expect(weights.learnedFrom).toMatch(/^[0-9a-f]{64}$/u);
});
