/**
 * Tools over the end of a bridge: each is executed at most once, and exactly once as far as anyone can know.
 *
 * What the model asks for is kept before anything else, as a message `tool-asked:<id>`; then it is claimed (`run:<id>`), which only one
 * process ever gets; then it runs; then its outcome is kept as the message `tool:<id>`. A bridge that goes on with a call whose bridge is gone
 * finds, by what the record holds:
 * - asked, and neither claimed nor answered: nothing was done yet. It claims the tool and runs it.
 * - asked and claimed, and not answered: it may have been done or not, and nobody can tell. The outcome is waited for a little, since a bridge
 *   that moved the call keeps what it had begun; then the model is told that the outcome is unknown.
 * - answered after the last words of the assistant: done, and perhaps not told to the model, which is told (again).
 */
import type { Message } from "../calls/call.ts";
import type { CallStore } from "../calls/store.ts";
import type { ToolOutcome } from "../calls/tools.ts";
import type { Clock } from "./clock.ts";
import type { ToolRun } from "./session-state.ts";

export interface ToolRequest {
  readonly callId: string;
  readonly toolCallId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** Pauses in which a tool that another bridge has begun may still be answered. */
const outcomeAfterMs = [0, 1_000, 2_000, 4_000];

const outcomeUnknown =
  "This was begun before the line was interrupted, and whether it was done is not known. Say so if the caller asks, check before doing it again, and do not claim that it was done.";

/** The request as it is kept before anything is done. */
export const askedMessage = (request: ToolRequest, nowMs: number): Message => ({
  ...toolMessage(request, "", nowMs),
  id: askedId(request.toolCallId),
  persona: "tool",
});

/** The outcome of a tool whose session has ended, as the session itself keeps it otherwise. */
export const outcomeMessage = (request: ToolRequest, content: string, nowMs: number): Message => ({
  ...toolMessage(request, content, nowMs),
  id: outcomeId(request.toolCallId),
  persona: "assistant",
});

function toolMessage(
  { toolCallId, name, argumentsJson }: ToolRequest,
  content: string,
  nowMs: number,
): Omit<Message, "id" | "persona"> {
  return {
    created_at: new Date(nowMs).toISOString(),
    action: "talk",
    content: "",
    style: "none",
    tool_calls: [{ tool_id: toolCallId, function_name: name, function_arguments: argumentsJson, content }],
  };
}

const asked = "tool-asked:";
const askedId = (toolCallId: string): string => `${asked}${toolCallId}`;
const outcomeId = (toolCallId: string): string => `tool:${toolCallId}`;

/** The tools that a session rebuilt from these messages must know of: those without an answer, and those whose answer nobody has heard of. */
export function openTools(messages: readonly Message[]): ToolRun[] {
  const lastSaid = messages.findLastIndex(
    (each) => each.persona === "assistant" && each.action === "talk" && each.content !== "",
  );
  return messages.flatMap(({ id, tool_calls: [call] }): ToolRun[] => {
    if (!id.startsWith(asked) || !call) return [];
    const answeredAt = messages.findIndex((each) => each.id === outcomeId(call.tool_id));
    if (answeredAt >= 0 && answeredAt < lastSaid) return [];
    const content = messages[answeredAt]?.tool_calls[0]?.content;
    return [
      {
        toolCallId: call.tool_id,
        name: call.function_name,
        argumentsJson: call.function_arguments,
        // No model session of this bridge knows of it.
        generation: 0,
        responseId: "",
        state: content === undefined ? "running" : "answered",
        content: content ?? "",
      },
    ];
  });
}

export interface ToolServices {
  readonly store: Pick<CallStore, "get" | "claim">;
  /** Throws when a service fails. */
  readonly runTool: (request: { callId: string; toolId: string; name: string; argumentsJson: string }) => Promise<ToolOutcome>;
  readonly clock: Clock;
}

/** Runs the tool when nobody has begun it, else finds out what came of it. The request must be kept already. */
export async function runOnce(request: ToolRequest, { store, runTool, clock }: ToolServices): Promise<ToolOutcome> {
  const { callId, toolCallId, name, argumentsJson } = request;
  if (await store.claim(callId, `run:${toolCallId}`)) return runTool({ callId, toolId: toolCallId, name, argumentsJson });
  for (const pauseMs of outcomeAfterMs) {
    if (pauseMs > 0) await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    const call = await store.get(callId);
    const outcome = call?.messages.find((each) => each.id === outcomeId(toolCallId))?.tool_calls[0];
    if (outcome) return { content: outcome.content };
  }
  return { content: outcomeUnknown };
}
