/** What the assistant says: sound on its way to the phone, what of it was heard, and what happens to the rest when it is cut. */
import { generated, playWords } from "./carried-estimate.ts";
import { after, heardMs, send } from "./playback.ts";
import { heardOf, remember } from "./remembering.ts";
import type { Response, Session, Speech, Step, Utterance } from "./session-state.ts";
import { ask, change, command } from "./step.ts";
import { stopThinking } from "./thinking.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** How long the service may take to say how much of a cut utterance it had played (carried calls). */
const truncatedWithinMs = 1_000;
/** Played for longer than this beyond its estimated end, an utterance's end was not reported (carried calls). */
const playedWithinMs = 10_000;

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

/** What the first sound of an answer settles. */
export const answered = {
  waitingSinceMs: undefined,
  waitingPhraseSaid: false,
  modelSpoke: true,
  losses: 0,
  failedEngines: 0,
  failures: 0,
  hardTimeouts: 0,
} as const;

function play(before: Step, response: Response, { itemId, contentIndex, audio }: Speech, nowMs: number): Step {
  const step = stopThinking(before, nowMs);
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
  return ask(
    change(step, {
      ...(isBeside(response.purpose) ? {} : answered),
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
  const utterances = withUtterance(session.utterances, { ...known, text: known.text + text });
  return session.carried ? playWords(step, utterances) : change(step, { utterances });
}

/** A response has been generated to its end; whoever waited for the floor speaks now. */
export function finish(step: Step, response: Response, nowMs: number): Step {
  const { session } = step;
  const held = response.held.length > 0 && !response.cut;
  const utterances = held ? session.utterances : completed(session.utterances, response.id);
  const responses = held
    ? replaced(session.responses, { ...response, ended: true })
    : session.responses.filter((each) => each.id !== response.id);
  if (session.carried) return generated(change(step, { utterances, responses, lastActivityMs: nowMs }), response.id, nowMs);
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
  const { utterances, carried, thinkingUntilMs } = step.session;
  if (carried) return cutCarried(step, nowMs);
  const sounds = utterances.length > 0 || (thinkingUntilMs ?? 0) > nowMs;
  const silent = change(step, { thinkingUntilMs: undefined });
  return cutShort(sounds ? ask(silent, { kind: "stop_playing" }) : silent, nowMs);
}

/** What the phone was sent and has not played is lost, whoever threw it away. */
export function cutShort(step: Step, nowMs: number): Step {
  const { utterances, responses } = step.session;
  let so = step;
  for (const response of responses) so = cutResponse(so, response);
  for (const utterance of utterances) {
    if (isBeside(utterance.purpose)) continue;
    const { itemId, contentIndex, playback } = utterance;
    so = command(so, { kind: "truncate", itemId, contentIndex, heardMs: Math.floor(heardMs(playback, nowMs)) });
    so = remember(so, utterance, nowMs);
  }
  return change(so, { utterances: [], playback: { endsAtMs: nowMs, sentMs: 0 }, floor: undefined });
}

/** The service holds the sound: it is told to drop it, and says afterwards how much of it was heard. */
function cutCarried(step: Step, nowMs: number): Step {
  const { utterances, responses } = step.session;
  let so = step;
  for (const response of responses) so = cutResponse(so, response);
  if (utterances.some((each) => !each.cut)) so = command(so, { kind: "clear" });
  return awaitTruncation(so, () => true, nowMs);
}

/** Utterances of the service's that were cut keep our estimate of what was heard until the service says better. */
export function awaitTruncation(step: Step, which: (utterance: Utterance) => boolean, nowMs: number): Step {
  const untilMs = nowMs + truncatedWithinMs;
  const utterances = step.session.utterances.map((each) =>
    each.cut || !which(each) ? each : { ...each, complete: true, cut: { said: heardOf(each, nowMs), untilMs } },
  );
  return change(step, { utterances, playback: { endsAtMs: nowMs, sentMs: 0 }, floor: undefined });
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
  const done = step.session.utterances.filter((each) => (settlesAtMs(step.session, each) ?? nowMs + 1) <= nowMs);
  if (done.length === 0) return step;
  const utterances = step.session.utterances.filter((each) => !done.includes(each));
  return done.reduce((so, each) => remember(so, each, nowMs), change(step, { utterances }));
}

/** When an utterance is over, in milliseconds since the epoch; undefined while more of it may come. */
export function settlesAtMs({ carried }: Session, { complete, cut, playback }: Utterance): number | undefined {
  if (cut) return cut.untilMs;
  return complete ? playback.endsAtMs + (carried ? playedWithinMs : 0) : undefined;
}

/** The line is gone: the record keeps what was heard until now. */
export function lineGone(step: Step, nowMs: number): Step {
  return change(
    step.session.utterances.reduce((so, each) => remember(so, each, nowMs), step),
    { utterances: [], responses: [] },
  );
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
