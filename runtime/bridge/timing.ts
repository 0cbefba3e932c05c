/** When something happens by itself: every deadline of a call follows from its state, so none can be forgotten or left behind. */
import type { Session } from "./session-state.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** No call lasts longer: the model's sessions end after an hour (Azure OpenAI, realtime how-to), and two bots would talk for ever. */
const longestCallMs = 3_600_000;

export interface Deadlines {
  /** An utterance has been heard to its end. */
  readonly heard: number | undefined;
  /** The caller has spoken long enough to interrupt. */
  readonly cut: number | undefined;
  /** No more digits are coming. */
  readonly digits: number | undefined;
  /** The caller has waited long enough to hear that we are at it. */
  readonly soft: number | undefined;
  /** The caller has waited so long that we apologise. */
  readonly hard: number | undefined;
  readonly silence: number | undefined;
  readonly reopen: number | undefined;
  readonly transfer: number | undefined;
  readonly leave: number | undefined;
  readonly longest: number | undefined;
}

/** Every deadline of a call in progress. A flag of 0 seconds means never. */
export function deadlines(session: Session): Deadlines {
  const { flags, model, phase } = session;
  const open = phase === "open";
  const waiting = open && model === "ready" && !session.callerSpeaking ? waitingFromMs(session) : undefined;
  const quiet = open && isQuiet(session) ? Math.max(session.lastActivityMs, session.playback.endsAtMs) : undefined;
  return {
    heard: earliest(session.utterances.flatMap((each) => (each.complete ? [each.playback.endsAtMs] : []))),
    cut: session.cutAtMs,
    digits: model === "ready" ? session.digitsAtMs : undefined,
    soft: session.waitingPhraseSaid ? undefined : later(waiting, flags.answer_soft_timeout_sec),
    hard: later(waiting, flags.answer_hard_timeout_sec),
    silence: later(quiet, flags.phone_silence_timeout_sec),
    reopen: session.reopenAtMs,
    transfer: session.transferUntilMs,
    leave:
      session.leaveByMs === undefined || session.hungUp
        ? session.leaveByMs
        : Math.max(session.leaveByMs, session.playback.endsAtMs),
    longest: open ? session.startedAtMs + longestCallMs : undefined,
  };
}

/** When the call must be looked at again though nothing happens, in milliseconds since the epoch; undefined when never. */
export function nextDeadlineMs(session: Session): number | undefined {
  if (session.phase === "new" || session.phase === "ended") return undefined;
  return earliest(Object.values(deadlines(session)).filter((each) => each !== undefined));
}

/** Since when the caller has heard nothing of an answer that is due, be it that none began or that one stopped in the middle. */
export function waitingFromMs(session: Session): number | undefined {
  const { playback, waitingSinceMs } = session;
  if (waitingSinceMs !== undefined)
    return session.waitingPhraseSaid ? waitingSinceMs : Math.max(waitingSinceMs, playback.endsAtMs);
  const stalled = session.responses.some((each) => !each.cut && !each.ended && !isBeside(each.purpose));
  return stalled || session.next ? Math.max(session.lastActivityMs, playback.endsAtMs) : undefined;
}

/** Nobody speaks, nobody is about to, and nothing is being done. */
function isQuiet(session: Session): boolean {
  const { model, responses, requested, next, waitingSinceMs, callerSpeaking, tools, digits, transferUntilMs } = session;
  if (model !== "ready" || requested || next || waitingSinceMs !== undefined || callerSpeaking || digits) return false;
  return transferUntilMs === undefined && responses.every((each) => each.cut) && !tools.some((each) => each.state === "running");
}

function later(fromMs: number | undefined, seconds: number): number | undefined {
  return fromMs === undefined || seconds === 0 ? undefined : fromMs + seconds * 1_000;
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
