/** What was said goes into the record: as far as it was heard, and under the model's own id. */
import type { Message } from "../calls/call.ts";
import { heardWords } from "./playback.ts";
import { saidLately } from "./repetition.ts";
import type { Session, Step, Utterance } from "./session-state.ts";
import { ask, change } from "./step.ts";
import { isBeside } from "./voice-model/voice-model.ts";

/** A frame of the phone and the network's jitter: who is cut this near the end has said it all. */
const endToleranceMs = 60;
/** The words of an utterance that the caller has heard. */
export function heardOf({ text, playback, complete }: Utterance, nowMs: number): string {
  return heardWords(text, playback, complete ? nowMs + endToleranceMs : nowMs).trim();
}

/** Into the record, as far as it was heard; `heard` where that is known better than by our own clock. */
export function remember(step: Step, utterance: Utterance, nowMs: number, heard?: string): Step {
  const content = heard ?? utterance.cut?.said ?? heardOf(utterance, nowMs);
  if (!content || isBeside(utterance.purpose)) return step;
  const { callId, lately } = step.session;
  const message = said(step.session, {
    id: `assistant:${utterance.itemId}`,
    atMs: utterance.startsAtMs,
    persona: "assistant",
    content,
  });
  return ask(change(step, { lately: saidLately(lately, content) }), { kind: "append", callId, message });
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
