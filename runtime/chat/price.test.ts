import { expect, test } from "vitest";
import { costUsd, savingOfCheap } from "./price.ts";

const usage = {
  input_token_details: {
    text_tokens: 1_000,
    audio_tokens: 2_000,
    cached_tokens_details: { text_tokens: 400, audio_tokens: 500 },
  },
  output_token_details: { text_tokens: 300, audio_tokens: 4_000 },
};

test("each kind of token has its price, and what was cached is not paid twice", () => {
  expect(costUsd("strong", usage)).toBeCloseTo((600 * 4 + 1_500 * 32 + 400 * 0.4 + 500 * 0.4 + 300 * 24 + 4_000 * 64) / 1e6, 12);
  expect(costUsd("cheap", usage)).toBeCloseTo(
    (600 * 0.6 + 1_500 * 10 + 400 * 0.06 + 500 * 0.3 + 300 * 2.4 + 4_000 * 20) / 1e6,
    12,
  );
});

test("a usage that names fewer kinds costs what it names", () => {
  expect(costUsd("cheap", { output_token_details: { audio_tokens: 1_000_000 } })).toBe(20);
  expect(costUsd("cheap", {})).toBe(0);
  expect(costUsd("cheap", null)).toBe(0);
});

test("the cheap model saves 68.75 % of the audio output's price", () => {
  expect(savingOfCheap).toBe(0.6875);
});
