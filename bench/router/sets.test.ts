import { describe, expect, test } from "vitest";
import type { Row } from "../../training/rows.ts";
import { acrossFolds, draw, folds } from "./in-domain.ts";
import { strangersOf } from "./learned.ts";
import { always, chance, isApart, judge, meanOf, pooled, rank } from "./ranked.ts";
import { dollarsOf, everyTurn, firstTurn, outcomesOf, testSets } from "./sets.ts";

const row = (file: string, benchmark: string, prompt: string, more: Partial<Row> = {}): Row => ({
  id: prompt,
  file,
  benchmark,
  prompt,
  weak_model: "weak",
  strong_model: "strong",
  weak_score: 0,
  strong_score: 1,
  licence: "MIT",
  ...more,
});

const bench = (prompt: string, weak: number, strong: number, context: string[]) =>
  row("routellm_mtbench", "mt_bench", prompt, { weak_score: weak, strong_score: strong, context });
const conversation = [
  bench("Write a story.", 8, 10, []),
  bench("Make it shorter.", 4, 8, ["Write a story."]),
  bench("Solve x = 1.", 2, 9, []),
];

describe("MT-Bench", () => {
  const sets = testSets(conversation);

  test("by first turn, one decision is for both turns", () => {
    const { cases } = sets.find(({ name }) => name === firstTurn)!;
    expect(cases.map(({ message, rows }) => [message, rows.length])).toEqual([
      ["Write a story.", 2],
      ["Solve x = 1.", 1],
    ]);
    expect(outcomesOf(cases, 0.2)[0]).toEqual({ weak: 6, strong: 9, weakCost: 0.2, strongCost: 1 });
  });

  test("turn by turn, each message is decided with what was said before", () => {
    const { cases } = sets.find(({ name }) => name === everyTurn)!;
    expect(cases.map(({ history }) => history)).toEqual([[], [{ persona: "human", content: "Write a story." }], []]);
  });

  test("what RouteLLM found contaminated is left out", () => {
    const rows = conversation.map((each, at) => ({ ...each, contaminated: at < 2 }));
    expect(testSets(rows).map(({ cases }) => cases.length)).toEqual([1, 1]);
  });
});

describe("a data set left out", () => {
  const rows = [
    row("routellm_gsm8k", "gsm8k", "Ann has 3 pears. How many?"),
    row("zeroeval_gsm_gpt4o", "ze_gsm", "Ann has 3 pears. How many?"),
    row("llmrouter_qwen7b_nemo51b", "lr_gsm8k", "ann has 3 pears, how many"),
    row("llmrouter_qwen7b_nemo51b", "lr_trivia_qa", "Who was Ann?"),
    row("mmlupro_gemini15", "mmlu_pro", "What is a pear?\nA. A fruit\nB. A tree"),
    row("mmlupro_llama31", "mmlu_pro", "What is a plum?\nA. A fruit\nB. A tree"),
  ];
  const left = (name: string) =>
    strangersOf(rows, testSets(rows).find((set) => set.name === name)!).map(({ prompt }) => prompt.split("\n")[0]);

  test("takes its questions along wherever else they lie", () => {
    expect(left("GSM8K")).toEqual(["Who was Ann?", "What is a pear?", "What is a plum?"]);
  });

  test("takes all of its kind along, under whichever pair of models", () => {
    expect(left("MMLU-Pro Gemini")).not.toContain("What is a plum?");
  });
});

describe("labels of the data set itself", () => {
  const rows = Array.from({ length: 50 }, (_, at) =>
    row("routellm_mmlu", "mmlu", `Question ${Math.floor(at / 2)}?\nA. ${at}\nB. none`),
  );

  test("a question that is asked twice lies in one fold", () => {
    const parts = folds(rows, 5, 1);
    expect(parts.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10]);
    const homes = parts.map((part) => new Set(part.map(({ prompt }) => prompt.split("\n")[0])));
    expect(homes.reduce((sum, { size }) => sum + size, 0)).toBe(25);
  });

  test("no question of a label is tested", () => {
    const { labels, test: left } = draw(rows, 20, 1);
    expect(labels).toHaveLength(20);
    const asked = new Set(labels.map(({ prompt }) => prompt.split("\n")[0]));
    expect(left.filter(({ prompt }) => asked.has(prompt.split("\n")[0]!))).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
  });

  test("no row is scored by a router that knew its label", () => {
    const scored = acrossFolds(rows, [], (labels) => (each) => Number(labels.includes(each)), { seed: 1 });
    expect(scored.size).toBe(50);
    expect([...scored.values()].filter(({ score }) => score !== 0)).toEqual([]);
  });
});

test("dollars are tokens of prompt and answer at the prices of gpt-4o-mini and gpt-4o", () => {
  const one = row("zeroeval_gsm_gpt4o", "ze_gsm", "x".repeat(400), { weak_out_chars: 4_000, strong_out_chars: 2_000 });
  const [outcome] = dollarsOf([{ message: one.prompt, history: [], rows: [one] }]);
  // 100 tokens in; 1,000 and 500 out.
  expect(outcome?.weakCost).toBeCloseTo((100 * 0.15 + 1_000 * 0.6) / 1e6, 12);
  expect(outcome?.strongCost).toBeCloseTo((100 * 2.5 + 500 * 10) / 1e6, 12);
});

describe("figures of a data set", () => {
  const [, turns] = testSets(conversation);
  const contestant = {
    name: "by length",
    scorerFor: () => (message: string) => message.length,
    toStrong: (score: number) => score > 13,
  };
  const judged = judge(turns!, contestant);

  test("the router's own rule is measured where it stands", () => {
    // 16 characters and 14 go to the strong model, 12 does not.
    expect(rank(judged, 1)).toMatchObject({ sent: 2 / 3, decisions: 3 });
    expect(rank(judged, 1).kept).toBeCloseTo((10 + 8 + 2) / 27, 12);
  });

  test("one model for everything recovers nothing of the gap, or all of it", () => {
    expect(always("set", turns!.cases, "cheap")).toMatchObject({ apgr: 0, sent: 0, text90: Number.NaN });
    expect(always("set", turns!.cases, "strong")).toMatchObject({ apgr: 1, sent: 1, kept: 1, text95: 1, voice95: 1 });
  });

  test("chance recovers half of it", () => {
    const many = Array.from({ length: 300 }, (_, at) => row("routellm_mmlu", "mmlu", `Question ${at}`, { weak_score: at % 2 }));
    const [set] = testSets(many);
    expect(chance("set", set!.cases, 1).apgr).toBeCloseTo(0.5, 1);
  });

  test("pooled with others, MT-Bench's tens count as ones", () => {
    expect(pooled([judged]).cases.map(({ rows }) => rows[0].strong_score)).toEqual([1, 0.8, 0.9]);
  });

  test("models that score alike are not told apart", () => {
    // Gains of a tenth on average, with a standard deviation of about 0.7: three standard errors take some 450 decisions.
    const alike = (count: number) =>
      testSets(
        Array.from({ length: count }, (_, at) =>
          row("routellm_mmlu", "mmlu", `Question ${at}`, { weak_score: at % 10 < 2 ? 1 : 0, strong_score: at % 10 > 6 ? 1 : 0 }),
        ),
      )[0]!.cases;
    expect(isApart(alike(300))).toBe(false);
    expect(isApart(alike(600))).toBe(true);
  });

  test("a mean leaves out what not every data set has", () => {
    const ranked = rank(judged, 1);
    const { sent: _sent, ...without } = ranked;
    expect(meanOf([ranked, { ...ranked, apgr: ranked.apgr + 0.2 }]).apgr).toBeCloseTo(ranked.apgr + 0.1, 12);
    expect(meanOf([ranked, without]).sent).toBeNaN();
  });
});
