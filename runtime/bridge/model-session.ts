/**
 * The model's sessions: opened, lost, renewed. The phone stays up whatever becomes of them: what it was sent is still played, and the next
 * session goes on from the record, on another engine when this one would not say a word.
 */
import { dropTrial, trialAtMs } from "./preferred-engine.ts";
import type { Session, Step } from "./session-state.ts";
import { cut } from "./speaking.ts";
import { ask, change, command } from "./step.ts";
import { tellAnswers } from "./tooling.ts";
import { announce, leave, note } from "./turns.ts";
import type { Purpose } from "./voice-model/voice-model.ts";

/** Pauses before a session is opened again on an engine that is the last resort; one more loss without a word ends the call. */
const reopenDelaysMs = [0, 1_000, 3_000];
/** The pauses together take at most this share of the time a caller waits for an answer. */
const pauseShare = 0.5;

const lineBack =
  "The line was interrupted for a moment and is back, and the caller is told so. Go on where the conversation stopped; do not greet again.";

/** Asks for a session on the engine in turn. */
export function openModel(step: Step, nowMs: number): Step {
  const generation = step.session.opened + 1;
  const opening = {
    generation,
    opened: generation,
    model: "opening",
    modelSinceMs: nowMs,
    modelSpoke: false,
    reopenAtMs: undefined,
  } as const;
  return ask(change(step, opening), { kind: "open_model", generation, engine: step.session.engine });
}

export function modelReady(step: Step, nowMs: number): Step {
  const { session } = step;
  if (session.model !== "opening") return step;
  const ready = change(step, { model: "ready", modelSinceMs: nowMs, givenMs: 0, lastActivityMs: nowMs, notes: [] });
  const told = session.notes.reduce((so, text) => command(so, { kind: "note", text }), ready);
  return tellAnswers(session.lastSpokenResponse || hasReturned(session) ? told : begin(told));
}

/** The caller was with a person when the call came here, and is back; what is said about that is due. */
const hasReturned = ({ colleague, next }: Session): boolean => colleague !== undefined && next !== undefined;

/** The first words of a call: the choice of a language, the greeting, or that the line is back. */
function begin(step: Step): Step {
  const { resumed, languageMenu, languages, choosing } = step.session;
  if (resumed) return change(announce(note(step, lineBack), "line_back_tpl"), { next: "answer" });
  if (languageMenu === undefined || languages.length < 2) return change(step, { next: "greeting" });
  return change(step, { next: "language", choosing: choosing ?? { digits: "", digitsAtMs: undefined, failures: 0 } });
}

/** A session is gone, or as good as gone. */
export function modelLost(step: Step, nowMs: number): Step {
  const { session } = step;
  const { engine, ...counts } = engineAfterLoss(session);
  const trial = engine === session.engine ? {} : { trialAtMs: trialAtMs(session, engine, nowMs) };
  const lost = change(forgetSession(step, nowMs), { ...counts, engine, ...trial, lastActivityMs: nowMs });
  if (session.phase === "leaving") return change(lost, { next: undefined });
  const delayMs = pauseMs(lost.session);
  if (delayMs === undefined) return leave(cut(lost, nowMs), false, nowMs);
  return change(lost, { reopenAtMs: nowMs + delayMs });
}

/**
 * The service would not speak, over and over: another session has a try, on the next engine if there is one. When every attempt is used up,
 * the call is given up, with a goodbye if that at least is spoken.
 */
export function modelRefused(step: Step, nowMs: number): Step {
  const refused = change(step, { modelSpoke: false, failures: 0 });
  const { session } = refused;
  if (session.phase !== "open") return change(refused, { next: undefined });
  const isOver = pauseMs({ ...session, ...engineAfterLoss(session) }) === undefined;
  return isOver ? leave(cut(refused, nowMs), true, nowMs) : modelLost(refused, nowMs);
}

/** Before the service ends the session it is renewed, and the caller notices nothing. */
export function renewModel(step: Step, nowMs: number): Step {
  return openModel(forgetSession(step, nowMs), nowMs);
}

/** The AI takes no part in the call for now. */
export function closeModel(step: Step, nowMs: number): Step {
  const gone = change(forgetSession(step, nowMs), { next: undefined, announcement: undefined, waitingSinceMs: undefined });
  return ask(change(gone, { reopenAtMs: undefined }), { kind: "close_model" });
}

function forgetSession(step: Step, nowMs: number): Step {
  const { session } = step;
  const { requested, waitingSinceMs, responses } = session;
  const owing = requested || waitingSinceMs !== undefined || responses.some((each) => !each.cut && !each.ended);
  return change(dropTrial(step, nowMs), {
    model: "none",
    responses: [],
    floor: undefined,
    utterances: session.utterances.map((each) => ({ ...each, complete: true })),
    requested: false,
    announcing: false,
    briefing: false,
    briefStale: false,
    callerSpeaking: false,
    cutAtMs: undefined,
    turns: {},
    next: owing ? (session.next ?? owedWords(session)) : session.next,
  });
}

/** What a lost session was about to say. */
function owedWords({ choosing, handover }: Session): Purpose {
  if (choosing) return "language";
  return handover?.state === "briefing" ? "briefing" : "answer";
}

/** Which engine is next: the same one after it had spoken, otherwise another as long as one is left that has not failed in this row. */
function engineAfterLoss({
  modelSpoke,
  engine,
  engines,
  losses,
  failedEngines,
}: Session): Pick<Session, "engine" | "losses" | "failedEngines"> {
  if (modelSpoke) return { engine, losses: losses + 1, failedEngines };
  const failed = Math.min(failedEngines + 1, engines);
  const moves = failedEngines + 1 < engines;
  return { losses: losses + 1, failedEngines: failed, engine: moves ? (engine + 1) % engines : engine };
}

/** The pause before the next attempt: none on an engine that has not failed yet; undefined when every attempt is used up. */
function pauseMs({ losses, failedEngines, engines, flags }: Session): number | undefined {
  if (failedEngines > 0 && failedEngines < engines) return 0;
  const moves = Math.max(0, Math.min(failedEngines, engines - 1));
  const delayMs = reopenDelaysMs[losses - 1 - moves];
  if (delayMs === undefined || flags.answer_hard_timeout_sec === 0) return delayMs;
  const totalMs = reopenDelaysMs.reduce((sum, each) => sum + each, 0);
  return delayMs * Math.min(1, (flags.answer_hard_timeout_sec * 1_000 * pauseShare) / totalMs);
}
