/**
 * Calls whose sound the model's service carries itself: it says when the caller begins to hear a response, when they have heard it, and how
 * much of one it threw away because they spoke. Words make the utterances here; there is no sound.
 */

import { playWords, wordsWithin } from "./carried-estimate.ts";
import { remember } from "./remembering.ts";
import type { Step, Utterance } from "./session-state.ts";
import { answered, awaitTruncation } from "./speaking.ts";
import { change } from "./step.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** The caller begins to hear a response. */
export function playing(step: Step, responseId: string, nowMs: number): Step {
  const { session } = step;
  const purpose = (session.responses.find((each) => each.id === responseId) ?? utteranceOf(step, responseId))?.purpose;
  if (purpose === undefined) return step;
  const begun = session.utterances.map((each) =>
    each.responseId === responseId && !each.cut ? { ...each, startsAtMs: nowMs } : each,
  );
  const heard = change(step, {
    ...(isBeside(purpose) ? {} : answered),
    floor: responseId,
    lastSpokenResponse: responseId,
    lastActivityMs: nowMs,
    playback: { sentMs: 0, endsAtMs: nowMs },
  });
  return playWords(heard, begun);
}

/** The caller has heard a response to its end. */
export function played(step: Step, responseId: string, nowMs: number): Step {
  const { session } = step;
  const over = session.utterances.filter((each) => each.responseId === responseId && !each.cut);
  const utterances = session.utterances.filter((each) => !over.includes(each));
  const mine = session.floor === responseId || over.length > 0;
  const quiet = mine ? { floor: undefined, playback: { sentMs: 0, endsAtMs: nowMs }, lastActivityMs: nowMs } : {};
  return over.reduce((so, each) => remember(so, each, nowMs, each.text.trim()), change(step, { utterances, ...quiet }));
}

/** The caller has heard only `heardMs` of one of the items; nothing more of it comes. */
export function truncated(step: Step, itemId: string, heardMs: number, nowMs: number): Step {
  const { session } = step;
  const utterance = session.utterances.find((each) => each.itemId === itemId);
  if (!utterance) return step;
  const utterances = session.utterances.filter((each) => each !== utterance);
  const responses = session.responses.map((each) => (each.id === utterance.responseId ? { ...each, cut: true } : each));
  const floor = session.floor === utterance.responseId ? undefined : session.floor;
  const over = change(step, { utterances, responses, floor, playback: { sentMs: 0, endsAtMs: nowMs } });
  return remember(over, utterance, nowMs, wordsWithin(utterance.text, heardMs));
}

/** The service has stopped a response by itself, because the caller spoke: what it had played of it is told next. */
export function stoppedByService(step: Step, responseId: string, nowMs: number): Step {
  return awaitTruncation(step, (each) => each.responseId === responseId, nowMs);
}

function utteranceOf({ session }: Step, responseId: string): Utterance | undefined {
  return session.utterances.find((each) => each.responseId === responseId);
}
