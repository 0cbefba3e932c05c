/** What a tool's answer changes in the call itself. */
import type { ToolEffect } from "../calls/tools.ts";
import { changeLanguage } from "./language.ts";
import { collectDigits, digitsAnswered } from "./secret-digits.ts";
import type { SessionEvent, Step, ToolRun } from "./session-state.ts";
import { change } from "./step.ts";
import { answerTool, runningTool } from "./tooling.ts";
import { leave } from "./turns.ts";

/** A tool has answered, or asks for digits before it does. */
export function toolDone(step: Step, done: Extract<SessionEvent, { kind: "tool_done" }>, nowMs: number): Step {
  const run = runningTool(step, done.toolCallId);
  if (!run) return step;
  if (done.effect?.kind === "collect_digits") return collectDigits(step, run, done.effect, nowMs);
  return applyEffect(answerTool(digitsAnswered(step, run), run, done.content, nowMs), done.effect, run, nowMs);
}

function applyEffect(step: Step, effect: ToolEffect | undefined, run: ToolRun, nowMs: number): Step {
  switch (effect?.kind) {
    case undefined:
    case "collect_digits":
      return step;
    case "end_call":
      // The model usually says goodbye in the same breath; only a silent end needs ours.
      return leave(step, step.session.lastSpokenResponse !== run.responseId, nowMs);
    case "transfer": {
      const { to, briefing } = effect;
      const afterwards = { kind: "transfer", to, ...(briefing === undefined ? {} : { briefing }) } as const;
      return step.session.phase === "open" ? change(step, { afterwards }) : step;
    }
    case "language":
      return changeLanguage(step, effect.shortCode);
    case "speed":
      return change(step, { speed: effect.rate, briefStale: true });
    case "switch_call":
      return change(step, { callId: effect.callId, briefStale: true });
  }
}
