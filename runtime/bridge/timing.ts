/** When something happens by itself: every deadline of a call follows from its state, so none can be forgotten or left behind. */
import { keepAtMs } from "./remembering.ts";
import type { Session } from "./session-state.ts";
import { settlesAtMs } from "./speaking.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** Digits that come closer together than this belong together. */
export const digitPauseMs = 1_500;
const minuteMs = 60_000;
/** The service ends a session after an hour (Azure OpenAI, realtime how-to): from here on it is renewed when nobody speaks, */
const renewFromMs = 50 * minuteMs;
/** and from here on whoever speaks. A carried call cannot outlast its session. */
const renewByMs = 58 * minuteMs;
/** Nobody speaks for so long that nobody is about to. */
const quietMs = 2_000;
/** A service that owes words and reports nothing for so long is lost, whatever the flags say. */
const stalledMs = 2 * minuteMs;
/** A session that does not open: soon when another engine is left to try, later when the engine's own limits come first. */
const openBeforeNextMs = 5_000;
const openAtLastMs = 12_000;
/** A session that is tried takes over in a pause of this length, which comes within this time. */
const trialPauseSec = 0.5;
const trialWaitsMs = 2 * minuteMs;
/** Between two thinking sounds, and before the first one after a lost session. */
const thinkingPauseMs = 2_500;
const fillerMs = 1_000;
/** Sound that does not come back by then does not come back. */
const lineBackMs = 20_000;
/** A briefing that has been heard is decided on within half a minute. */
const decideMs = 30_000;

export interface Deadlines {
  /** An utterance has been heard to its end. */
  readonly heard: number | undefined;
  /** What is being said is kept, in case nobody is left to finish it. */
  readonly keep: number | undefined;
  /** The caller has spoken long enough to interrupt. */
  readonly cut: number | undefined;
  /** No more digits are coming, or those that were held are forgotten. */
  readonly digits: number | undefined;
  readonly choiceDigits: number | undefined;
  readonly secret: number | undefined;
  /** The greeting waits no longer for its words. */
  readonly phrases: number | undefined;
  /** The caller has waited long enough to hear that we are at it. */
  readonly soft: number | undefined;
  /** The caller is still waiting. */
  readonly thinking: number | undefined;
  /** The caller has waited so long that we apologise. */
  readonly hard: number | undefined;
  readonly silence: number | undefined;
  /** The model's session does not open, says nothing though it owes words, or is too old. */
  readonly opening: number | undefined;
  readonly stalled: number | undefined;
  readonly renew: number | undefined;
  readonly reopen: number | undefined;
  /** The preferred engine is tried again, takes the conversation over, or is not waited for any longer. */
  readonly tryAgain: number | undefined;
  readonly takeTrial: number | undefined;
  readonly dropTrial: number | undefined;
  readonly transfer: number | undefined;
  readonly handover: number | undefined;
  readonly line: number | undefined;
  readonly leave: number | undefined;
  readonly longest: number | undefined;
}

/** Every deadline of a call in progress. A flag of 0 seconds means never. */
export function deadlines(session: Session): Deadlines {
  const { flags, model, phase, secret, choosing, handover, lineLostMs, playback } = session;
  const open = phase === "open";
  const lineUp = lineLostMs === undefined;
  // While the caller types a secret, is on hold or has no line, no clock of theirs runs.
  const atEase = open && lineUp && !secret && !handover;
  const waiting = atEase && model === "ready" && !session.callerSpeaking ? waitingFromMs(session) : undefined;
  const quiet = atEase && isQuiet(session) ? quietSinceMs(session) : undefined;
  const taken = handover?.state === "taken";
  return {
    heard: earliest(session.utterances.map((each) => settlesAtMs(session, each)).filter((each) => each !== undefined)),
    keep: earliest(session.utterances.map(keepAtMs).filter((each) => each !== undefined)),
    cut: session.cutAtMs,
    digits: model === "ready" && !isWorking(session) ? session.digitsAtMs : undefined,
    choiceDigits: choosing?.digitsAtMs,
    secret: secret?.untilMs,
    phrases: session.phrasesByMs,
    soft: session.waitingPhraseSaid || choosing ? undefined : later(waiting, flags.answer_soft_timeout_sec),
    thinking: atEase ? thinkingAtMs(session, waiting) : undefined,
    hard: later(waiting, flags.answer_hard_timeout_sec),
    silence: later(quiet, flags.phone_silence_timeout_sec),
    opening: model === "opening" ? session.modelSinceMs + openWithinMs(session) : undefined,
    stalled: open && model === "ready" && lineUp && isOwed(session) ? stalledFromMs(session) + stalledMs : undefined,
    renew: open && model === "ready" && !session.carried ? renewAtMs(session, quiet) : undefined,
    reopen: session.reopenAtMs,
    tryAgain: open && model === "ready" && lineUp && !handover ? session.trialAtMs : undefined,
    takeTrial: session.trial?.ready && isCalm(session) ? later(quiet, trialPauseSec) : undefined,
    dropTrial: dropTrialAtMs(session),
    transfer: session.transferUntilMs,
    handover: taken
      ? undefined
      : handover?.state === "briefing"
        ? Math.max(handover.untilMs, playback.endsAtMs + decideMs)
        : handover?.untilMs,
    line: lineUp ? undefined : lineLostMs + lineBackMs,
    leave: session.leaveByMs === undefined || session.hungUp ? session.leaveByMs : Math.max(session.leaveByMs, playback.endsAtMs),
    longest:
      open && !taken
        ? session.startedAtMs + (session.carried ? Math.min(session.longestMs, renewByMs) : session.longestMs)
        : undefined,
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
export function isQuiet(session: Session): boolean {
  const { model, responses, requested, announcing, next, waitingSinceMs, callerSpeaking, transferUntilMs } = session;
  const typing = session.digitsAtMs !== undefined && !session.digitsHeld;
  if (model !== "ready" || requested || announcing || next || waitingSinceMs !== undefined || callerSpeaking || typing)
    return false;
  if (session.handover || session.secret || session.lineLostMs !== undefined) return false;
  if (session.carried && session.utterances.length > 0) return false;
  return transferUntilMs === undefined && responses.every((each) => each.cut) && !isWorking(session);
}

function isWorking({ tools }: Session): boolean {
  return tools.some((each) => each.state === "running");
}

function quietSinceMs({ lastActivityMs, playback }: Session): number {
  return Math.max(lastActivityMs, playback.endsAtMs);
}

/** How long a session may take to open, within the time a caller waits for an answer. */
function openWithinMs({ engines, failedEngines, flags }: Session): number {
  if (failedEngines + 1 >= engines) return openAtLastMs;
  const { answer_hard_timeout_sec: hardSec } = flags;
  return hardSec === 0 ? openBeforeNextMs : Math.min(openBeforeNextMs, Math.max(1_000, (hardSec * 1_000) / 3));
}

/** When the next thinking sound is due: between the waiting phrase and the answer, or while the model is being fetched back. */
function thinkingAtMs(session: Session, waiting: number | undefined): number | undefined {
  const { flags, model, playback, carried, callerSpeaking, responses, utterances, waitingPhraseSaid } = session;
  if (carried || callerSpeaking || flags.answer_soft_timeout_sec === 0 || utterances.length > 0) return undefined;
  const since = Math.max(playback.endsAtMs, session.thinkingUntilMs ?? 0);
  if (model !== "ready") {
    const owed = session.lastSpokenResponse !== undefined && (session.waitingSinceMs !== undefined || session.next !== undefined);
    return owed
      ? Math.max(since + (session.thinkingUntilMs === undefined ? 0 : thinkingPauseMs), session.lastActivityMs + fillerMs)
      : undefined;
  }
  if (waiting === undefined || !waitingPhraseSaid || responses.some((each) => each.purpose === "waiting")) return undefined;
  return Math.max(since, waiting + flags.answer_soft_timeout_sec * 1_000) + thinkingPauseMs;
}

/** The service is to say something, and no tool of ours is what it waits for. */
function isOwed(session: Session): boolean {
  const { requested, announcing, waitingSinceMs, responses } = session;
  if (isWorking(session) || session.handover) return false;
  return requested || announcing || waitingSinceMs !== undefined || responses.some((each) => !each.ended);
}

function stalledFromMs({ modelHeardMs, lastActivityMs, waitingSinceMs, playback }: Session): number {
  return Math.max(modelHeardMs, lastActivityMs, waitingSinceMs ?? 0, playback.endsAtMs);
}

function renewAtMs(session: Session, quiet: number | undefined): number {
  const byMs = session.modelSinceMs + renewByMs;
  return quiet !== undefined && isCalm(session)
    ? Math.min(byMs, Math.max(session.modelSinceMs + renewFromMs, quiet + quietMs))
    : byMs;
}

/** Everything said has been heard and written down. */
const isCalm = ({ utterances, turns }: Session): boolean => utterances.length === 0 && Object.keys(turns).length === 0;

function dropTrialAtMs({ trial }: Session): number | undefined {
  return trial && trial.sinceMs + (trial.ready ? trialWaitsMs : openBeforeNextMs);
}

function later(fromMs: number | undefined, seconds: number): number | undefined {
  return fromMs === undefined || seconds === 0 ? undefined : fromMs + seconds * 1_000;
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
