/**
 * Keys of the keypad: whose they are depends on what the call is about at the moment. Where the agent has digits that nobody may see, a key that
 * we have not asked for may be one of them, typed before the collection has begun: the model learns that keys were pressed, never which.
 */
import { decide } from "./handover.ts";
import { chooseByKey } from "./language-choice.ts";
import { typeSecret } from "./secret-digits.ts";
import type { Session, Step } from "./session-state.ts";
import { cut } from "./speaking.ts";
import { change } from "./step.ts";
import { digitPauseMs } from "./timing.ts";
import { tell } from "./turns.ts";

/** The model answers within this, and begins a collection to which what was typed before belongs. */
const heldForMs = 10_000;

const withheld =
  "The caller pressed keys on the keypad. Which ones is kept from you, since they may be secret. If they are digits that collect_digits has typed, use it now: what was just typed counts. Otherwise ask for the answer in words.";

/** A key interrupts like speech. Digits are for the model to understand and are not kept, since they may be a secret. */
export function press(step: Step, digit: string, nowMs: number): Step {
  if (step.session.phase !== "open") return step;
  if (step.session.handover) return decide(step, digit, nowMs);
  const heard = change(cut(step, nowMs), { lastActivityMs: nowMs, silencePrompts: 0 });
  const { secret, choosing, digits } = heard.session;
  if (secret) return typeSecret(heard, digit, nowMs);
  if (choosing) return chooseByKey(heard, choosing, digit, nowMs);
  return change(heard, { digits: digits + digit, digitsAtMs: nowMs + digitPauseMs, digitsHeld: false });
}

/** No more digits are coming: the model learns which they were, or that there were some. Those that nothing came of are forgotten. */
export function passDigits(step: Step, nowMs: number): Step {
  const { digits, secretKeys, digitsHeld } = step.session;
  const forgotten = change(step, { digits: "", digitsAtMs: undefined, digitsHeld: false });
  if (digitsHeld) return forgotten;
  if (secretKeys) return tell(change(step, { digitsHeld: true, digitsAtMs: nowMs + heldForMs }), withheld, nowMs);
  return tell(forgotten, `The caller pressed ${[...digits].join(" ")} on the keypad.`, nowMs);
}

/** Keys are being pressed that may be secret. */
export const isTyping = ({ secretKeys, digitsAtMs, digitsHeld }: Session, nowMs: number): boolean =>
  secretKeys && digitsAtMs !== undefined && nowMs < digitsAtMs && !digitsHeld;
