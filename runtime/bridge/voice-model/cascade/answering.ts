/**
 * Finding the words of an answer: asks the call's deployment, and once more the other one when that fails, within the time a caller waits.
 */
import type OpenAI from "openai";
import type { ToolDefinition } from "../../../calls/tools.ts";
import type { Clock } from "../../clock.ts";
import type { Breaker } from "./breaker.ts";
import { CompletionFault, complete } from "./completion.ts";
import type { ToolCall } from "./history.ts";

export interface ChatParts {
  readonly client: OpenAI;
  readonly clock: Clock;
  readonly breaker: Breaker;
  /** All chat deployments, in no order. */
  readonly deployments: readonly string[];
}

export interface Asking {
  /** The deployment of the call. */
  readonly deployment: string;
  readonly tools: readonly ToolDefinition[];
  readonly signal: AbortSignal;
  /** The conversation as it is when it is asked for: what was already said of this answer belongs to it. */
  readonly messages: () => OpenAI.Chat.Completions.ChatCompletionMessageParam[];
  /** An answer begins, or begins anew: half a sentence written before is void. */
  readonly begin: () => void;
  readonly written: (text: string) => void;
  /** The content filter takes offence at the conversation. */
  readonly filtered: () => void;
}

const mostAttempts = 2;
/** A caller is not kept waiting longer than this for a deployment that asks for patience. */
const longestWaitMs = 2_000;

/** Answers with the tools asked for. Rejects with the last `CompletionFault`, and with the signal's reason once it is aborted. */
export async function answer({ client, clock, breaker, deployments }: ChatParts, asking: Asking): Promise<ToolCall[]> {
  const { deployment, tools, signal, messages, begin, written, filtered } = asking;
  const tried: string[] = [];
  for (;;) {
    const nowMs = clock.nowMs();
    const candidates = [deployment, ...deployments.filter((each) => each !== deployment)].filter((each) => !tried.includes(each));
    const [next = deployment] = candidates.toSorted((one, other) => breaker.waitMs(one, nowMs) - breaker.waitMs(other, nowMs));
    tried.push(next);
    await pause(clock, Math.min(longestWaitMs, breaker.waitMs(next, nowMs)), signal);
    begin();
    try {
      const calls = await complete({ deployment: next, messages: messages(), tools }, { client, clock, signal, written });
      breaker.succeeded(next);
      return calls;
    } catch (error) {
      if (!(error instanceof CompletionFault)) throw error;
      if (error.kind === "filtered") filtered();
      else if (error.kind !== "refused") breaker.failed(next, clock.nowMs(), error.retryAfterMs);
      if (tried.length >= mostAttempts) throw error;
    }
  }
}

async function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  if (durationMs > 0) {
    await new Promise<void>((resolve) => {
      const cancel = clock.after(durationMs, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
  signal.throwIfAborted();
}
