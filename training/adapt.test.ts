import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Weights } from "../runtime/router/model.ts";
import { gainOf } from "../runtime/router/own-labels.ts";
import { weights as shipped } from "../runtime/router/weights.ts";
import { adaptCommand, adaptedWeights, fewestLabels, labelsOf, mostBytes } from "./adapt.ts";
import type { Labelled } from "./in-domain.ts";
import { Random } from "./random.ts";

const matters = ["the invoice", "the delivery", "the meter", "the contract", "the refund", "the account"] as const;

/** A company's traffic: what asks for a comparison is lost by the weak model, the rest is not. */
function traffic(count: number, seed: number): Labelled[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const hard = random.chance(0.4);
    const about = `${random.pick(matters)} of order ${1_000 + index + 10_000 * seed}`;
    return {
      prompt: hard ? `Compare both tariffs for ${about} and say which is better.` : `Where do I find ${about}?`,
      weak_score: hard !== random.chance(0.1) ? 0 : 1,
      strong_score: 1,
    };
  });
}
const lines = (labels: readonly Labelled[]): string => labels.map((each) => JSON.stringify(each)).join("\n");

describe("labels that do not serve are refused in words, and nobody's words are repeated", () => {
  test("a line that is no label, by its number and what is wrong with it", () => {
    const bad = [lines(traffic(300, 1)), '{"prompt": "my secret", "weak_score": "good"}', "not even JSON"].join("\n");
    expect(() => labelsOf(bad)).toThrow(/line 301: weak_score: .*\n {2}line 302: the line: /);
    expect(() => labelsOf(bad)).not.toThrow(/secret|even/);
  });

  test("too few prompts, however often each is repeated", () => {
    const few = traffic(50, 1);
    expect(() => labelsOf(lines(Array.from({ length: 10 }, () => few).flat()))).toThrow(
      `labels of 50 different prompts; at least ${fewestLabels}`,
    );
  });

  test("one-sided outcomes", () => {
    const alike = traffic(300, 1).map((each) => ({ ...each, weak_score: 1 }));
    expect(() => labelsOf(lines(alike))).toThrow("the strong model was better on 0 of 300 prompts");
  });

  test("scores that were exchanged", () => {
    const exchanged = traffic(300, 1).map((each, index) => ({ ...each, weak_score: 1, strong_score: index < 20 ? 2 : 0 }));
    expect(() => labelsOf(lines(exchanged))).toThrow("exchanged");
  });

  test("a file that is not there", () => {
    expect(() => adaptCommand({ labels: "/nowhere/labels.jsonl", out: "/nowhere/weights.json" }, shipped, [])).toThrow(
      "/nowhere/labels.jsonl cannot be read",
    );
  });
});

test("a topic is taken along, and empty lines are no faults", () => {
  const [first] = labelsOf(`\n${lines(traffic(300, 1).map((each) => ({ ...each, topic: "billing" })))}\n\n`);
  expect(first?.category).toBe("billing");
});

test("the router learns a company's own hard questions, and its dial is measured on labels it had not seen", () => {
  const { own, curve } = adaptedWeights(shipped, traffic(400, 1), [], 1);
  const logOdds = gainOf(own);
  const later = traffic(200, 2);
  const mean = (hard: boolean): number => {
    const some = later.filter(({ prompt }) => prompt.startsWith("Compare") === hard).map(({ prompt }) => logOdds(prompt));
    return some.reduce((sum, each) => sum + each, 0) / some.length;
  };
  expect(mean(true)).toBeGreaterThan(0.5);
  expect(mean(false)).toBeLessThan(-0.5);
  const half = curve.find(({ strong }) => strong >= 0.5)!;
  // Four in ten are hard and one in ten goes the other way by chance: perfect routing of half would keep more than this, chance .71.
  expect(half.quality).toBeGreaterThan(0.85);
  expect(half.quality).toBeLessThan(1);
  for (let index = 1; index < curve.length; index++) {
    expect(curve[index]!.quality).toBeGreaterThanOrEqual(curve[index - 1]!.quality);
    expect(curve[index]!.threshold).toBeLessThanOrEqual(curve[index - 1]!.threshold);
  }
});

test("outcomes dealt by chance give a dial that promises no more than chance", () => {
  const random = new Random(3);
  // No two prompts share a word, so that each outcome could be learned by heart.
  const word = (): string => Array.from({ length: 6 }, () => String.fromCharCode(random.whole(97, 122))).join("");
  const dealt = Array.from({ length: 400 }, () => ({
    prompt: Array.from({ length: 8 }, word).join(" "),
    weak_score: random.chance(0.5) ? 1 : 0,
    strong_score: 1,
  }));
  const { curve } = adaptedWeights(shipped, dealt, [], 1);
  // Half of the prompts sent by chance: the weak model's .5 and half of the way to 1. A dial measured on what was learned from would promise .9.
  expect(Math.abs(curve.find(({ strong }) => strong >= 0.5)!.quality - 0.75)).toBeLessThan(0.06);
});

test("weights beyond what the apps carry are not written", () => {
  const folder = mkdtempSync(join(tmpdir(), "labels-"));
  const labels = join(folder, "labels.jsonl");
  const out = join(folder, "weights.json");
  writeFileSync(labels, lines(traffic(300, 1)));
  const heavy = { ...shipped, learnedFrom: "0".repeat(mostBytes) };
  expect(() => adaptCommand({ labels, out }, heavy, [])).toThrow(`the apps carry ${mostBytes} at most. Nothing was written`);
  expect(existsSync(out)).toBe(false);
});

test("the file of weights is the shipped one with a layer, small enough for the apps, and the same twice", () => {
  const folder = mkdtempSync(join(tmpdir(), "labels-"));
  const labels = join(folder, "labels.jsonl");
  writeFileSync(labels, lines(traffic(400, 1)));
  const written = ["one.json", "two.json"].map((name) => {
    const out = join(folder, name);
    expect(adaptCommand({ labels, out }, shipped, [])).toContain("learned from 400 labels");
    return readFileSync(out, "utf8");
  });
  expect(written[0]).toBe(written[1]);
  expect(Buffer.byteLength(written[0]!)).toBeLessThanOrEqual(mostBytes);
  const { own, curve, ...rest } = JSON.parse(written[0]!) as Weights & { own: unknown };
  const { curve: _, ...before } = shipped;
  expect(rest).toEqual(before);
  expect(own).toBeDefined();
  expect(curve.length).toBeGreaterThan(10);
  expect(written[0]).not.toContain("tariffs");
});
