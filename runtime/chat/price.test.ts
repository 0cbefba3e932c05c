import { describe, expect, test } from "vitest";
import { costOf, costUsd } from "./price.ts";

const voice = {
  input_token_details: {
    text_tokens: 1_000,
    audio_tokens: 2_000,
    cached_tokens_details: { text_tokens: 400, audio_tokens: 500 },
  },
  output_token_details: { text_tokens: 300, audio_tokens: 4_000 },
};
const text = { prompt_tokens: 10_000, completion_tokens: 1_000, prompt_tokens_details: { cached_tokens: 4_000 } };

test("each kind of token has its price, and what was cached is not paid twice", () => {
  expect(costUsd("strong", "audio", voice)).toBeCloseTo(
    (600 * 4 + 1_500 * 32 + 400 * 0.4 + 500 * 0.4 + 300 * 24 + 4_000 * 64) / 1e6,
    12,
  );
  expect(costUsd("cheap", "audio", voice)).toBeCloseTo(
    (600 * 0.6 + 1_500 * 10 + 400 * 0.06 + 500 * 0.3 + 300 * 2.4 + 4_000 * 20) / 1e6,
    12,
  );
  expect(costUsd("cheap", "text", text)).toBeCloseTo((6_000 * 0.75 + 4_000 * 0.075 + 1_000 * 4.5) / 1e6, 12);
  expect(costUsd("strong", "text", text)).toBeCloseTo((6_000 * 5 + 4_000 * 0.5 + 1_000 * 30) / 1e6, 12);
});

test("a usage that names fewer kinds costs what it names", () => {
  expect(costUsd("cheap", "audio", { output_token_details: { audio_tokens: 1_000_000 } })).toBe(20);
  expect(costUsd("strong", "text", { prompt_tokens: 1_000_000 })).toBe(5);
  for (const medium of ["audio", "text"] as const)
    for (const nothing of [{}, null, "usage"]) expect(costUsd("cheap", medium, nothing)).toBe(0);
});

describe("against the strong model", () => {
  test("an answer of the cheap one is compared with the same usage at the strong one's price", () => {
    for (const [kind, medium, usage] of [
      ["voice", "audio", voice],
      ["text", "text", text],
    ] as const) {
      expect(costOf({ kind, choice: "cheap", usage })).toEqual({
        costUsd: costUsd("cheap", medium, usage),
        strongCostUsd: costUsd("strong", medium, usage),
      });
      const { costUsd: cost, strongCostUsd } = costOf({ kind, choice: "strong", usage });
      expect(cost).toBe(strongCostUsd);
    }
  });

  test("model-router costs what the model it picked does, and a fee on the input", () => {
    const fee = (10_000 * 0.14) / 1e6;
    const picked = (routedTo: string) => costOf({ kind: "text", choice: "strong", usage: text, routedTo });
    expect(picked("gpt-5-mini-2025-08-07").costUsd).toBeCloseTo(fee + (6_000 * 0.25 + 4_000 * 0.025 + 1_000 * 2) / 1e6, 12);
    expect(picked("gpt-5-mini-2025-08-07").strongCostUsd).toBe(costUsd("strong", "text", text));
    expect(picked("gpt-5.5").costUsd).toBeCloseTo(fee + costUsd("strong", "text", text), 12);
    expect(picked("a-model-of-tomorrow").costUsd).toBeCloseTo(fee + costUsd("strong", "text", text), 12);
  });

  test("writing down what was said costs by the time it took, and saves nothing", () => {
    const transcription = { kind: "transcription", choice: "cheap" } as const;
    const cost = { costUsd: 0.017, strongCostUsd: 0.017 };
    expect(costOf({ ...transcription, usage: { type: "duration", seconds: 60 } })).toEqual(cost);
    expect(costOf({ ...transcription, usage: { type: "tokens", input_tokens: 600, output_tokens: 50 } })).toEqual(cost);
  });
});
