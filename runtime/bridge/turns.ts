/** Whose turn it is: what the assistant says next, when it waits, and how the call is left. */
import { phrasesIn } from "./phrases.ts";
import type { Session, Step } from "./session-state.ts";
import { cut, lineGone } from "./speaking.ts";
import { ask, change, command } from "./step.ts";
import type { Purpose } from "./voice-model/voice-model.ts";

/** A goodbye that has not begun by then is not waited for: ten seconds, as call-center-ai grants it. */
const goodbyeMs = 10_000;
/** How long the network may take to end a call it was told to end. */
const hangUpMs = 5_000;
/** Ringing longer than this, the person called has not picked up. */
const transferMs = 60_000;

/** What happens by itself once nobody speaks: the brief is renewed, the next thing is said, what was promised is done. */
export function proceed(step: Step, nowMs: number): Step {
  const { session } = step;
  const { phase, model, next, requested, briefing, callerSpeaking, responses } = session;
  const talking = requested || briefing || responses.length > 0 || (phase === "open" && callerSpeaking);
  if (talking) return step;
  if (model === "ready" && session.briefStale) {
    const { callId, language, speed } = session;
    return ask(change(step, { briefStale: false, briefing: true }), { kind: "brief", callId, language, speed });
  }
  if (next) return model === "ready" && !waitsForTools(session) ? request(step, next, nowMs) : step;
  return session.utterances.length === 0 && session.playback.endsAtMs <= nowMs ? doAfterwards(step, nowMs) : step;
}

/** Several tools asked for at once are answered together. */
function waitsForTools({ tools, next }: Session): boolean {
  return next === "answer" && tools.some((each) => each.state === "running");
}

function request(step: Step, purpose: Purpose, nowMs: number): Step {
  const { session } = step;
  const waiting = session.phase === "open" ? { waitingSinceMs: session.waitingSinceMs ?? nowMs } : {};
  const say = wordsFor(session, purpose);
  return command(change(step, { ...waiting, requested: true, next: undefined }), {
    kind: "respond",
    purpose,
    ...(say === undefined ? {} : { say }),
  });
}

/** Our own words for a purpose; an answer is the model's to find. */
function wordsFor({ language, greeting, company }: Session, purpose: Purpose): string | undefined {
  const phrases = phrasesIn(language);
  switch (purpose) {
    case "greeting":
      return greeting;
    case "answer":
      return undefined;
    case "goodbye":
      return phrases.goodbye(company);
    default:
      return phrases[purpose];
  }
}

function doAfterwards(step: Step, nowMs: number): Step {
  const { afterwards, hungUp } = step.session;
  if (!afterwards || hungUp) return step;
  if (afterwards.kind === "hang_up") return hangUp(step, nowMs);
  const { to } = afterwards;
  return ask(change(step, { afterwards: undefined, transferUntilMs: nowMs + transferMs }), { kind: "transfer", to });
}

/** From here the call only ends: with a goodbye when the model can still say one. */
export function leave(step: Step, goodbye: boolean, nowMs: number): Step {
  if (step.session.phase !== "open") return step;
  return change(step, {
    phase: "leaving",
    next: goodbye && step.session.model === "ready" ? "goodbye" : undefined,
    afterwards: { kind: "hang_up" },
    leaveByMs: nowMs + goodbyeMs,
    transferUntilMs: undefined,
    reopenAtMs: undefined,
    waitingSinceMs: undefined,
    digits: "",
    digitsAtMs: undefined,
  });
}

export function hangUp(step: Step, nowMs: number): Step {
  return ask(change(step, { hungUp: true, afterwards: undefined, leaveByMs: nowMs + hangUpMs }), { kind: "hang_up" });
}

/** The call is over: what was heard is kept, everything is let go of, and nothing is asked again. */
export function end(step: Step, nowMs: number): Step {
  return ask(change(lineGone(step, nowMs), { phase: "ended" }), { kind: "close_model" }, { kind: "end" });
}

/** No answer in time: whatever was being generated is given up, and the caller is asked again. */
export function apologise(step: Step, nowMs: number): Step {
  const given = change(cut(step, nowMs), {
    responses: [],
    requested: false,
    next: undefined,
    waitingSinceMs: undefined,
    waitingPhraseSaid: false,
    lastActivityMs: nowMs,
  });
  return command(given, { kind: "respond", purpose: "apology", say: phrasesIn(step.session.language).apology });
}

/** The model learns something nobody said, and speaks about it. */
export function tell(step: Step, text: string, nowMs: number): Step {
  return change(command(step, { kind: "note", text }), { next: "answer", lastActivityMs: nowMs, waitingSinceMs: nowMs });
}

/** Every way a transfer fails leads back to the conversation. */
export function transferFailed(step: Step, nowMs: number): Step {
  const back = change(step, { transferUntilMs: undefined });
  if (back.session.model !== "ready") return back;
  return tell(
    back,
    "The transfer did not succeed; the caller is still on the line with you. Apologise and offer to note a callback.",
    nowMs,
  );
}
