/**
 * What a chat costs. USD per million tokens of gpt-realtime-2.1 (strong) and gpt-realtime-2.1-mini (cheap): OpenAI's price pages, November
 * 2026; Azure's bill may differ by region and contract.
 */
import { z } from "zod";
import type { Choice } from "../router/route.ts";

interface Price {
  readonly textIn: number;
  readonly textCached: number;
  readonly textOut: number;
  readonly audioIn: number;
  readonly audioCached: number;
  readonly audioOut: number;
}

const prices: Readonly<Record<Choice, Price>> = {
  cheap: { textIn: 0.6, textCached: 0.06, textOut: 2.4, audioIn: 10, audioCached: 0.3, audioOut: 20 },
  strong: { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64 },
};

/** What the cheap model saves against the strong one, as a share of the audio output's price. */
export const savingOfCheap = 1 - prices.cheap.audioOut / prices.strong.audioOut;

const tokens = z.number().nonnegative().catch(0);
const kinds = { text_tokens: tokens, audio_tokens: tokens };
const none = { text_tokens: 0, audio_tokens: 0 };

/** The `usage` of a realtime response; what it leaves out counts as none. Cached tokens are among the input's. */
const usageSchema = z.object({
  input_token_details: z
    .object({ ...kinds, cached_tokens_details: z.object(kinds).catch(none) })
    .catch({ ...none, cached_tokens_details: none }),
  output_token_details: z.object(kinds).catch(none),
});

/** US dollars of one response's usage at the choice's list price. */
export function costUsd(choice: Choice, usage: unknown): number {
  const { data } = usageSchema.safeParse(usage);
  if (!data) return 0;
  const { input_token_details: input, output_token_details: output } = data;
  const cached = input.cached_tokens_details;
  const price = prices[choice];
  const perMillion =
    Math.max(0, input.text_tokens - cached.text_tokens) * price.textIn +
    Math.max(0, input.audio_tokens - cached.audio_tokens) * price.audioIn +
    cached.text_tokens * price.textCached +
    cached.audio_tokens * price.audioCached +
    output.text_tokens * price.textOut +
    output.audio_tokens * price.audioOut;
  return perMillion / 1_000_000;
}
