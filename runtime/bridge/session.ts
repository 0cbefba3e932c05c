/**
 * One call, decided: each timed event moves the session forward and asks for effects. No socket, clock or service is in here, so a whole
 * call with every fault can be replayed in a millisecond.
 */
import type { CallNews } from "../calls/news.ts";
import type { Flags } from "../flags.ts";
import { colleagueGone, handoverFailed, joined } from "./handover.ts";
import { isTyping, passDigits, press } from "./keypad.ts";
import { choiceFailed, chooseTyped } from "./language-choice.ts";
import { lineClosed, lineInterrupted, lineResumed } from "./line.ts";
import { hearLateWords, hearModel } from "./listening.ts";
import { modelLost, openModel, renewModel } from "./model-session.ts";
import { dropTrial, hearTrial, takeTrial, tryPreferred } from "./preferred-engine.ts";
import { keepUnfinished } from "./remembering.ts";
import { digitsLate, silenceLike } from "./secret-digits.ts";
import type { Session, SessionEvent, Step } from "./session-state.ts";
import { cut, settle } from "./speaking.ts";
import { ask, change, command } from "./step.ts";
import type { TelephoneEvent } from "./telephone/telephone.ts";
import { think } from "./thinking.ts";
import { deadlines, isQuiet, nextDeadlineMs } from "./timing.ts";
import { toolDone } from "./tool-effects.ts";
import { end, hangUp, leave, note, proceed, tell, transferFailed } from "./turns.ts";
import { apologise, askForPatience, askWhetherThere } from "./waiting.ts";

/** What one moment may set off, one thing following from another; a call never comes near it. */
const mostRounds = 16;

/**
 * Moves a call by one event at `nowMs` (milliseconds since the epoch, never backwards). After the effect `end` nothing is ever asked again.
 */
export function step(session: Session, event: SessionEvent, nowMs: number): Step {
  const start: Step = { session, effects: [] };
  if (session.phase === "ended") return start;
  if (session.phase === "new") return event.kind === "start" ? begin(start, nowMs) : start;
  // Sound from the caller is nearly every event there is, and nothing else changes with it.
  if (event.kind === "phone" && event.event.kind === "audio") return hear(start, event.event, nowMs);
  return follow(happen(settle(start, nowMs), event, nowMs), nowMs);
}

/** Does what follows by itself, until nothing more is due at this moment. */
function follow(happened: Step, nowMs: number): Step {
  let so = happened;
  for (let round = 0; round < mostRounds && so.session.phase !== "ended"; round++) {
    const fired = fire(settle(so, nowMs), nowMs);
    so = fired.session.phase === "ended" ? fired : proceed(fired, nowMs);
    if ((nextDeadlineMs(so.session) ?? Number.POSITIVE_INFINITY) > nowMs) break;
  }
  return so;
}

function begin(step: Step, nowMs: number): Step {
  const opened = change(step, { phase: "open", startedAtMs: nowMs, lastActivityMs: nowMs });
  const connected = ask(opened, { kind: "connected" });
  return step.session.handover ? connected : openModel(connected, nowMs);
}

/** While a secret is typed, or may be, the model hears silence, so that no tone and no digit read aloud reaches it. */
function hear(step: Step, { audio }: Extract<TelephoneEvent, { kind: "audio" }>, nowMs: number): Step {
  const { model, givenMs, secret, handover, carried } = step.session;
  if (model !== "ready" || handover || carried) return step;
  const heard = secret || isTyping(step.session, nowMs) ? silenceLike(audio) : audio;
  return command(change(step, { givenMs: givenMs + audio.durationMs }), { kind: "hear", audio: heard });
}

function happen(step: Step, event: SessionEvent, nowMs: number): Step {
  const { session } = step;
  switch (event.kind) {
    case "phone":
      return hearPhone(step, event.event, nowMs);
    case "model":
      if (event.generation === session.trial?.generation) return hearTrial(step, event, nowMs);
      return listensTo(session, event) ? hearModel(step, event.event, nowMs) : hearLateWords(step, event.event, nowMs);
    case "tool_done":
      return toolDone(step, event, nowMs);
    case "briefed":
      return change(step, { briefing: false });
    case "transfer_refused":
      return handOverRefused(step, nowMs);
    case "news":
      return session.phase === "open" ? hearNews(step, event.news, nowMs) : step;
    case "flags":
      return change(step, { flags: event.flags, briefStale: session.briefStale || briefChanges(session.flags, event.flags) });
    case "phrases":
      if (event.language !== session.language) return step;
      return change(step, { phrases: event.phrases, phrasesLanguage: event.language, phrasesByMs: undefined });
    case "move":
      return end(step, nowMs);
    case "stop":
      return stop(step, nowMs);
    case "start":
    case "tick":
      return step;
  }
}

/** Nobody is left to talk with the caller, unless a person is. */
function stop(step: Step, nowMs: number): Step {
  const { hungUp, handover } = step.session;
  const leaves = hungUp || handover?.state === "taken";
  return end(leaves ? step : ask(change(step, { hungUp: true }), { kind: "hang_up" }), nowMs);
}

function hearPhone(step: Step, event: TelephoneEvent, nowMs: number): Step {
  switch (event.kind) {
    case "audio":
      return step;
    case "digit":
      return press(step, event.digit, nowMs);
    case "interrupted":
      return lineInterrupted(step, nowMs);
    case "resumed":
      return lineResumed(step, nowMs);
    case "closed":
      return lineClosed(step, nowMs);
  }
}

/** Only the present session counts, and before it is ready only whether it becomes so. */
function listensTo({ generation, model }: Session, news: Extract<SessionEvent, { kind: "model" }>): boolean {
  if (news.generation !== generation || model === "none") return false;
  return model === "ready" || news.event.kind === "ready" || news.event.kind === "closed";
}

/** What the model is told about turn detection is out of date. */
function briefChanges(before: Flags, now: Flags): boolean {
  return (
    before.vad_threshold !== now.vad_threshold ||
    before.vad_silence_timeout_ms !== now.vad_silence_timeout_ms ||
    before.vad_cutoff_timeout_ms !== now.vad_cutoff_timeout_ms ||
    before.recognition_stt_complete_timeout_ms !== now.recognition_stt_complete_timeout_ms
  );
}

function hearNews(step: Step, news: CallNews, nowMs: number): Step {
  const { session } = step;
  switch (news.kind) {
    case "joined":
      return joined(step, nowMs);
    case "left":
      return session.handover ? colleagueGone(step, nowMs) : step;
    case "transfer_failed":
      if (session.handover && session.handover.state !== "taken") return handoverFailed(step, nowMs, true);
      return session.transferUntilMs === undefined ? step : transferFailed(step, nowMs);
    case "whisper": {
      const text = `A supervisor tells you, unheard by the caller: ${news.text}`;
      return isQuiet(session) ? tell(step, text, nowMs) : note(step, text);
    }
    case "digit":
      return press(step, news.digit, nowMs);
    case "end":
      return leave(cut(step, nowMs), true, nowMs);
  }
}

function handOverRefused(step: Step, nowMs: number): Step {
  if (step.session.handover) return handoverFailed(step, nowMs);
  return step.session.transferUntilMs === undefined ? step : transferFailed(step, nowMs);
}

/** Does whatever has become due. */
function fire(step: Step, nowMs: number): Step {
  const { session } = step;
  const due = deadlines(session);
  const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  if (isDue(due.leave)) return session.hungUp ? end(step, nowMs) : hangUp(step, nowMs);
  if (isDue(due.line)) return end(step, nowMs);
  if (isDue(due.longest)) return leave(cut(step, nowMs), true, nowMs);
  if (isDue(due.opening) || isDue(due.stalled)) return modelLost(step, nowMs);
  if (isDue(due.renew)) return renewModel(step, nowMs);
  let so = step;
  if (isDue(due.cut)) so = interrupt(so, nowMs);
  if (isDue(due.keep)) so = keepUnfinished(so, nowMs);
  if (isDue(due.digits)) so = passDigits(so, nowMs);
  if (isDue(due.choiceDigits)) so = chooseTyped(so, nowMs);
  if (isDue(due.secret)) so = digitsLate(so, nowMs);
  if (isDue(due.phrases)) so = change(so, { phrasesByMs: undefined });
  if (isDue(due.hard)) so = apologise(so, nowMs);
  else if (isDue(due.soft)) so = askForPatience(so, nowMs);
  else if (isDue(due.thinking)) so = think(so, nowMs);
  if (isDue(due.silence)) so = session.choosing ? choiceFailed(so, nowMs) : askWhetherThere(so, nowMs);
  if (isDue(due.transfer)) so = transferFailed(so, nowMs);
  if (isDue(due.handover)) so = handoverFailed(so, nowMs);
  if (isDue(due.reopen)) so = openModel(so, nowMs);
  if (isDue(due.tryAgain)) so = tryPreferred(so, nowMs);
  else if (isDue(due.takeTrial)) so = takeTrial(so, nowMs);
  else if (isDue(due.dropTrial)) so = dropTrial(so, nowMs);
  return so;
}

function interrupt(step: Step, nowMs: number): Step {
  const over = change(step, { cutAtMs: undefined });
  return step.session.phase === "open" ? change(cut(over, nowMs), { waitingSinceMs: undefined }) : over;
}
