/** What the model's session reports: the caller's speech and turns, responses as they come and go, and its own loss. */
import { played, playing, stoppedByService, truncated } from "./carried-sound.ts";
import { press } from "./keypad.ts";
import { chooseByWords, followLanguage } from "./language-choice.ts";
import { modelLost, modelReady, modelRefused } from "./model-session.ts";
import { said } from "./remembering.ts";
import { heardLately } from "./repetition.ts";
import type { Session, Step } from "./session-state.ts";
import { cut, finish, silence, speak, word } from "./speaking.ts";
import { ask, change } from "./step.ts";
import { stopThinking } from "./thinking.ts";
import { callTool } from "./tooling.ts";
import { leave } from "./turns.ts";
import { isBeside, type ModelEvent, type Purpose, type ResponseOutcome } from "./voice-model/voice-model.ts";

/** Responses in a row that may fail before the engine is given up. */
const mostFailures = 3;
/** The model is already answering: what was asked for is on its way. */
const alreadyAnswering = "conversation_already_has_active_response";

export function hearModel(before: Step, event: ModelEvent, nowMs: number): Step {
  const step = change(before, { modelHeardMs: nowMs });
  switch (event.kind) {
    case "ready":
      return modelReady(step, nowMs);
    case "speech_started":
      return speechStarted(step, event, nowMs);
    case "speech_stopped":
      return change(step, { callerSpeaking: false, cutAtMs: undefined, lastActivityMs: nowMs });
    case "turn_ended":
      return turnEnded(step, event.itemId, nowMs);
    case "turn_heard":
      return turnHeard(step, event, nowMs);
    case "response_started":
      return responseStarted(step, event.responseId, event.purpose, nowMs);
    case "speech":
      return step.session.carried ? step : speak(step, event.responseId, event, nowMs);
    case "words":
      return word(step, event.responseId, event.itemId, event.text);
    case "tool_call":
      return callTool(step, event, nowMs);
    case "response_ended":
      return responseEnded(step, event.responseId, event.outcome, nowMs);
    case "refused":
      return event.purpose ? refused(step, event.code, event.purpose, nowMs) : step;
    case "playing":
      return playing(step, event.responseId, nowMs);
    case "played":
      return played(step, event.responseId, nowMs);
    case "truncated":
      return truncated(step, event.itemId, event.heardMs, nowMs);
    case "digit":
      return press(step, event.digit, nowMs);
    case "closed":
      return modelLost(step, nowMs);
  }
}

/** Speech that lasts becomes an interruption; where the service carries the sound, it interrupts by itself. */
function speechStarted(
  before: Step,
  { audioStartMs, paddingMs }: Extract<ModelEvent, { kind: "speech_started" }>,
  nowMs: number,
): Step {
  if (isDeaf(before.session)) return before;
  const step = stopThinking(before, nowMs);
  const { givenMs, flags, carried } = step.session;
  const spokenMs = Math.max(0, givenMs - audioStartMs - paddingMs);
  const cutAtMs = carried ? undefined : nowMs + Math.max(0, flags.vad_cutoff_timeout_ms - spokenMs);
  return change(step, { callerSpeaking: true, cutAtMs, lastActivityMs: nowMs });
}

/** Nothing the caller says is meant for the assistant, or can reach it. */
function isDeaf({ handover, lineLostMs, lineClosed }: Session): boolean {
  return handover !== undefined || lineLostMs !== undefined || lineClosed;
}

/** The service answers a turn by itself, except while it is still answering the one before. */
function turnEnded(step: Step, itemId: string, nowMs: number): Step {
  const { session } = step;
  const heard = change(step, {
    turns: { ...session.turns, [itemId]: nowMs },
    callerSpeaking: false,
    cutAtMs: undefined,
    lastActivityMs: nowMs,
  });
  if (session.phase !== "open" || isDeaf(session)) return heard;
  const answering = session.responses.some((each) => !each.ended && !isBeside(each.purpose));
  // First words stay due, whatever the service answers by itself meanwhile.
  const first = session.next === "greeting" || session.next === "language" ? session.next : undefined;
  const answer = answering ? ({ next: first ?? "answer" } as const) : { requested: true, next: first };
  return change(heard, { ...answer, waitingSinceMs: nowMs, waitingPhraseSaid: false });
}

function turnHeard(
  step: Step,
  { itemId, text: said, language }: Extract<ModelEvent, { kind: "turn_heard" }>,
  nowMs: number,
): Step {
  const { [itemId]: atMs = nowMs, ...turns } = step.session.turns;
  const known = change(step, { turns });
  const text = said.trim();
  if (!text) return nothingHeard(known);
  const kept = keepTurn(known, itemId, atMs, text);
  const { session } = kept;
  if (session.phase !== "open" || isDeaf(session)) return kept;
  if (session.choosing) return chooseByWords(kept, text, language, nowMs);
  const { lately, machine } = heardLately(session.lately, text, [session.greeting, ...Object.values(session.phrases).flat()]);
  const compared = change(kept, { lately });
  return machine ? leave(cut(compared, nowMs), true, nowMs) : followLanguage(compared, text, language);
}

/** A session that was given up and is not closed yet may still tell what the caller had said to it. */
export function hearLateWords(step: Step, event: ModelEvent, nowMs: number): Step {
  const text = event.kind === "turn_heard" ? event.text.trim() : "";
  return event.kind === "turn_heard" && text ? keepTurn(step, event.itemId, nowMs, text) : step;
}

function keepTurn(step: Step, itemId: string, atMs: number, content: string): Step {
  const message = said(step.session, { id: `human:${itemId}`, atMs, persona: "human", content });
  return ask(change(step, { silencePrompts: 0 }), { kind: "append", callId: step.session.callId, message });
}

/** A noise, to which no answer may come: it is not waited for. One that comes all the same is heard. */
function nothingHeard(step: Step): Step {
  const { requested, responses, phase } = step.session;
  if (phase !== "open" || !requested || responses.length > 0) return step;
  return change(step, { requested: false, waitingSinceMs: undefined });
}

function responseStarted(step: Step, id: string, purpose: Purpose, nowMs: number): Step {
  const { session } = step;
  if (session.responses.some((each) => each.id === id)) return step;
  const responses = [...session.responses, { id, purpose, cut: false, ended: false, held: [] }];
  const announcing = session.announcing && (purpose === "waiting" || !isBeside(purpose));
  const known = change(step, { responses, announcing });
  if (isUnwanted(session, purpose)) return silence(isBeside(purpose) ? known : change(known, unheard(session)), id);
  if (isBeside(purpose)) return known;
  const started = change(known, { requested: false, lastActivityMs: nowMs });
  return change(started, session.phase === "open" ? { waitingSinceMs: session.waitingSinceMs ?? nowMs } : {});
}

/** What the service began to say by itself and nobody hears is said when somebody can. */
function unheard({ lineLostMs, lineOwes }: Session): Partial<Session> {
  return { requested: false, lineOwes: lineOwes || lineLostMs !== undefined };
}

/**
 * Whoever says goodbye begins no new subject, nobody talks over a caller who is heard to go on speaking, and a caller who is asked for
 * their language, on hold or cut off hears no answers.
 */
function isUnwanted(session: Session, purpose: Purpose): boolean {
  const { phase, lineClosed, lineLostMs, handover, choosing, next, callerSpeaking, cutAtMs, carried } = session;
  if (lineLostMs !== undefined) return true;
  if (phase === "leaving") return lineClosed || (!isBeside(purpose) && purpose !== "goodbye");
  if (handover) return purpose !== "briefing";
  if (purpose === "answer" && (choosing || next === "greeting")) return true;
  return !isBeside(purpose) && !carried && callerSpeaking && cutAtMs === undefined;
}

function responseEnded(step: Step, id: string, outcome: ResponseOutcome, nowMs: number): Step {
  const response = step.session.responses.find((each) => each.id === id);
  if (!response) return step;
  const stopped = step.session.carried && outcome === "cancelled" ? stoppedByService(step, id, nowMs) : step;
  const finished = finish(stopped, response, nowMs);
  const { purpose } = response;
  if (outcome !== "failed" || response.cut || (isBeside(purpose) && purpose !== "briefing")) return finished;
  return tryAgain(finished, purpose, nowMs);
}

function refused(step: Step, code: string, purpose: Purpose, nowMs: number): Step {
  const { requested, announcing } = step.session;
  if (purpose === "waiting" || (purpose === "apology" && !announcing)) return step;
  if (isBeside(purpose)) return retold(change(step, { announcing: false }), purpose, announcing, nowMs);
  // Its own answer to a turn comes first; then it is asked for our words again.
  if (code === alreadyAnswering && requested && (purpose === "greeting" || purpose === "language"))
    return change(step, { next: purpose });
  const free = change(step, { requested: false });
  return code === alreadyAnswering || !requested ? free : tryAgain(free, purpose, nowMs);
}

/** A briefing must be heard; a sentence in passing is not worth a second attempt. */
function retold(step: Step, purpose: Purpose, wasAnnouncing: boolean, nowMs: number): Step {
  return purpose === "briefing" && wasAnnouncing && step.session.handover ? tryAgain(step, purpose, nowMs) : step;
}

function tryAgain(step: Step, purpose: Purpose, nowMs: number): Step {
  const failures = step.session.failures + 1;
  const failed = change(step, { failures, next: step.session.next ?? purpose });
  return failures >= mostFailures ? modelRefused(failed, nowMs) : failed;
}
