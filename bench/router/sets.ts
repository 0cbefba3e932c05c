/** What is decided on, data set by data set: each decision with what came of either choice. */
import type { Turn } from "../../runtime/chat/record.ts";
import type { Outcome } from "../../training/metrics.ts";
import type { Row } from "../../training/rows.ts";

export interface Case {
  readonly message: string;
  /** What the person said before, oldest first. */
  readonly history: readonly Turn[];
  /** The rows that this decision answers: one, or both turns of an MT-Bench conversation. */
  readonly rows: readonly [Row, ...Row[]];
}

export interface TestSet {
  readonly name: string;
  readonly cases: readonly Case[];
}

const single = (row: Row): Case => ({ message: row.prompt, history: historyOf(row), rows: [row] });
const historyOf = ({ context = [] }: Row): Turn[] => context.map((content) => ({ persona: "human", content }));

/** The two ways to route MT-Bench, as the table names them. */
export const firstTurn = "MT-Bench, by first turn";
export const everyTurn = "MT-Bench, turn by turn";

/** In the table's order: the data sets RouteLLM published figures for, the pair with true lengths, the rest. */
const sets: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly cases: (rows: readonly Row[]) => Case[];
}[] = [
  { name: firstTurn, files: ["routellm_mtbench"], cases: conversations },
  { name: everyTurn, files: ["routellm_mtbench"], cases: (rows) => rows.map(single) },
  { name: "MMLU", files: ["routellm_mmlu"], cases: (rows) => rows.map(single) },
  { name: "GSM8K", files: ["routellm_gsm8k"], cases: (rows) => rows.map(single) },
  ...["crux", "math-l5", "numersense-v2", "gsm"].map((part) => ({
    name: `ZeroEval ${part}`,
    files: [`zeroeval_${part}_gpt4o`],
    cases: (rows: readonly Row[]) => rows.map(single),
  })),
  { name: "MMLU-Pro Gemini", files: ["mmlupro_gemini15"], cases: (rows) => rows.map(single) },
  { name: "MMLU-Pro Llama", files: ["mmlupro_llama31"], cases: (rows) => rows.map(single) },
  { name: "LLMRouter Llama", files: ["llmrouter_llama8b_nemo49b"], cases: (rows) => rows.map(single) },
  { name: "LLMRouter Qwen", files: ["llmrouter_qwen7b_nemo51b"], cases: (rows) => rows.map(single) },
];

/** The sets that `rows` hold, without what RouteLLM found contaminated. */
export function testSets(rows: readonly Row[]): TestSet[] {
  const clean = rows.filter((row) => !row.contaminated);
  return sets
    .map(({ name, files, cases }) => ({ name, cases: cases(clean.filter(({ file }) => files.includes(file))) }))
    .filter((set) => set.cases.length > 0);
}

/** RouteLLM's harness decides on the first message alone, for both turns. */
function conversations(rows: readonly Row[]): Case[] {
  const opening = rows.filter(({ context = [] }) => context.length === 0);
  return opening.map((row) => ({
    message: row.prompt,
    history: [],
    rows: [row, ...rows.filter(({ context }) => context?.[0] === row.prompt)],
  }));
}

/** Scores as the data has them; every answer of a model costs the same, the weak one's `ratio` of the strong one's. */
export function outcomesOf(cases: readonly Case[], ratio: number): Outcome[] {
  return cases.map(({ rows }) => ({
    weak: mean(rows.map((row) => row.weak_score)),
    strong: mean(rows.map((row) => row.strong_score)),
    weakCost: ratio,
    strongCost: 1,
  }));
}

/** Whether the answers are gpt-4o-mini's and gpt-4o's, written out in full, so that their lengths are what they would cost. */
export const hasLengths = ({ cases }: TestSet): boolean => cases[0]?.rows[0].file.startsWith("zeroeval_") ?? false;

const charsPerToken = 4;
/** US dollars per million tokens, OpenAI's list of 2024-08 for the models that answered. */
const listPrices = { weak: { in: 0.15, out: 0.6 }, strong: { in: 2.5, out: 10 } } as const;

/** In US dollars of gpt-4o-mini and gpt-4o, by the lengths of prompt and answer at four characters a token. */
export function dollarsOf(cases: readonly Case[]): Outcome[] {
  const usd = (price: { in: number; out: number }, prompt: string, answer: number) =>
    (prompt.length * price.in + answer * price.out) / charsPerToken / 1_000_000;
  return cases.map(({ rows: [row] }) => ({
    weak: row.weak_score,
    strong: row.strong_score,
    weakCost: usd(listPrices.weak, row.prompt, row.weak_out_chars ?? 0),
    strongCost: usd(listPrices.strong, row.prompt, row.strong_out_chars ?? 0),
  }));
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
