/** Keys of the keypad: whose they are depends on what the call is about at the moment. */
import { decide } from "./handover.ts";
import { chooseByKey } from "./language-choice.ts";
import { typeSecret } from "./secret-digits.ts";
import type { Step } from "./session-state.ts";
import { cut } from "./speaking.ts";
import { change } from "./step.ts";
import { digitPauseMs } from "./timing.ts";
import { tell } from "./turns.ts";

/** A key interrupts like speech. Digits are for the model to understand and are not kept, since they may be a secret. */
export function press(step: Step, digit: string, nowMs: number): Step {
  if (step.session.phase !== "open") return step;
  if (step.session.handover) return decide(step, digit, nowMs);
  const heard = change(cut(step, nowMs), { lastActivityMs: nowMs, silencePrompts: 0 });
  const { secret, choosing, digits } = heard.session;
  if (secret) return typeSecret(heard, digit, nowMs);
  if (choosing) return chooseByKey(heard, choosing, digit, nowMs);
  return change(heard, { digits: digits + digit, digitsAtMs: nowMs + digitPauseMs });
}

/** No more digits are coming: the model learns which they were. */
export function passDigits(step: Step, nowMs: number): Step {
  const text = `The caller pressed ${[...step.session.digits].join(" ")} on the keypad.`;
  return tell(change(step, { digits: "", digitsAtMs: undefined }), text, nowMs);
}
