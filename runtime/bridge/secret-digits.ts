/**
 * Digits that nobody may see. While the caller types them the recording pauses and the model hears silence; they are handed to their
 * receiver and forgotten in the same step, and no other effect carries them.
 */
import { verificationCode } from "../agent.ts";
import type { ToolEffect } from "../calls/tools.ts";
import type { Audio } from "./audio.ts";
import type { Step, ToolRun } from "./session-state.ts";
import { ask, change } from "./step.ts";
import { answerTool, runningTool } from "./tooling.ts";

/** A caller who looks for a card types again within half a minute. */
const typingMs = 30_000;
/** Their receiver answers within this, or it is not known what became of them. */
const deliveryMs = 60_000;

const notPassedOn = "Nothing was passed on. Ask whether to try again, and if so use the tool again.";
const cannotHide =
  "Nothing was asked for: on this line the model's service hears the keypad itself, so digits would not stay secret. Offer another way, such as a call from a colleague.";

/** From now on what is typed is secret. Digits typed a moment early belong to it. */
export function collectDigits(
  step: Step,
  run: ToolRun,
  { name, least, most }: Extract<ToolEffect, { kind: "collect_digits" }>,
  nowMs: number,
): Step {
  const { session } = step;
  if (session.carried) return answerTool(step, run, cannotHide, nowMs);
  if (session.secret || session.phase !== "open" || session.handover)
    return answerTool(step, run, `The caller cannot type digits now. ${notPassedOn}`, nowMs);
  const secret = { toolCallId: run.toolCallId, name, least, most, digits: "", delivered: false, untilMs: nowMs + typingMs };
  const cleared = { digits: "", digitsAtMs: undefined, digitsHeld: false, waitingSinceMs: undefined, lastActivityMs: nowMs };
  const begun = ask(change(step, { secret, ...cleared }), { kind: "pause_recording" });
  return [...session.digits].reduce((so, digit) => typeSecret(so, digit, nowMs), begun);
}

/** A key while digits are secret: # is the end of them, * begins anew. */
export function typeSecret(step: Step, digit: string, nowMs: number): Step {
  const { secret } = step.session;
  if (!secret || secret.delivered) return step;
  const untilMs = nowMs + typingMs;
  if (digit === "*") return change(step, { secret: { ...secret, digits: "", untilMs } });
  if (digit === "#")
    return secret.digits.length < secret.least ? cancelDigits(step, "too few digits", nowMs) : deliver(step, nowMs);
  if (!/^\d$/.test(digit)) return step;
  const typed = change(step, { secret: { ...secret, digits: secret.digits + digit, untilMs } });
  return secret.digits.length + 1 >= secret.most ? deliver(typed, nowMs) : typed;
}

function deliver(step: Step, nowMs: number): Step {
  const { secret, callId } = step.session;
  if (!secret) return step;
  const { toolCallId, name, digits } = secret;
  return ask(
    change(step, { secret: { ...secret, digits: "", delivered: true, untilMs: nowMs + deliveryMs } }),
    { kind: "deliver_digits", callId, toolCallId, name, digits },
    { kind: "resume_recording" },
  );
}

/** No digit for too long, or no word from their receiver. */
export function digitsLate(step: Step, nowMs: number): Step {
  const { secret } = step.session;
  if (!secret?.delivered) return cancelDigits(step, "no complete number in time", nowMs);
  const run = runningTool(step, secret.toolCallId);
  const late = change(step, { secret: undefined });
  return run ? answerTool(late, run, "It is not known whether the digits arrived. Say so, and offer a callback.", nowMs) : late;
}

function cancelDigits(step: Step, what: string, nowMs: number): Step {
  const { secret } = step.session;
  const run = secret && runningTool(step, secret.toolCallId);
  const cancelled = ask(change(step, { secret: undefined }), { kind: "resume_recording" });
  return run ? answerTool(cancelled, run, `The caller typed ${what}. ${notPassedOn}`, nowMs) : cancelled;
}

/** Their tool has answered: what is typed and said is heard again. */
export function digitsAnswered(step: Step, run: ToolRun): Step {
  const { secret } = step.session;
  if (secret?.toolCallId !== run.toolCallId) return step;
  // A caller who has proven their number goes on with an earlier conversation, which the model's brief must hold.
  const proven = secret.name === verificationCode && secret.delivered;
  const heard = change(step, { secret: undefined, briefStale: step.session.briefStale || proven });
  return secret.delivered ? heard : ask(heard, { kind: "resume_recording" });
}

/** 24 kHz of two bytes: the base64 of three of them is four characters. */
const pcmBytesPerMs = 48;
/** Frames of a phone come in a handful of lengths. */
const silences = new Map<number, Audio>();
const mostSilences = 16;

/** Silence of the same length. One buffer serves every frame of a length. */
export function silenceLike({ durationMs }: Audio): Audio {
  const known = silences.get(durationMs);
  if (known) return known;
  const bytes = Math.round((durationMs * pcmBytesPerMs) / 2) * 2;
  const silence: Audio = { base64: Buffer.from(Buffer.alloc(bytes).toString("base64"), "latin1"), durationMs };
  if (silences.size < mostSilences) silences.set(durationMs, silence);
  return silence;
}
