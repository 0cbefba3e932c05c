/**
 * What a chat costs by list price: OpenAI's price pages, November 2026 (voice) and June 2026 (text), which Azure's global deployments follow;
 * a bill may differ by region and contract. Deployments are priced as the pair a stack deploys unless it says otherwise: gpt-realtime-2.1-mini
 * and gpt-realtime-2.1 for voice, gpt-5.4-mini and gpt-5.5 for text.
 */
import { z } from "zod";
import type { Choice } from "./record.ts";

/** How a conversation is held: spoken over WebRTC, or typed and answered in words. */
export type Medium = "audio" | "text";

/** US dollars per million tokens. */
export interface Price {
  readonly textIn: number;
  readonly textCached: number;
  readonly textOut: number;
  readonly audioIn: number;
  readonly audioCached: number;
  readonly audioOut: number;
}

const words = (textIn: number, textCached: number, textOut: number): Price => ({
  textIn,
  textCached,
  textOut,
  audioIn: 0,
  audioCached: 0,
  audioOut: 0,
});

/** By medium and choice. */
export const prices: Readonly<Record<Medium, Readonly<Record<Choice, Price>>>> = {
  audio: {
    cheap: { textIn: 0.6, textCached: 0.06, textOut: 2.4, audioIn: 10, audioCached: 0.3, audioOut: 20 },
    strong: { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64 },
  },
  text: { cheap: words(0.75, 0.075, 4.5), strong: words(5, 0.5, 30) },
};

/** Models that Foundry's model-router picks among, as far as their price is known. An answer names its model with the date of its version. */
const routed: Readonly<Record<string, Price>> = {
  "gpt-5.6-sol": words(5, 0.5, 30),
  "gpt-5.6-terra": words(2.5, 0.25, 15),
  "gpt-5.6-luna": words(1, 0.1, 6),
  "gpt-5.5": words(5, 0.5, 30),
  "gpt-5.4": words(2.5, 0.25, 15),
  "gpt-5.4-mini": words(0.75, 0.075, 4.5),
  "gpt-5.4-nano": words(0.2, 0.02, 1.25),
  "gpt-5": words(1.25, 0.125, 10),
  "gpt-5-mini": words(0.25, 0.025, 2),
  "gpt-5-nano": words(0.05, 0.005, 0.4),
  "gpt-4.1": words(2, 0.5, 8),
  "gpt-4.1-mini": words(0.4, 0.1, 1.6),
  "gpt-4.1-nano": words(0.1, 0.025, 0.4),
  "gpt-4o": words(2.5, 1.25, 10),
  "gpt-4o-mini": words(0.15, 0.075, 0.6),
};

/** Foundry's model-router adds this to what the model it picks costs, per million tokens of input. */
const routerFee = 0.14;

/** gpt-realtime-whisper, per minute of sound. */
const transcriptionPerMinute = 0.017;
/** Where a transcription is reported in tokens: about ten are a second of sound (Microsoft's Voice Live page), so this price is an estimate. */
const transcribedTokensPerSecond = 10;

const tokens = z.number().nonnegative().catch(0);
const kinds = { text_tokens: tokens, audio_tokens: tokens };
const none = { text_tokens: 0, audio_tokens: 0 };

/** The `usage` of a realtime response; what it leaves out counts as none. Cached tokens are among the input's. */
const voiceUsage = z.object({
  input_token_details: z
    .object({ ...kinds, cached_tokens_details: z.object(kinds).catch(none) })
    .catch({ ...none, cached_tokens_details: none }),
  output_token_details: z.object(kinds).catch(none),
});

/** The `usage` of a chat completion. Cached tokens are among the prompt's, tokens of reasoning among the completion's. */
const textUsage = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens }).catch({ cached_tokens: 0 }),
});

/** The `usage` of a transcription: seconds, or tokens. */
const transcriptionUsage = z.union([
  z.object({ seconds: z.number().nonnegative() }),
  z.object({ input_tokens: tokens }).transform(({ input_tokens }) => ({ seconds: input_tokens / transcribedTokensPerSecond })),
]);

/** US dollars of one answer's usage at the list price of the medium's cheap or strong model; 0 for what is no usage. */
export function costUsd(choice: Choice, medium: Medium, usage: unknown): number {
  return medium === "audio" ? voiceCost(prices.audio[choice], usage) : textCost(prices.text[choice], usage);
}

function voiceCost(price: Price, usage: unknown): number {
  const { data } = voiceUsage.safeParse(usage);
  if (!data) return 0;
  const { input_token_details: input, output_token_details: output } = data;
  const cached = input.cached_tokens_details;
  const perMillion =
    Math.max(0, input.text_tokens - cached.text_tokens) * price.textIn +
    Math.max(0, input.audio_tokens - cached.audio_tokens) * price.audioIn +
    cached.text_tokens * price.textCached +
    cached.audio_tokens * price.audioCached +
    output.text_tokens * price.textOut +
    output.audio_tokens * price.audioOut;
  return perMillion / 1_000_000;
}

function textCost(price: Price, usage: unknown, fee = 0): number {
  const { data } = textUsage.safeParse(usage);
  if (!data) return 0;
  const cached = Math.min(data.prompt_tokens, data.prompt_tokens_details.cached_tokens);
  const perMillion =
    (data.prompt_tokens - cached) * price.textIn +
    cached * price.textCached +
    data.completion_tokens * price.textOut +
    data.prompt_tokens * fee;
  return perMillion / 1_000_000;
}

/**
 * US dollars that an answer in words may cost at most: `characters` are all that the model reads, of which none is more than a token (nearly:
 * rare scripts take two), and `answerTokens` what it may write.
 */
export function mostCostUsd(choice: Choice, { characters, answerTokens }: { characters: number; answerTokens: number }): number {
  return costUsd(choice, "text", { prompt_tokens: characters, completion_tokens: answerTokens });
}

/** What was used, as the service reports it. */
export interface Used {
  readonly kind: "voice" | "text" | "transcription";
  readonly choice: Choice;
  readonly usage: unknown;
  /** The model that Foundry's model-router picked; absent where no router stood between. */
  readonly routedTo?: string | undefined;
}

export interface Cost {
  readonly costUsd: number;
  /** The same usage, had the pair's strong model had it. */
  readonly strongCostUsd: number;
}

/** What it cost, and what it would have with the strong model. Writing down what was said costs the same whoever answers. */
export function costOf({ kind, choice, usage, routedTo }: Used): Cost {
  if (kind === "voice") return { costUsd: costUsd(choice, "audio", usage), strongCostUsd: costUsd("strong", "audio", usage) };
  if (kind === "transcription") {
    const seconds = transcriptionUsage.safeParse(usage).data?.seconds ?? 0;
    const cost = (seconds / 60) * transcriptionPerMinute;
    return { costUsd: cost, strongCostUsd: cost };
  }
  const cost =
    routedTo === undefined
      ? costUsd(choice, "text", usage)
      : textCost(priceOfRouted(routedTo) ?? prices.text[choice], usage, routerFee);
  return { costUsd: cost, strongCostUsd: costUsd("strong", "text", usage) };
}

/** By the name without its date; undefined for a model whose price is not known, which is then taken for the pair's. */
const priceOfRouted = (model: string): Price | undefined => routed[model.replace(/-\d{4}-\d{2}-\d{2}$/, "")];

/** As it is told to people and programs: to a ten-thousandth of a cent, below which there is only the noise of adding up. */
export const roundedUsd = (usd: number): number => Math.round(usd * 1e6) / 1e6;
