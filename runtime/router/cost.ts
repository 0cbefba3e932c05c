/** What an answer is expected to cost before it is given. */
import { type Medium, prices } from "../chat/price.ts";
import type { Choice } from "../chat/record.ts";

export type { Medium } from "../chat/price.ts";

/** The cheap model's cost as a share of the strong one's: that of the output, which weighs most. */
export function costRatio(medium: Medium): number {
  const { cheap, strong } = prices[medium];
  return medium === "audio" ? cheap.audioOut / strong.audioOut : cheap.textOut / strong.textOut;
}

/** Four characters of English are about a token (OpenAI's help pages). */
const charactersPerToken = 4;
/** Speech runs at about fifteen characters a second; a second heard is ten tokens, a second spoken twenty (reference of the realtime prices). */
const charactersPerSecond = 15;
const heardPerSecond = 10;
const spokenPerSecond = 20;
/** A spoken answer is kept short, whatever was asked: about forty seconds. */
const longestSpoken = 600;

export interface Expected {
  /** Characters of the message, of the conversation before it, and of the answer. */
  readonly message: number;
  readonly before: number;
  readonly answer: number;
  /** Whether the service still holds what was said before, at the price of cached input. */
  readonly cached: boolean;
}

/** US dollars by list price of answering once with `choice`. */
export function expectedUsd(choice: Choice, medium: Medium, { message, before, answer, cached }: Expected): number {
  const price = prices[medium][choice];
  if (medium === "text") {
    const input = message * price.textIn + before * (cached ? price.textCached : price.textIn);
    return (input + answer * price.textOut) / charactersPerToken / 1_000_000;
  }
  const spoken = Math.min(answer, longestSpoken);
  const input = message * price.audioIn + before * (cached ? price.audioCached : price.audioIn);
  return (input * heardPerSecond + spoken * spokenPerSecond * price.audioOut) / charactersPerSecond / 1_000_000;
}
