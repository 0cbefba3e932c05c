/**
 * The public data the router learns from and is measured on: prompts, each with the score of a weak and of a strong model. It stays outside
 * the repository; only what is learned from it is committed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

const rowSchema = z.object({
  id: z.string(),
  benchmark: z.string(),
  category: z.string().optional(),
  /** Where a question comes from, such as `ori_mmlu-anatomy`. */
  src: z.string().optional(),
  split: z.string().optional(),
  turn: z.number().optional(),
  prompt: z.string().min(1),
  /** The question without its options. */
  question: z.string().optional(),
  /** What the person said before, oldest first. */
  context: z.array(z.string()).optional(),
  weak_model: z.string(),
  strong_model: z.string(),
  /** Of one answer: 0 to 1, of MT-Bench 1 to 10. */
  weak_score: z.number(),
  strong_score: z.number(),
  weak_out_chars: z.number().optional(),
  strong_out_chars: z.number().optional(),
  /** Scores by model, where more than two answered. */
  all_scores: z.record(z.string(), z.number()).optional(),
  /** RouteLLM found it in the arena data its own routers were trained on, and leaves it out of every comparison. */
  contaminated: z.boolean().optional(),
  licence: z.string(),
});

/** One prompt; `file` is the name of its data set, as in `sources`. */
export type Row = z.infer<typeof rowSchema> & { readonly file: string };

/** The data sets by name: the file is `<name>.jsonl.gz`. */
export const sources = {
  routellm_mmlu: { from: "lm-sys/RouteLLM, routellm/evals/mmlu", licence: "Apache-2.0; MMLU MIT" },
  routellm_gsm8k: { from: "lm-sys/RouteLLM, routellm/evals/gsm8k", licence: "Apache-2.0; GSM8K MIT" },
  routellm_mtbench: { from: "lm-sys/RouteLLM, routellm/evals/mt_bench", licence: "Apache-2.0" },
  zeroeval_gsm_gpt4o: { from: "WildEval/ZeroEval, result_dirs/gsm", licence: "Apache-2.0" },
  zeroeval_crux_gpt4o: { from: "WildEval/ZeroEval, result_dirs/crux", licence: "Apache-2.0" },
  "zeroeval_math-l5_gpt4o": { from: "WildEval/ZeroEval, result_dirs/math-l5", licence: "Apache-2.0" },
  "zeroeval_numersense-v2_gpt4o": { from: "WildEval/ZeroEval, result_dirs/numersense-v2", licence: "Apache-2.0" },
  mmlupro_gemini15: { from: "TIGER-AI-Lab/MMLU-Pro, eval_results", licence: "Apache-2.0; data MIT" },
  mmlupro_llama31: { from: "TIGER-AI-Lab/MMLU-Pro, eval_results", licence: "Apache-2.0; data MIT" },
  llmrouter_llama8b_nemo49b: { from: "ulab-uiuc/LLMRouter", licence: "MIT" },
  llmrouter_qwen7b_nemo51b: { from: "ulab-uiuc/LLMRouter", licence: "MIT" },
} as const satisfies Record<string, { from: string; licence: string }>;

const ending = ".jsonl.gz";

/** Where the data lies: what `--data` said, else `ROUTER_DATA`, else beside the repository. */
export function dataFolder(given: string | undefined, environment: NodeJS.ProcessEnv): string {
  return resolve(given ?? environment.ROUTER_DATA ?? join(import.meta.dirname, "../../shared/router-data"));
}

/**
 * Every row of every data set in `folder`, data sets by name, rows as they lie.
 * @throws Error in words when the folder holds none, or when a line is not such a row.
 */
export function loadRows(folder: string): Row[] {
  const files = filesOf(folder);
  if (files.length === 0) throw new Error(absent(folder));
  return files.flatMap((file) => {
    const lines = gunzipSync(readFileSync(join(folder, file))).toString("utf8");
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line, index) => rowOf(line, file, index + 1));
  });
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch {
    return [];
  }
}

function rowOf(line: string, file: string, number: number): Row {
  const { data, error } = rowSchema.safeParse(json(line));
  if (data) return { ...data, file: file.slice(0, -ending.length) };
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "the line"}: ${message}`).join("; ");
  throw new Error(
    `${file}, line ${number}: ${faults}. A row is {id, benchmark, prompt, weak_model, strong_model, weak_score, strong_score, licence}.`,
  );
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function absent(folder: string): string {
  const list = Object.entries(sources).map(([name, { from, licence }]) => `  ${name}${ending}   ${from} (${licence})`);
  return [
    `No ${ending} file lies in ${folder}.`,
    "Put the data there, or say where it lies with --data FOLDER or ROUTER_DATA. Each file holds one JSON object a line:",
    "{id, benchmark, prompt, context?, weak_model, strong_model, weak_score, strong_score, weak_out_chars?, strong_out_chars?, licence}.",
    ...list,
  ].join("\n");
}
