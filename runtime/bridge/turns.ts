/** Whose turn it is: what the assistant says next, when it waits, and how the call is left. */
import type { PhraseName } from "../calls/phrase-book.ts";
import { type Phrased, phrase } from "./phrasing.ts";
import type { Session, Step } from "./session-state.ts";
import { cut, lineGone } from "./speaking.ts";
import { ask, change, command } from "./step.ts";
import { isBeside, type Purpose } from "./voice-model/voice-model.ts";

/** A goodbye that has not begun by then is not waited for: ten seconds, as call-center-ai grants it. */
const goodbyeMs = 10_000;
/** How long the network may take to end a call it was told to end. */
const hangUpMs = 5_000;
/** Ringing longer than this, the person called has not picked up. */
const transferMs = 60_000;

/** How long an invited person may let it ring. */
const ringMs = 45_000;

/** What happens by itself once nobody speaks: the brief is renewed, the next thing is said, what was promised is done. */
export function proceed(step: Step, nowMs: number): Step {
  const { session } = step;
  const { model, next, handover } = session;
  if (session.lineClosed) return Object.keys(session.turns).length > 0 && model === "ready" ? step : end(step, nowMs);
  if (isBusy(session)) return step;
  if (model === "ready" && session.briefStale) {
    const { callId, language, speed } = session;
    return ask(change(step, { briefStale: false, briefing: true }), { kind: "brief", callId, language, speed });
  }
  if (handover) return next === "briefing" && model === "ready" ? request(step, next, nowMs) : step;
  if (session.announcement && model === "ready") return announceNow(step, session.announcement, nowMs);
  if (next) return model === "ready" && !waitsForTools(session) && !waitsForPhrases(session) ? request(step, next, nowMs) : step;
  return session.utterances.length === 0 && session.playback.endsAtMs <= nowMs ? doAfterwards(step, nowMs) : step;
}

/** Somebody speaks or is about to, or there is no line to speak on. */
function isBusy({ phase, requested, briefing, announcing, responses, callerSpeaking, lineLostMs }: Session): boolean {
  if (requested || briefing || announcing || responses.length > 0) return true;
  return phase === "open" && (callerSpeaking || lineLostMs !== undefined);
}

/** Several tools asked for at once are answered together. */
function waitsForTools({ tools, next }: Session): boolean {
  return next === "answer" && tools.some((each) => each.state === "running");
}

/** The greeting in a language just chosen waits for its words. */
function waitsForPhrases({ next, phrasesByMs }: Session): boolean {
  return next === "greeting" && phrasesByMs !== undefined;
}

function request(step: Step, purpose: Purpose, nowMs: number): Step {
  const { session, text } = wordsFor(step.session, purpose);
  const waiting = session.phase === "open" ? { waitingSinceMs: session.waitingSinceMs ?? nowMs } : {};
  const asked = isBeside(purpose) ? { announcing: true } : { requested: true };
  const say = text === undefined ? {} : { say: text };
  return command(change({ ...step, session }, { ...waiting, ...asked, next: undefined }), { kind: "respond", purpose, ...say });
}

function announceNow(step: Step, name: PhraseName, nowMs: number): Step {
  const { session, text } = phrase(step.session, name);
  const waitingSinceMs = session.waitingSinceMs ?? nowMs;
  const said = change({ ...step, session }, { announcement: undefined, announcing: true, waitingSinceMs });
  return command(said, { kind: "respond", purpose: "apology", say: text });
}

/** Our own words for a purpose; an answer is the model's to find. */
function wordsFor(session: Session, purpose: Purpose): Phrased | { session: Session; text: string | undefined } {
  switch (purpose) {
    case "greeting":
      return greetingOf(session);
    case "language":
      return { session, text: session.languageMenu };
    case "answer":
      return { session, text: undefined };
    case "waiting":
      return phrase(session, "timeout_loading_tpl");
    case "apology":
      return phrase(session, "error_tpl");
    case "silence":
      return phrase(session, "timeout_silence_tpl");
    case "briefing": {
      const asked = phrase(session, "briefing_tpl");
      return { session: asked.session, text: `${session.handover?.briefing ?? ""} ${asked.text}`.trim() };
    }
    case "goodbye":
      return phrase(session, "goodbye_tpl");
  }
}

/** In a language chosen after the greeting was written: the book's; the model's own when that has not come. */
function greetingOf(session: Session): Phrased | { session: Session; text: undefined } {
  if (session.language === session.greetingLanguage) return { session, text: session.greeting };
  return session.language === session.phrasesLanguage ? phrase(session, "hello_tpl") : { session, text: undefined };
}

function doAfterwards(step: Step, nowMs: number): Step {
  const { afterwards, hungUp, warm, secret } = step.session;
  if (!afterwards || hungUp || (secret && afterwards.kind === "transfer")) return step;
  if (afterwards.kind === "hang_up") return hangUp(step, nowMs);
  const { to, briefing } = afterwards;
  const done = change(step, { afterwards: undefined });
  if (!warm || briefing === undefined)
    return ask(change(done, { transferUntilMs: nowMs + transferMs }), { kind: "transfer", to });
  const handover = { to, briefing, state: "ringing", untilMs: nowMs + ringMs } as const;
  return ask(change(done, { handover, digits: "", digitsAtMs: undefined }), { kind: "hold" }, { kind: "invite", to });
}

/** From here the call only ends: with a goodbye when the model can still say one. */
export function leave(step: Step, goodbye: boolean, nowMs: number): Step {
  if (step.session.phase !== "open") return step;
  return change(letGo(step), {
    phase: "leaving",
    next: goodbye && step.session.model === "ready" ? "goodbye" : undefined,
    afterwards: { kind: "hang_up" },
    leaveByMs: nowMs + goodbyeMs,
    transferUntilMs: undefined,
    reopenAtMs: undefined,
    waitingSinceMs: undefined,
    digits: "",
    digitsAtMs: undefined,
    announcement: undefined,
    secret: undefined,
    choosing: undefined,
    handover: undefined,
    phrasesByMs: undefined,
  });
}

/** What was begun with the line and is not finished is undone. */
function letGo(step: Step): Step {
  const { secret, handover } = step.session;
  const heard = secret && !secret.delivered ? ask(step, { kind: "resume_recording" }) : step;
  if (!handover || handover.state === "taken") return heard;
  return ask(heard, { kind: "dismiss", to: handover.to }, { kind: "unhold" });
}

export function hangUp(step: Step, nowMs: number): Step {
  return ask(change(step, { hungUp: true, afterwards: undefined, leaveByMs: nowMs + hangUpMs }), { kind: "hang_up" });
}

/** The call is over: what was heard is kept, everything is let go of, and nothing is asked again. */
export function end(step: Step, nowMs: number): Step {
  const over = change(lineGone(step, nowMs), { phase: "ended", secret: undefined, digits: "" });
  return ask(over, { kind: "close_model" }, { kind: "end" });
}

/** Whatever was being said or asked for is given up. */
export function giveUpAnswer(step: Step, nowMs: number): Step {
  return change(cut(step, nowMs), {
    responses: [],
    requested: false,
    announcing: false,
    announcement: undefined,
    next: undefined,
    waitingSinceMs: undefined,
    waitingPhraseSaid: false,
    lastActivityMs: nowMs,
  });
}

/** The model learns something that nobody said; once it listens, if it does not now. */
export function note(step: Step, text: string): Step {
  const { model, notes } = step.session;
  return model === "ready" ? command(step, { kind: "note", text }) : change(step, { notes: [...notes, text] });
}

/** The model learns something nobody said, and speaks about it. */
export function tell(step: Step, text: string, nowMs: number): Step {
  return change(note(step, text), { next: "answer", lastActivityMs: nowMs, waitingSinceMs: nowMs });
}

/** One of our own sentences comes before anything else that is said. */
export function announce(step: Step, announcement: PhraseName): Step {
  return change(step, { announcement });
}

/** Every way a transfer fails leads back to the conversation. */
export function transferFailed(step: Step, nowMs: number): Step {
  const text =
    "The transfer did not succeed, and the caller has just been told so; they are still on the line with you. Offer to note a callback.";
  return tell(announce(change(step, { transferUntilMs: undefined }), "calltransfer_failure_tpl"), text, nowMs);
}
