/** Does the same wish get the same model, whatever its words? Prompts of ours with paraphrases written by hand, and variants made by rule. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Choice } from "../../runtime/chat/record.ts";
import { Random } from "../../training/random.ts";
import { percentile } from "../percentile.ts";
import type { Reached } from "./aims.ts";
import { byChance, type Flips, flipsOf, type Pair } from "./flips.ts";
import { decide } from "./learned.ts";
import { recipe } from "./rivals.ts";
import { type Column, percent, type Section, section, thousandths, whole } from "./table.ts";
import { languages, variants } from "./variants.ts";

const promptSchema = z.strictObject({
  kind: z.enum(["chat", "service", "facts", "code", "math", "analysis", "writing", "science"]),
  language: z.enum(languages),
  /** The prompt, then its paraphrases. */
  texts: z.array(z.string().min(1)).min(3),
});
export type Prompt = z.infer<typeof promptSchema>;

export const prompts: readonly Prompt[] = readFileSync(join(import.meta.dirname, "paraphrases.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => promptSchema.parse(JSON.parse(line)));

export const byHand = "by hand";

/** Each prompt with each of its paraphrases, and with each variant that changes it. */
export function pairsOf(all: readonly Prompt[], seed: number): Pair[] {
  const random = new Random(seed);
  return all.flatMap(({ kind, language, texts: [first = "", ...others] }) => [
    ...others.map((second) => ({ how: byHand, kind, first, second })),
    ...Object.entries(variants)
      .map(([how, vary]) => ({ how, kind, first, second: vary(first, language, random) }))
      .filter(({ second }) => second !== first),
  ]);
}

const columns: readonly Column<Flips>[] = [
  { name: "the same wish", of: ({ of }) => of },
  { name: "pairs", of: ({ pairs }) => whole(pairs) },
  { name: "flipped", of: ({ flipped }) => whole(flipped) },
  { name: "share", of: ({ share }) => percent(share) },
  { name: "by chance", of: (flips) => percent(byChance(flips)) },
  { name: "strong", of: ({ strong }) => percent(strong) },
  { name: "at the median", of: ({ atMedian }) => percent(atMedian) },
  { name: "mean distance", of: ({ distance }) => thousandths(distance) },
];

/** How often the choice at the default dial flips, by how the second message came from the first, and by kind of prompt. */
export function paraphrases(reached: Reached, seed: number): Section[] {
  const pairs = pairsOf(prompts, seed);
  const median = percentile(
    prompts.map(({ texts: [first = ""] }) => decide(first).score),
    50,
  );
  const flips = (of: string, among: readonly Pair[]) => flipsOf(of, among, (message) => decide(message), median);
  const hand = pairs.filter(({ how }) => how === byHand);
  const figures = [
    flips(byHand, hand),
    ...Object.keys(variants).map((how) =>
      flips(
        how,
        pairs.filter((pair) => pair.how === how),
      ),
    ),
    flips("all of these", pairs),
    ...[...new Set(prompts.map(({ kind }) => kind))].map((kind) =>
      flips(
        `${byHand}: ${kind}`,
        hand.filter((pair) => pair.kind === kind),
      ),
    ),
  ];
  reached.byHand = figures[0];
  reached.overall = figures.find(({ of }) => of === "all of these");
  const title = `Paraphrases: ${prompts.length} prompts in ${new Set(prompts.map(({ language }) => language)).size} languages at the default dial`;
  const note = [
    "by chance: what flips when the same share goes to the strong model whatever the message; at the median: what a threshold flips that sends",
    "half of the prompts to it, the hardest stand of any dial.",
  ].join("\n");
  return [section(title, figures, columns, [note])];
}

/** What the recipe promises of its own examples. */
const promised: readonly (readonly [message: string, choice: Choice])[] = [
  ["Hello, how are you?", "cheap"],
  ["Explain distributed microservices architecture", "strong"],
  ["Can you explain the technical architecture of distributed microservices with event sourcing patterns?", "strong"],
];

/** The recipe's three samples, by this router and by the recipe's own patterns. */
export function samples(reached: Reached): Section[] {
  const figures = promised.map(([message, choice]) => {
    const ours = decide(message);
    const score = recipe.score(message);
    return {
      message,
      promised: choice,
      ours: ours.choice,
      score: ours.score,
      recipe: recipe.toStrong(score) ? "strong" : "cheap",
      recipeScore: score,
    };
  });
  reached.samples = figures.filter((each) => each.ours === each.promised).length;
  return [
    section("The recipe's samples", figures, [
      { name: "message", of: ({ message }) => message },
      { name: "promised", of: (each) => each.promised },
      { name: "here", of: ({ ours }) => ours },
      { name: "score", of: ({ score }) => thousandths(score) },
      { name: "the recipe", of: (each) => each.recipe },
      { name: "score", of: ({ recipeScore }) => thousandths(recipeScore) },
    ]),
  ];
}
