/** Tools: each asked for is run at most once, and the model learns every answer even if its session was lost in between. */
import type { Message } from "../calls/call.ts";
import type { ToolEffect } from "../calls/tools.ts";
import type { SessionEvent, Step, ToolRun } from "./session-state.ts";
import { ask, change, command } from "./step.ts";
import { leave } from "./turns.ts";
import type { ModelEvent } from "./voice-model/voice-model.ts";

/** The model asks for a tool. */
export function callTool(step: Step, call: Extract<ModelEvent, { kind: "tool_call" }>, nowMs: number): Step {
  const { session } = step;
  const { toolCallId, name, argumentsJson, responseId } = call;
  const cut = session.responses.find((each) => each.id === responseId)?.cut ?? false;
  if (session.phase !== "open" || cut || session.tools.some((each) => each.toolCallId === toolCallId)) return step;
  const run: ToolRun = {
    toolCallId,
    name,
    argumentsJson,
    responseId,
    generation: session.generation,
    state: "running",
    content: "",
  };
  const { callId } = session;
  return ask(change(step, { tools: [...session.tools, run], lastActivityMs: nowMs }), {
    kind: "run_tool",
    callId,
    toolCallId,
    name,
    argumentsJson,
  });
}

/** A tool has answered. */
export function toolDone(step: Step, done: Extract<SessionEvent, { kind: "tool_done" }>, nowMs: number): Step {
  const { session } = step;
  const run = session.tools.find((each) => each.toolCallId === done.toolCallId);
  if (run?.state !== "running") return step;
  const answered: ToolRun = { ...run, state: "answered", content: done.content };
  const tools = session.tools.map((each) => (each === run ? answered : each));
  const kept = ask(change(step, { tools, lastActivityMs: nowMs, next: session.phase === "open" ? "answer" : session.next }), {
    kind: "append",
    callId: session.callId,
    message: toolMessage(answered, nowMs, session.language),
  });
  return applyEffect(tellAnswers(kept), done.effect, run, nowMs);
}

/** Tells the model every answer it does not know yet, once it can hear. */
export function tellAnswers(step: Step): Step {
  const { session } = step;
  if (session.model !== "ready") return step;
  let so = step;
  for (const { toolCallId, content, name, argumentsJson, generation, state } of session.tools) {
    if (state !== "answered") continue;
    const unknown = generation === session.generation ? {} : { call: { name, argumentsJson } };
    so = command(so, { kind: "tool_result", toolCallId, content, ...unknown });
  }
  return change(so, { tools: session.tools.map((each) => (each.state === "answered" ? { ...each, state: "told" } : each)) });
}

function applyEffect(step: Step, effect: ToolEffect | undefined, run: ToolRun, nowMs: number): Step {
  switch (effect?.kind) {
    case undefined:
      return step;
    case "end_call":
      // The model usually says goodbye in the same breath; only a silent end needs ours.
      return leave(step, step.session.lastSpokenResponse !== run.responseId, nowMs);
    case "transfer":
      return step.session.phase === "open" ? change(step, { afterwards: { kind: "transfer", to: effect.to } }) : step;
    case "language":
      return change(step, { language: effect.shortCode, briefStale: true });
    case "speed":
      return change(step, { speed: effect.rate, briefStale: true });
    case "switch_call":
      return change(step, { callId: effect.callId, briefStale: true });
  }
}

function toolMessage(run: ToolRun, nowMs: number, language: string): Message {
  const { toolCallId, name, argumentsJson, content } = run;
  return {
    id: `tool:${toolCallId}`,
    created_at: new Date(nowMs).toISOString(),
    persona: "assistant",
    action: "talk",
    content: "",
    style: "none",
    lang_short_code: language,
    tool_calls: [{ tool_id: toolCallId, function_name: name, function_arguments: argumentsJson, content }],
  };
}
