/**
 * A warm transfer: the caller waits while a person is rung and told what it is about. Who takes the call has the caller to themselves; every
 * way of not taking it leads back to the conversation.
 */
import { closeModel, openModel } from "./model-session.ts";
import type { Step } from "./session-state.ts";
import { cut } from "./speaking.ts";
import { ask, change } from "./step.ts";
import { tell, transferFailed } from "./turns.ts";

/** Who has heard the briefing decides within half a minute. */
const decideMs = 30_000;

const colleagueLeft =
  "The colleague has left the call; the caller is still on the line with you. Ask whether everything is settled and go on.";

/** The person has picked up: they are told what it is about. The caller does not hear it. */
export function joined(step: Step, nowMs: number): Step {
  const { handover, callId } = step.session;
  if (handover?.state !== "ringing") return step;
  const { to, briefing } = handover;
  const told = change(step, { handover: { ...handover, state: "briefing", untilMs: nowMs + decideMs }, next: "briefing" });
  return ask(told, { kind: "keep_briefing", callId, to, text: briefing });
}

/** A key of the person's: 1 takes the call, 2 does not. Nobody else's keys count meanwhile. */
export function decide(step: Step, digit: string, nowMs: number): Step {
  if (step.session.handover?.state !== "briefing") return step;
  if (digit === "1") return take(step, nowMs);
  return digit === "2" ? handoverFailed(step, nowMs) : step;
}

function take(step: Step, nowMs: number): Step {
  const { handover } = step.session;
  if (!handover) return step;
  const free = ask(cut(step, nowMs), { kind: "unhold" });
  return change(closeModel(free, nowMs), { handover: { ...handover, state: "taken" }, lineLostMs: undefined });
}

/** The person is not there any more. */
export function colleagueGone(step: Step, nowMs: number): Step {
  const { handover } = step.session;
  if (handover?.state !== "taken") return handoverFailed(step, nowMs, true);
  const back = change(step, { handover: undefined, silencePrompts: 0 });
  return tell(openModel(back, nowMs), colleagueLeft, nowMs);
}

/** Nobody takes the call: who was rung is sent away unless they are `gone`, and the caller is back with the assistant. */
export function handoverFailed(step: Step, nowMs: number, gone = false): Step {
  const { handover } = step.session;
  if (!handover) return step;
  const quiet = handover.state === "taken" ? openModel(step, nowMs) : cut(step, nowMs);
  const dismissed = gone ? quiet : ask(quiet, { kind: "dismiss", to: handover.to });
  const back = change(ask(dismissed, { kind: "unhold" }), { handover: undefined, announcing: false });
  return transferFailed(back, nowMs);
}
