/** One answer of the chat model as it is written: words at once, tools only when they are complete. */
import type OpenAI from "openai";
import { APIConnectionError, APIError, APIUserAbortError } from "openai";
import type { ToolDefinition } from "../../../calls/tools.ts";
import type { Clock } from "../../clock.ts";
import type { ToolCall } from "./history.ts";

/** Nothing was written by then, or nothing more: another deployment is faster. */
const firstTokenMs = 4_000;
const betweenTokensMs = 3_000;
/** A throttled deployment that does not say when to come back. */
const retryAfterMs = 1_000;

export type FaultKind = "throttled" | "failed" | "refused" | "filtered" | "stalled" | "broken";

/** Why an answer did not come, or not to its end. Carries no words of anybody. */
export class CompletionFault extends Error {
  readonly kind: FaultKind;
  readonly retryAfterMs: number | undefined;
  constructor(kind: FaultKind, retryAfterMs?: number) {
    super(`The chat deployment's answer was ${kind}.`);
    this.name = "CompletionFault";
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Question {
  readonly deployment: string;
  readonly messages: OpenAI.Chat.Completions.ChatCompletionMessageParam[];
  readonly tools: readonly ToolDefinition[];
}

interface Edge {
  readonly client: OpenAI;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly written: (text: string) => void;
}

/**
 * Tells words by `written` and answers with the tools asked for. Rejects with `CompletionFault`, and with the signal's reason once it is
 * aborted. Tools whose arguments were cut off are a broken answer: they are never run.
 */
export async function complete(
  { deployment, messages, tools }: Question,
  { client, clock, signal, written }: Edge,
): Promise<ToolCall[]> {
  const stall = new AbortController();
  const either = AbortSignal.any([signal, stall.signal]);
  let cancel = clock.after(firstTokenMs, () => stall.abort());
  const calls: { id: string; name: string; json: string }[] = [];
  let finished: string | null = null;
  try {
    const chunks = await client.chat.completions.create(
      {
        model: deployment,
        messages,
        stream: true,
        ...(tools.length > 0 ? { tools: tools.map((each) => ({ type: "function" as const, function: { ...each } })) } : {}),
      },
      { signal: either },
    );
    for await (const { choices } of chunks) {
      either.throwIfAborted();
      const [choice] = choices;
      if (!choice) continue;
      cancel();
      cancel = clock.after(betweenTokensMs, () => stall.abort());
      const { content, tool_calls: parts } = choice.delta;
      if (content) written(content);
      for (const { index, id, function: part } of parts ?? []) {
        calls[index] ??= { id: "", name: "", json: "" };
        const call = calls[index];
        call.id ||= id ?? "";
        call.name ||= part?.name ?? "";
        call.json += part?.arguments ?? "";
      }
      finished = choice.finish_reason ?? finished;
    }
    either.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw stall.signal.aborted ? new CompletionFault("stalled") : faultOf(error, clock.nowMs());
  } finally {
    cancel();
  }
  if (finished === "content_filter") throw new CompletionFault("filtered");
  const whole = (finished === "stop" || finished === "tool_calls") && calls.every((each) => each.name && isObject(each.json));
  if (!whole) throw new CompletionFault("broken");
  return calls.map(({ id, name, json }) => ({ toolCallId: id, name, argumentsJson: json || "{}" }));
}

function faultOf(error: unknown, nowMs: number): CompletionFault {
  if (error instanceof APIUserAbortError) return new CompletionFault("stalled");
  if (error instanceof APIConnectionError || !(error instanceof APIError)) return new CompletionFault("broken");
  const { status, code, headers } = error as APIError;
  if (status === 429) return new CompletionFault("throttled", retryAfter(headers, nowMs));
  if (code === "content_filter") return new CompletionFault("filtered");
  return new CompletionFault(status === undefined || status >= 500 || status === 408 ? "failed" : "refused");
}

/** In milliseconds, in seconds or as a date: the service and gateways before it use all three. */
export function retryAfter(headers: Headers | undefined, nowMs: number): number {
  const exact = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const text = headers?.get("retry-after") ?? "";
  const seconds = Number(text || Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(text);
  return Number.isFinite(date) ? Math.max(0, date - nowMs) : retryAfterMs;
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json || "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
