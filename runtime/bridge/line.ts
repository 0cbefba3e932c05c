/** The line itself: it may lose its sound and get it back, and it ends. */
import type { Session, Step } from "./session-state.ts";
import { cutShort, lineGone } from "./speaking.ts";
import { change } from "./step.ts";
import { announce, end } from "./turns.ts";

/** The caller is not kept waiting for their last words to be written down longer than this. */
const lastWordsMs = 2_000;

/** The sound is gone: what had been heard is remembered, what was on its way is lost. */
export function lineInterrupted(step: Step, nowMs: number): Step {
  const { session } = step;
  if (session.lineLostMs !== undefined || session.hungUp || session.handover?.state === "taken") return step;
  const silent = change(cutShort(step, nowMs), { thinkingUntilMs: undefined, callerSpeaking: false, cutAtMs: undefined });
  if (session.phase === "leaving") return change(silent, { next: undefined, lineLostMs: nowMs });
  return change(silent, { lineLostMs: nowMs, lineOwes: isOwed(session, nowMs), digits: "", digitsAtMs: undefined });
}

/** The assistant was speaking, or about to. */
function isOwed({ utterances, responses, requested, next, waitingSinceMs }: Session, nowMs: number): boolean {
  const heard = utterances.every((each) => each.playback.endsAtMs <= nowMs);
  return !heard || requested || next !== undefined || waitingSinceMs !== undefined || responses.some((each) => !each.cut);
}

/** The sound is back: who was owed words is told what happened, and then gets them. */
export function lineResumed(step: Step, nowMs: number): Step {
  const { phase, lineLostMs, lineOwes, next, handover, choosing, lastSpokenResponse } = step.session;
  if (lineLostMs === undefined) return step;
  if (phase === "leaving") return change(step, { lineLostMs: undefined });
  const waiting = { waitingSinceMs: undefined, waitingPhraseSaid: false };
  const back = change(step, { lineLostMs: undefined, lineOwes: false, lastActivityMs: nowMs, ...waiting });
  if (handover) return change(back, handover.state === "briefing" ? { next: "briefing" } : {});
  if (!lineOwes && next === undefined) return back;
  // Who has heard nothing yet need not hear that it was interrupted.
  if (lastSpokenResponse === undefined) return change(back, { next: next ?? (choosing ? "language" : "greeting") });
  return change(announce(back, "line_back_tpl"), { next: choosing ? "language" : "answer", waitingSinceMs: nowMs });
}

/** The call is over. What the caller said last is still written down if the model is about to tell. */
export function lineClosed(step: Step, nowMs: number): Step {
  const { turns, model, lineClosed: already } = step.session;
  if (already) return step;
  if (Object.keys(turns).length === 0 || model !== "ready") return end(step, nowMs);
  return change(lineGone(step, nowMs), {
    phase: "leaving",
    lineClosed: true,
    hungUp: true,
    leaveByMs: nowMs + lastWordsMs,
    next: undefined,
    announcement: undefined,
    afterwards: undefined,
    transferUntilMs: undefined,
    reopenAtMs: undefined,
    waitingSinceMs: undefined,
    callerSpeaking: false,
    cutAtMs: undefined,
    digits: "",
    digitsAtMs: undefined,
    secret: undefined,
    choosing: undefined,
    handover: undefined,
    lineLostMs: undefined,
    playback: { sentMs: 0, endsAtMs: nowMs },
  });
}
