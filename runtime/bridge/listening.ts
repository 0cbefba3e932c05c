/** What the model's session reports: the caller's speech and turns, responses as they come and go, and its own loss. */
import type { Step } from "./session-state.ts";
import { cut, finish, said, silence, speak, word } from "./speaking.ts";
import { ask, change } from "./step.ts";
import { callTool, tellAnswers } from "./tooling.ts";
import { leave } from "./turns.ts";
import { isBeside, type ModelEvent, type Purpose, type ResponseOutcome } from "./voice-model/voice-model.ts";

/** Pauses before a lost session is opened again; a fourth loss without a word in between ends the call. */
const reopenDelaysMs = [0, 1_000, 3_000];
/** Responses in a row that may fail before the call is given up. */
const mostFailures = 3;
/** The model is already answering: what was asked for is on its way. */
const alreadyAnswering = "conversation_already_has_active_response";

export function hearModel(step: Step, event: ModelEvent, nowMs: number): Step {
  const { session } = step;
  switch (event.kind) {
    case "ready":
      return modelReady(step, nowMs);
    case "speech_started": {
      const spokenMs = Math.max(0, session.givenMs - event.audioStartMs - event.paddingMs);
      const leftMs = Math.max(0, session.flags.vad_cutoff_timeout_ms - spokenMs);
      return change(step, { callerSpeaking: true, cutAtMs: nowMs + leftMs, lastActivityMs: nowMs });
    }
    case "speech_stopped":
      return change(step, { callerSpeaking: false, cutAtMs: undefined, lastActivityMs: nowMs });
    case "turn_ended":
      return turnEnded(step, event.itemId, nowMs);
    case "turn_heard":
      return turnHeard(step, event.itemId, event.text.trim(), nowMs);
    case "response_started":
      return responseStarted(step, event.responseId, event.purpose, nowMs);
    case "speech":
      return speak(step, event.responseId, event, nowMs);
    case "words":
      return word(step, event.responseId, event.itemId, event.text);
    case "tool_call":
      return callTool(step, event, nowMs);
    case "response_ended":
      return responseEnded(step, event.responseId, event.outcome, nowMs);
    case "refused":
      return event.purpose ? refused(step, event.code, event.purpose, nowMs) : step;
    case "closed":
      return modelLost(step, nowMs);
  }
}

function modelReady(step: Step, nowMs: number): Step {
  const { session } = step;
  const ready = change(step, { model: "ready", givenMs: 0, lastActivityMs: nowMs });
  return tellAnswers(session.lastSpokenResponse ? ready : change(ready, { next: "greeting" }));
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
  if (session.phase !== "open") return heard;
  const answering = session.responses.some((each) => !each.ended && !isBeside(each.purpose));
  const answer = answering ? ({ next: "answer" } as const) : { requested: true, next: undefined };
  return change(heard, { ...answer, waitingSinceMs: nowMs, waitingPhraseSaid: false });
}

function turnHeard(step: Step, itemId: string, text: string, nowMs: number): Step {
  const { [itemId]: atMs = nowMs, ...turns } = step.session.turns;
  const known = change(step, { turns });
  if (!text) return known;
  const message = said(step.session, { id: `human:${itemId}`, atMs, persona: "human", content: text });
  return ask(change(known, { silencePrompts: 0 }), { kind: "append", callId: step.session.callId, message });
}

function responseStarted(step: Step, id: string, purpose: Purpose, nowMs: number): Step {
  const { session } = step;
  if (session.responses.some((each) => each.id === id)) return step;
  const responses = [...session.responses, { id, purpose, cut: false, ended: false, held: [] }];
  if (isBeside(purpose)) return change(step, { responses });
  const started = change(step, { responses, requested: false, lastActivityMs: nowMs });
  // Whoever says goodbye begins no new subject, and nobody talks over a caller who is heard to go on speaking.
  const unwanted = session.phase === "leaving" ? purpose !== "goodbye" : session.callerSpeaking && session.cutAtMs === undefined;
  if (unwanted) return silence(started, id);
  return change(started, session.phase === "open" ? { waitingSinceMs: session.waitingSinceMs ?? nowMs } : {});
}

function responseEnded(step: Step, id: string, outcome: ResponseOutcome, nowMs: number): Step {
  const response = step.session.responses.find((each) => each.id === id);
  if (!response) return step;
  const finished = finish(step, response, nowMs);
  if (outcome !== "failed" || response.cut || isBeside(response.purpose)) return finished;
  return tryAgain(finished, response.purpose, nowMs);
}

function refused(step: Step, code: string, purpose: Purpose, nowMs: number): Step {
  const { requested } = step.session;
  if (isBeside(purpose)) return step;
  const free = change(step, { requested: false });
  return code === alreadyAnswering || !requested ? free : tryAgain(free, purpose, nowMs);
}

function tryAgain(step: Step, purpose: Purpose, nowMs: number): Step {
  const failures = step.session.failures + 1;
  const failed = change(step, { failures });
  if (failures >= mostFailures) return leave(failed, false, nowMs);
  return change(failed, { next: failed.session.next ?? purpose });
}

/** The phone stays up: what it was sent is still played, and the session is opened again from the record. */
function modelLost(step: Step, nowMs: number): Step {
  const { session } = step;
  const owing =
    session.requested || session.waitingSinceMs !== undefined || session.responses.some((each) => !each.cut && !each.ended);
  const losses = session.losses + 1;
  const delayMs = reopenDelaysMs[losses - 1];
  const lost = change(step, {
    model: "none",
    losses,
    responses: [],
    floor: undefined,
    utterances: session.utterances.map((each) => ({ ...each, complete: true })),
    requested: false,
    briefing: false,
    briefStale: false,
    callerSpeaking: false,
    cutAtMs: undefined,
    turns: {},
    next: owing ? (session.next ?? "answer") : session.next,
    lastActivityMs: nowMs,
  });
  if (session.phase === "leaving") return change(lost, { next: undefined });
  if (delayMs === undefined) return leave(cut(lost, nowMs), false, nowMs);
  return change(lost, { reopenAtMs: nowMs + delayMs });
}
