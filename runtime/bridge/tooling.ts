/** Tools: each asked for is run at most once, and the model learns every answer even if its session was lost in between. */
import type { Message } from "../calls/call.ts";
import type { Step, ToolRun } from "./session-state.ts";
import { ask, change, command } from "./step.ts";
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

/** The answer to a tool that runs goes into the record and to the model, which speaks about it. */
export function answerTool(step: Step, run: ToolRun, content: string, nowMs: number): Step {
  const { session } = step;
  const answered: ToolRun = { ...run, state: "answered", content };
  const tools = session.tools.map((each) => (each === run ? answered : each));
  const next = session.phase === "open" ? "answer" : session.next;
  const message = toolMessage(answered, nowMs, session.language);
  return tellAnswers(
    ask(change(step, { tools, lastActivityMs: nowMs, next }), { kind: "append", callId: session.callId, message }),
  );
}

/** The tool that was asked for under this id, while nobody has answered it. */
export function runningTool({ session }: Step, toolCallId: string): ToolRun | undefined {
  return session.tools.find((each) => each.toolCallId === toolCallId && each.state === "running");
}

/** Tells the model every answer it does not know yet, once it can hear. */
export function tellAnswers(step: Step): Step {
  const { session } = step;
  if (session.model !== "ready") return step;
  let so = step;
  for (const { toolCallId, content, name, argumentsJson, generation, state } of session.tools) {
    if (state !== "answered") continue;
    const unknown = session.carried || generation === session.generation ? {} : { call: { name, argumentsJson } };
    so = command(so, { kind: "tool_result", toolCallId, content, ...unknown });
  }
  return change(so, { tools: session.tools.map((each) => (each.state === "answered" ? { ...each, state: "told" } : each)) });
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
