/** What was said goes into the record: as far as it was heard, and under the model's own id. */
import type { Message } from "../calls/call.ts";
import { heardWords } from "./playback.ts";
import { saidLately } from "./repetition.ts";
import type { Session, Step, Utterance } from "./session-state.ts";
import { ask, change } from "./step.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** How often what is being said is kept, and how much of what comes is kept with it: a bridge that dies takes fewer words with it than that. */
const keepEveryMs = 2_000;
/** By then a word has been heard. */
const firstWordMs = 500;
/** A frame of the phone and the network's jitter: who is cut this near the end has said it all. */
const endToleranceMs = 60;
/** The words of an utterance that the caller has heard. */
export function heardOf({ text, playback, complete }: Utterance, nowMs: number): string {
  return heardWords(text, playback, complete ? nowMs + endToleranceMs : nowMs).trim();
}

/** Into the record, as far as it was heard; `heard` where that is known better than by our own clock. */
export function remember(step: Step, utterance: Utterance, nowMs: number, heard?: string): Step {
  const content = (heard ?? utterance.cut?.said ?? heardOf(utterance, nowMs)) || (utterance.kept?.heard ?? "");
  if (!content || isBeside(utterance.purpose)) return step;
  const { callId, lately } = step.session;
  const message = utteredMessage(step.session, utterance, content);
  return ask(change(step, { lately: saidLately(lately, content) }), { kind: "append", callId, message });
}

function utteredMessage(session: Session, { itemId, startsAtMs }: Utterance, content: string): Message {
  return said(session, { id: `assistant:${itemId}`, atMs: startsAtMs, persona: "assistant", content });
}

/** What is being said goes into the record as far as it will have been heard until it is kept again, should nobody be left to finish it. */
export function keepUnfinished(step: Step, nowMs: number): Step {
  const due = step.session.utterances.filter((each) => (keepAtMs(each) ?? nowMs + 1) <= nowMs);
  return due.reduce((so, utterance) => {
    const heard = heardOf(utterance, nowMs);
    const words = heard && heardOf(utterance, nowMs + keepEveryMs);
    const kept = { heard, words, againAtMs: nowMs + (heard ? keepEveryMs : firstWordMs) };
    const utterances = so.session.utterances.map((each) => (each === utterance ? { ...each, kept } : each));
    const after = change(so, { utterances });
    if (!words || words === utterance.kept?.words) return after;
    const message = utteredMessage(so.session, utterance, words);
    return ask(after, { kind: "keep_unfinished", callId: so.session.callId, message });
  }, step);
}

/** When an utterance is kept unfinished again, in milliseconds since the epoch; undefined once that would bring nothing. */
export function keepAtMs({ purpose, playback, startsAtMs, complete, cut, kept }: Utterance): number | undefined {
  if (isBeside(purpose) || cut || playback.sentMs === 0) return undefined;
  const atMs = kept?.againAtMs ?? startsAtMs + firstWordMs;
  return complete && atMs >= playback.endsAtMs ? undefined : atMs;
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
