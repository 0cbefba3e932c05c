/** What the assistant says: sound on its way to the phone, what of it was heard, and what happens to the rest when it is cut. */
import type { Message } from "../calls/call.ts";
import { after, heardMs, heardWords, send } from "./playback.ts";
import type { Response, Session, Speech, Step, Utterance } from "./session-state.ts";
import { ask, change, command } from "./step.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** Sound of a response: played at once, or after the response that is speaking. */
export function speak(step: Step, responseId: string, speech: Speech, nowMs: number): Step {
  const { session } = step;
  const response = session.responses.find((each) => each.id === responseId);
  if (!response || response.cut) return step;
  if (response.purpose === "waiting" && session.waitingSinceMs === undefined) return cutResponse(step, response);
  if (session.floor !== undefined && session.floor !== responseId) {
    return change(step, { responses: replaced(session.responses, { ...response, held: [...response.held, speech] }) });
  }
  return play(step, response, speech, nowMs);
}

function play(step: Step, response: Response, { itemId, contentIndex, audio }: Speech, nowMs: number): Step {
  const { session } = step;
  const known = session.utterances.find((each) => each.itemId === itemId) ?? newUtterance(response, itemId);
  const first = known.playback.sentMs === 0;
  const playback = send(first ? after(session.playback) : known.playback, audio.durationMs, nowMs);
  const utterance: Utterance = {
    ...known,
    contentIndex,
    playback,
    startsAtMs: first ? playback.endsAtMs - audio.durationMs : known.startsAtMs,
  };
  const heard = isBeside(response.purpose) ? {} : { waitingSinceMs: undefined, waitingPhraseSaid: false, losses: 0, failures: 0 };
  return ask(
    change(step, {
      ...heard,
      utterances: withUtterance(session.utterances, utterance),
      playback,
      floor: response.id,
      lastSpokenResponse: response.id,
      lastActivityMs: nowMs,
    }),
    { kind: "play", audio },
  );
}

/** Words of what is being said; they may come before their sound. */
export function word(step: Step, responseId: string, itemId: string, text: string): Step {
  const { session } = step;
  const response = session.responses.find((each) => each.id === responseId);
  if (!response || response.cut) return step;
  const known = session.utterances.find((each) => each.itemId === itemId) ?? newUtterance(response, itemId);
  return change(step, { utterances: withUtterance(session.utterances, { ...known, text: known.text + text }) });
}

/** A response has been generated to its end; whoever waited for the floor speaks now. */
export function finish(step: Step, response: Response, nowMs: number): Step {
  const { session } = step;
  const held = response.held.length > 0 && !response.cut;
  const utterances = held ? session.utterances : completed(session.utterances, response.id);
  const responses = held
    ? replaced(session.responses, { ...response, ended: true })
    : session.responses.filter((each) => each.id !== response.id);
  const floor = session.floor === response.id ? undefined : session.floor;
  return passFloor(change(step, { utterances, responses, floor, lastActivityMs: nowMs }), nowMs);
}

function passFloor(step: Step, nowMs: number): Step {
  const { floor, responses } = step.session;
  const waiting = responses.find((each) => each.held.length > 0);
  if (floor !== undefined || !waiting) return step;
  const heard = waiting.held.reduce((so, speech) => play(so, waiting, speech, nowMs), step);
  const rest = waiting.ended ? responses.filter((each) => each.id !== waiting.id) : replaced(responses, { ...waiting, held: [] });
  const utterances = waiting.ended ? completed(heard.session.utterances, waiting.id) : heard.session.utterances;
  return passFloor(change(heard, { responses: rest, utterances, floor: waiting.ended ? undefined : waiting.id }), nowMs);
}

function completed(utterances: readonly Utterance[], responseId: string): readonly Utterance[] {
  return utterances.map((each) => (each.responseId === responseId ? { ...each, complete: true } : each));
}

/**
 * The assistant is interrupted: the phone falls silent, what is being generated is cancelled, and both the model and the record keep only
 * what was heard.
 */
export function cut(step: Step, nowMs: number): Step {
  const { utterances, responses } = step.session;
  let so = utterances.length > 0 ? ask(step, { kind: "stop_playing" }) : step;
  for (const response of responses) so = cutResponse(so, response);
  for (const utterance of utterances) {
    if (isBeside(utterance.purpose)) continue;
    const { itemId, contentIndex, playback } = utterance;
    so = command(so, { kind: "truncate", itemId, contentIndex, heardMs: Math.floor(heardMs(playback, nowMs)) });
    so = remember(so, utterance, nowMs);
  }
  return change(so, { utterances: [], playback: { endsAtMs: nowMs, sentMs: 0 }, floor: undefined });
}

function cutResponse(step: Step, response: Response): Step {
  if (response.cut) return step;
  const { session } = step;
  if (response.ended) return change(step, { responses: session.responses.filter((each) => each.id !== response.id) });
  const responses = replaced(session.responses, { ...response, cut: true, held: [] });
  const floor = session.floor === response.id ? undefined : session.floor;
  return command(change(step, { responses, floor }), { kind: "cancel", responseId: response.id });
}

/** What a response that must not be heard gets instead of the phone. */
export function silence(step: Step, responseId: string): Step {
  const response = step.session.responses.find((each) => each.id === responseId);
  return response ? cutResponse(step, response) : step;
}

/** Takes what has been heard to its end off the line and into the record. */
export function settle(step: Step, nowMs: number): Step {
  const done = step.session.utterances.filter((each) => each.complete && each.playback.endsAtMs <= nowMs);
  if (done.length === 0) return step;
  const utterances = step.session.utterances.filter((each) => !done.includes(each));
  return done.reduce((so, each) => remember(so, each, nowMs), change(step, { utterances }));
}

/** The line is gone: the record keeps what was heard until now. */
export function lineGone(step: Step, nowMs: number): Step {
  return change(
    step.session.utterances.reduce((so, each) => remember(so, each, nowMs), step),
    { utterances: [], responses: [] },
  );
}

function remember(step: Step, utterance: Utterance, nowMs: number): Step {
  const content = heardWords(utterance.text, utterance.playback, nowMs).trim();
  if (!content || isBeside(utterance.purpose)) return step;
  const { callId } = step.session;
  const message = said(step.session, {
    id: `assistant:${utterance.itemId}`,
    atMs: utterance.startsAtMs,
    persona: "assistant",
    content,
  });
  return ask(step, { kind: "append", callId, message });
}

/** A message of the call's history. `id` is the model's own of what was said, so that a repetition is recognised. */
export function said(
  { language }: Session,
  message: { id: string; atMs: number; persona: "human" | "assistant"; content: string },
): Message {
  const { id, atMs, persona, content } = message;
  return {
    id,
    created_at: new Date(atMs).toISOString(),
    persona,
    action: "talk",
    content,
    style: "none",
    lang_short_code: language,
    tool_calls: [],
  };
}

function newUtterance(response: Response, itemId: string): Utterance {
  const { id: responseId, purpose } = response;
  return {
    itemId,
    responseId,
    purpose,
    contentIndex: 0,
    text: "",
    playback: { endsAtMs: 0, sentMs: 0 },
    startsAtMs: 0,
    complete: false,
  };
}

function withUtterance(utterances: readonly Utterance[], utterance: Utterance): readonly Utterance[] {
  return utterances.some((each) => each.itemId === utterance.itemId)
    ? utterances.map((each) => (each.itemId === utterance.itemId ? utterance : each))
    : [...utterances, utterance];
}

function replaced(responses: readonly Response[], response: Response): readonly Response[] {
  return responses.map((each) => (each.id === response.id ? response : each));
}
