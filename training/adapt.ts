/**
 * `npm run router:train -- --labels labels.jsonl --out weights.json`: fits the router to a customer's own outcomes. The file written is the
 * shipped weights with a layer of the customer's and the dial's curve as measured on those outcomes; it takes the place of
 * runtime/router/weights.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Weights } from "../runtime/router/model.ts";
import { gainOf, type OwnLabels } from "../runtime/router/own-labels.ts";
import { kept, pointOf } from "./adapt-layer.ts";
import { curveOf } from "./curve.ts";
import { questionOf, withoutDuplicates } from "./duplicates.ts";
import { fitGain, gain, type Labelled } from "./in-domain.ts";
import { shuffle } from "./learner.ts";
import { Random } from "./random.ts";
import type { Row } from "./rows.ts";

export const fewestLabels = 200;
/** With fewer outcomes in which one model was better, what sets them apart is chance. */
export const fewestBetter = 10;
/** As bundled with the apps. */
export const mostBytes = 64 * 1_024;
const folds = 5;

const labelSchema = z.object({
  prompt: z.string().min(1),
  weak_score: z.number(),
  strong_score: z.number(),
  topic: z.string().min(1).optional(),
});
const form = '{"prompt": "...", "weak_score": 0..1, "strong_score": 0..1, "topic": "..." (optional)}';

/**
 * The labels of a file of one JSON object a line. Scores may be in any one unit that rises with quality.
 * @throws Error in words about every faulty line (its number, never its prompt), about too few labels, and about labels that teach nothing.
 */
export function labelsOf(lines: string): Labelled[] {
  const faults: string[] = [];
  const labels = lines.split("\n").flatMap((line, index): Labelled[] => {
    if (line.trim() === "") return [];
    const { data, error } = labelSchema.safeParse(json(line));
    if (data)
      return [
        {
          prompt: data.prompt,
          weak_score: data.weak_score,
          strong_score: data.strong_score,
          ...(data.topic && { category: data.topic }),
        },
      ];
    faults.push(
      `  line ${index + 1}: ${error.issues.map(({ path, message }) => `${path.join(".") || "the line"}: ${message}`).join("; ")}`,
    );
    return [];
  });
  if (faults.length > 0) {
    const shown = faults.slice(0, 10);
    const more = faults.length > shown.length ? [`  and ${faults.length - shown.length} more`] : [];
    throw new Error(
      [
        `${faults.length === 1 ? "One line is no label" : `${faults.length} lines are no labels`}. A label is ${form}.`,
        ...shown,
        ...more,
        "Nothing was learned.",
      ].join("\n"),
    );
  }
  const different = new Set(labels.map(questionOf)).size;
  if (different < fewestLabels)
    throw new Error(
      `There are labels of ${different} different prompts; at least ${fewestLabels} are needed, and 1,000 or more are better. Nothing was learned.`,
    );
  const better = labels.filter((each) => gain(each) > 0).length;
  const alike = labels.length - better;
  if (better < fewestBetter || alike < fewestBetter)
    throw new Error(
      `The labels are one-sided: the strong model was better on ${better} of ${labels.length} prompts. At least ${fewestBetter} on either side are needed to tell them apart. Label more prompts, chosen by chance from the whole traffic. Nothing was learned.`,
    );
  if (labels.reduce((sum, each) => sum + gain(each), 0) <= 0)
    throw new Error(
      "By these labels the strong model is no better than the weak one on the whole: there is nothing to pay for. Check that weak_score and strong_score are not exchanged, or set the dial to spend_at_most 0. Nothing was learned.",
    );
  return labels;
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** `shipped` with a layer learned from `labels`, and the dial's curve as measured on labels that the measured layer had not seen. */
export function adaptedWeights(
  shipped: Weights,
  labels: readonly Labelled[],
  others: readonly Row[],
  seed: number,
): Weights & { readonly own: OwnLabels } {
  const strangers = withoutDuplicates(others, labels);
  const learnedFrom = (some: readonly Labelled[]): OwnLabels => {
    const { layer, usual } = fitGain(some, strangers, seed);
    return kept(
      layer,
      usual,
      some.map(({ prompt }) => pointOf(prompt, usual)),
    );
  };
  const measured = parts(labels, seed).flatMap((part, _, all) => {
    const logOdds = gainOf(learnedFrom(all.filter((each) => each !== part).flat()));
    return part.map(({ prompt, weak_score, strong_score }) => ({
      score: 1 / (1 + Math.exp(-logOdds(prompt))),
      weak: weak_score,
      strong: strong_score,
      weight: 1,
    }));
  });
  return { ...shipped, curve: curveOf(measured), own: learnedFrom(labels) };
}

/** Labels in parts of about the same size, those of one question in the same part. */
function parts(labels: readonly Labelled[], seed: number): Labelled[][] {
  const questions = [...Map.groupBy(labels, questionOf).values()];
  shuffle(questions, new Random(seed));
  return Array.from({ length: folds }, (_, part) => questions.filter((_each, index) => index % folds === part).flat());
}

/**
 * Reads labels, writes weights, and says in a sentence what they are worth. `others` are rows of public data sets to lean on; it works
 * without any.
 * @throws Error in words when the file cannot be read, its labels do not serve, or the weights grow beyond what the apps carry.
 */
export function adaptCommand(
  paths: { readonly labels: string; readonly out: string },
  shipped: Weights,
  others: readonly Row[],
): string {
  const labels = labelsOf(read(paths.labels));
  const weights = adaptedWeights(shipped, labels, others, 1);
  const text = `${JSON.stringify(weights)}\n`;
  const size = Buffer.byteLength(text);
  if (size > mostBytes)
    throw new Error(`The weights would take ${size} bytes; the apps carry ${mostBytes} at most. Nothing was written.`);
  writeFileSync(paths.out, text);
  const half = weights.curve.find(({ strong }) => strong >= 0.5)!;
  const least = weights.curve[0]!;
  const recovered = (half.quality - least.quality) / (1 - least.quality);
  return `${paths.out}: ${size} bytes, learned from ${labels.length} labels. On labels held out, half of the prompts sent to the strong model recover ${Math.round(100 * recovered)} % of what it gains; by chance it would be 50 %. Put the file in the place of runtime/router/weights.json.`;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Error(`${path} cannot be read. Give a file of labels, one JSON object a line: ${form}.`);
  }
}
