import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { questionOf } from "../../training/duplicates.ts";
import { Random } from "../../training/random.ts";
import { flipsOf } from "./flips.ts";
import { byHand, pairsOf, prompts } from "./paraphrases.ts";
import { languages, variants } from "./variants.ts";

test("there are at least 120 prompts of every kind, in at least ten languages, and no text twice", () => {
  expect(prompts.length).toBeGreaterThanOrEqual(120);
  expect(new Set(prompts.map(({ kind }) => kind)).size).toBe(8);
  expect(new Set(prompts.map(({ language }) => language)).size).toBeGreaterThanOrEqual(10);
  const texts = prompts.flatMap((each) => each.texts);
  expect(new Set(texts).size).toBe(texts.length);
});

test("no prompt or paraphrase is a sentence that the router was trained on", () => {
  const own = readFileSync(join(import.meta.dirname, "../../training/own-words.jsonl"), "utf8");
  const trained = new Set(
    own
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => Object.values(JSON.parse(line) as Record<string, unknown>).flat())
      .filter((value) => typeof value === "string")
      .map((prompt) => questionOf({ prompt })),
  );
  expect(trained.size).toBeGreaterThan(100);
  expect(prompts.flatMap((each) => each.texts).filter((prompt) => trained.has(questionOf({ prompt })))).toEqual([]);
});

const pair = (first: string, second: string) => ({ how: byHand, kind: "chat", first, second }) as const;
/** Decides by the number that the message is. */
const byNumber = (message: string) => {
  const score = Number(message);
  return { score, choice: score >= 0.5 ? ("strong" as const) : ("cheap" as const) };
};

test("a flip is a pair with two choices, however far its scores lie apart", () => {
  const flips = flipsOf("all", [pair("0.4", "0.6"), pair("0.9", "0.1"), pair("0.3", "0.45"), pair("0.7", "0.8")], byNumber, 0.5);
  expect(flips).toMatchObject({ of: "all", pairs: 4, flipped: 2, share: 0.5, strong: 0.5 });
  expect(flips.distance).toBeCloseTo((0.2 + 0.8 + 0.15 + 0.1) / 4, 12);
});

test("a dial at its end flips nothing, a threshold in the middle still may", () => {
  const flips = flipsOf("all", [pair("0.1", "0.3"), pair("0.2", "0.1"), pair("0.3", "0.4")], byNumber, 0.2);
  // The first two pairs lie on both sides of 0.2.
  expect(flips).toMatchObject({ flipped: 0, strong: 0, atMedian: 2 / 3 });
});

test("every prompt is paired with each paraphrase and each variant that changes it, the same ones each time", () => {
  const [prompt] = prompts;
  const pairs = pairsOf([prompt!], 1);
  expect(pairs.filter(({ how }) => how === byHand).map(({ second }) => second)).toEqual(prompt!.texts.slice(1));
  expect(pairs.every(({ first, second }) => first === prompt!.texts[0] && second !== first)).toBe(true);
  expect(pairsOf(prompts, 1)).toEqual(pairsOf(prompts, 1));
  expect(pairsOf(prompts, 2)).not.toEqual(pairsOf(prompts, 1));
});

test("a typing error changes the place of two letters and nothing else", () => {
  const typed = variants.typos("Where is my parcel?", "en", new Random(1));
  expect(typed).not.toBe("Where is my parcel?");
  expect([...typed].sort()).toEqual([..."Where is my parcel?"].sort());
  expect(variants.typos("我的包裹在哪里？", "zh", new Random(1))).toBe("我的包裹在哪里？");
});

test("signs of a sentence go, signs of a formula stay", () => {
  expect(variants["no punctuation"]("Solve x^2 - 5.5x = 0, please!")).toBe("Solve x^2 - 5.5x = 0 please");
  expect(variants["no punctuation"]("¿Qué tal? 你好，最近怎么样？")).toBe("Qué tal 你好最近怎么样");
});

test("fillers and polite words are of the prompt's language, and every prompt has one of them", () => {
  expect(variants["filler words"]("Wo ist mein Paket?", "de")).toBe("ähm, also, Wo ist mein Paket?");
  expect(variants["polite wrapping"]("Where?", "en")).toBe("Could you please help me with this? Where? Thank you!");
  expect(() => variants["filler words"]("Kie?", "eo")).toThrow('language "eo"');
  expect(prompts.filter(({ language }) => !languages.includes(language))).toEqual([]);
});
