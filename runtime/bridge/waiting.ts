/** What a caller hears who waits for an answer, or who says nothing. */
import { phrase } from "./phrasing.ts";
import type { Step } from "./session-state.ts";
import { change, command } from "./step.ts";
import { waitingFromMs } from "./timing.ts";
import { giveUpAnswer, leave, note } from "./turns.ts";

/** Answers in a row that may come too late before the call is left. */
const mostTimeouts = 3;

const offerPerson =
  "The caller has waited in vain for your answer twice. With your next words offer to put them through to a person if you can, or to have them called back.";

/** It takes longer than usual: the caller hears once that we are at it. */
export function askForPatience(step: Step, nowMs: number): Step {
  const waitingSinceMs = waitingFromMs(step.session) ?? nowMs;
  const { session, text } = phrase(step.session, "timeout_loading_tpl");
  const asked = change({ ...step, session }, { waitingPhraseSaid: true, waitingSinceMs });
  return command(asked, { kind: "respond", purpose: "waiting", say: text });
}

/** No answer in time: whatever was being generated is given up, and the caller is asked again; who waits in vain too often is let go. */
export function apologise(step: Step, nowMs: number): Step {
  const hardTimeouts = step.session.hardTimeouts + 1;
  const given = change(giveUpAnswer(step, nowMs), { hardTimeouts });
  if (hardTimeouts >= mostTimeouts) return leave(given, true, nowMs);
  const told = hardTimeouts === mostTimeouts - 1 ? note(given, offerPerson) : given;
  const { session, text } = phrase(told.session, "error_tpl");
  return command({ ...told, session }, { kind: "respond", purpose: "apology", say: text });
}

/** Nobody says anything: asked as often as the flag says, then the call says goodbye. */
export function askWhetherThere(step: Step, nowMs: number): Step {
  const { silencePrompts, flags } = step.session;
  if (silencePrompts >= flags.recognition_retry_max) return leave(step, true, nowMs);
  return change(step, { silencePrompts: silencePrompts + 1, next: "silence", lastActivityMs: nowMs });
}
