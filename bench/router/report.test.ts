import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../training/random.ts";
import { loadRows, type Row } from "../../training/rows.ts";
import { aimsOf, judgeAim } from "./aims.ts";
import { type Part, report } from "./report.ts";
import { rules } from "./rules.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-"));
  const random = new Random(1);
  const score = () => Number(random.chance(0.7));
  const files = {
    routellm_mtbench: "mt_bench",
    routellm_mmlu: "mmlu",
    routellm_gsm8k: "gsm8k",
    zeroeval_gsm_gpt4o: "ze_gsm",
    mmlupro_llama31: "mmlu_pro",
  };
  for (const [file, benchmark] of Object.entries(files)) {
    const count = benchmark === "mmlu" ? 1_600 : 60;
    const rows = Array.from({ length: count }, (_, at) => ({
      id: `${file}-${at}`,
      benchmark,
      prompt: `Question ${at} of ${benchmark}: ${"compare, calculate, explain ".repeat(random.whole(0, 5))}?`,
      weak_model: "weak",
      strong_model: "strong",
      weak_score: score(),
      strong_score: Math.max(score(), score()),
      weak_out_chars: random.whole(50, 500),
      strong_out_chars: random.whole(50, 500),
      licence: "MIT",
    }));
    writeFileSync(join(folder, `${file}.jsonl.gz`), gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (only: readonly Part[], more: Partial<Parameters<typeof report>[0]> = {}) =>
  report({
    load: () => loadRows(folder),
    only: new Set(only),
    learner: { learn: () => rules, saw: () => false },
    adaptation: () => (row) => row.prompt.length,
    took: () => {},
    nowMs: () => 0,
    ...more,
  });

test("the tables are the same each time", async () => {
  const parts = ["mtbench", "sets", "in-domain", "dollars", "voice", "paraphrases", "samples"] as const;
  const first = await run(parts);
  expect(await run(parts)).toEqual(first);
  const titles = first.map(({ title }) => title.split(":")[0]);
  expect(titles).toEqual(
    expect.arrayContaining(["MT-Bench, by first turn", "MMLU", "All decisions together", "Mean of the data sets", "Aims"]),
  );
  expect(first.map(({ text }) => text).join("\n")).not.toMatch(/NaN|undefined|Infinity/u);
});

test("the router as it ships is measured only on rows it never saw, and the other one learns without the data set", async () => {
  const learned: (readonly Row[])[] = [];
  const tables = await run(["sets"], {
    learner: {
      saw: ({ file, id }) => file === "routellm_gsm8k" && Number(id.split("-")[1]) < 40,
      learn: (rows) => {
        learned.push(rows);
        return rules;
      },
    },
  });
  const gsm8k = tables.find(({ title }) => title.startsWith("GSM8K"))!.figures as { router: string; decisions: number }[];
  expect(gsm8k.map(({ router, decisions }) => [router, decisions]).slice(0, 2)).toEqual([
    ["learned, as shipped", 20],
    ["learned, this data set left out", 60],
  ]);
  // MT-Bench in two ways is left out once.
  expect(learned).toHaveLength(5);
  for (const [at, benchmark] of ["mt_bench", "mmlu", "gsm8k", "ze_gsm", "mmlu_pro"].entries())
    expect(learned[at]!.some((row) => row.benchmark === benchmark)).toBe(false);
});

test("dollars are counted on every decision of the pair, however few the shipped router is measured on", async () => {
  const saw = ({ file, id }: Row) => file === "zeroeval_gsm_gpt4o" && Number(id.split("-")[1]) < 40;
  const [dollars] = await run(["dollars"], { learner: { learn: () => rules, saw } });
  const decisions = Object.fromEntries(
    (dollars!.figures as { router: string; decisions: number }[]).map((each) => [each.router, each.decisions]),
  );
  expect(decisions).toMatchObject({
    "labels of the pair, 5 folds, mean of 3": 60,
    "learned, as shipped": 20,
    "prompt length": 60,
    "random, mean of 20": 60,
  });
});

test("parts that need no data run without it", async () => {
  const tables = await run(["samples"], { load: () => expect.unreachable("no row is needed") });
  expect(tables.map(({ title }) => title)).toEqual(["The recipe's samples", "Aims"]);
});

describe("aims", () => {
  const aim = { aim: "at least .8", reached: 0.799, least: 0.8, show: (value: number) => value.toFixed(2), because: "small" };

  test("what is missed is printed as missed with its reason, even where rounding would hide it", () => {
    expect(judgeAim(aim)).toEqual({ aim: "at least .8", reached: "0.80", holds: "MISSED", because: "small" });
    expect(judgeAim({ ...aim, reached: 0.8 })).toMatchObject({ holds: "holds", because: "" });
  });

  test("what was not measured does not hold", () => {
    expect(new Set((aimsOf({}).figures as { holds: string }[]).map(({ holds }) => holds))).toEqual(new Set(["not measured"]));
  });
});

describe("the command", () => {
  const bench = (...args: readonly string[]) => spawnSync(process.execPath, ["bench/router.ts", ...args], { encoding: "utf8" });

  test("says what belongs where when the data is absent", () => {
    const { status, stderr, stdout } = bench("--only", "mtbench", "--data", join(folder, "none"));
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`No .jsonl.gz file lies in ${join(folder, "none")}`);
    expect(stderr).toContain("Apache-2.0");
  });

  test("says which parts there are", () => {
    const { status, stderr } = bench("--only", "mtbench,weather");
    expect(status).toBe(2);
    expect(stderr).toContain('given "weather", allowed are mtbench, sets');
  });

  test("prints one line for machines", () => {
    const { status, stdout } = bench("--only", "samples", "--json");
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)["The recipe's samples"]).toHaveLength(3);
  });
});
