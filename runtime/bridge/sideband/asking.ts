/** The tools the model asks for: each run once, its outcome told to the model, and spoken of unless the person has moved on. */
import { expectAnswer } from "./conduct.ts";
import type { ToolCall } from "./service-events.ts";
import { response, toolOutput } from "./service-messages.ts";
import { adding, ask, change, removing, type Step, send } from "./watch.ts";

const interrupted =
  "This was interrupted, and nothing came of it. Say so if the person still waits for it, and ask again if they want it.";

/** A response that was broken off asked for nothing. */
export function toolsAsked(step: Step, responseId: string, calls: readonly ToolCall[]): Step {
  return calls.reduce((so, call) => {
    const { tools, turn, phase } = so.watch;
    if (phase !== "open" || tools.some((each) => each.toolCallId === call.toolCallId)) return so;
    const run = { toolCallId: call.toolCallId, responseId, turn, answered: false };
    return ask(change(so, { tools: [...tools, run] }), { kind: "run_tool", ...call });
  }, step);
}

export function toolDone(step: Step, toolCallId: string, content: string): Step {
  const run = step.watch.tools.find((each) => each.toolCallId === toolCallId);
  if (!run || run.answered) return step;
  const tools = step.watch.tools.map((each) => (each === run ? { ...each, answered: true } : each));
  const told = tell(change(step, { tools }), toolCallId, content);
  const waits = tools.some((each) => each.responseId === run.responseId && !each.answered);
  return waits ? told : change(told, { owed: run.turn });
}

/** Another bridge runs it and tells the model. */
export function toolElsewhere(step: Step, toolCallId: string): Step {
  return change(step, {
    tools: step.watch.tools.map((each) => (each.toolCallId === toolCallId ? { ...each, answered: true } : each)),
  });
}

/** What the bridge before this one began and did not end. */
export function tellInterrupted(step: Step): Step {
  const { interrupted: left, turn } = step.watch;
  if (left.length === 0) return step;
  const told = left.reduce((so, toolCallId) => tell(so, toolCallId, interrupted), change(step, { interrupted: [] }));
  return change(told, { owed: turn });
}

/** Has the model speak, once it is free to: of what ends first, else of what the tools returned if nothing was said since. */
export function proceed(step: Step, nowMs: number): Step {
  const { phase, socket, active, awaited, speaking, announcement, owed, turn } = step.watch;
  if (phase !== "open" || socket !== "configured" || active.size > 0 || awaited || speaking) return step;
  if (announcement !== undefined) {
    const asked = change(step, { announcement: undefined, awaited: { announcement } });
    return send(expectAnswer(asked, nowMs), response(announcement));
  }
  if (owed === undefined) return step;
  const over = change(step, { owed: undefined });
  return owed === turn ? send(expectAnswer(change(over, { awaited: { turn } }), nowMs), response()) : over;
}

/** Somebody's response, of which nobody told us. */
const unknownResponse = "unknown";

/** The model could not speak, because it does already: it is asked again when it has done so. */
export function busy(step: Step): Step {
  return change(askAgain(step), { active: adding(step.watch.active, unknownResponse) });
}

/** What was asked may never have arrived. */
export function askAgain(step: Step): Step {
  const { awaited } = step.watch;
  if (!awaited) return step;
  return change(step, { awaited: undefined, ...("turn" in awaited ? { owed: awaited.turn } : awaited) });
}

export const withoutUnknown = (active: ReadonlySet<string>): ReadonlySet<string> => removing(active, unknownResponse);

function tell(step: Step, toolCallId: string, content: string): Step {
  const id = `${step.watch.mark}_${step.watch.ours.size}`;
  return send(change(step, { ours: adding(step.watch.ours, id) }), toolOutput(id, toolCallId, content));
}
