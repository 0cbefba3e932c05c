/**
 * What a browser may do to its session, over a data channel that no server of ours stands in: talk, type, ask for answers. Our rules are said
 * again at once when it changes them, what it puts into the conversation in somebody else's name is taken out, and the second offence ends the
 * session.
 */
import type { AddedItem, Configured, ServiceEvent } from "./service-events.ts";
import { cancellation, configuration, deletion, transcribed } from "./service-messages.ts";
import { type Allowance, adding, change, type Rules, type Step, send } from "./watch.ts";

/** As much as the chat's own API takes (http/chat.ts). */
const longestText = 8_000;
const offencesAllowed = 1;

/**
 * Typed messages, and answers that nobody spoke for, a minute. A turn of speech lasts two seconds on average (Levinson and Torreira, "Timing in
 * turn-taking", 2015), and nobody types faster than people talk. What the microphone brings is not counted: coughs are no offence.
 */
const perMinute = 30;

/** The rules have been confirmed, or changed by somebody. */
export function checkRules(step: Step, configured: Configured, offend: Offend): Step {
  const { rules, transcribing } = step.watch;
  const written = isWritten(configured, rules);
  if (isAsRuled(configured, rules) && (written || !transcribing)) return change(step, { transcribing: written, astray: false });
  // The transcript is asked for apart, and is there again once that is confirmed.
  return offend(send(change(step, { transcribing: false, astray: true }), configuration(rules), transcribed(rules)));
}

/** Whether what is said into the microphone is written down as we asked. */
export const isWritten = ({ transcription }: Configured, rules: Rules): boolean => transcription === rules.transcription;

/** Whether the service holds our instructions, tools and limit. A tool's arguments are checked when it is called. */
export function isAsRuled({ instructions, tools, mostOutputTokens }: Configured, rules: Rules): boolean {
  const described = (each: { readonly name: string; readonly description: string }) => `${each.name}\n${each.description}`;
  const ours = rules.tools.map(described).sort();
  const theirs = tools.map(described).sort();
  return (
    instructions.trim() === rules.instructions.trim() &&
    mostOutputTokens <= rules.mostOutputTokens &&
    ours.length === theirs.length &&
    ours.every((each, at) => each === theirs[at])
  );
}

export type Offend = (step: Step) => Step;

/** An item that we did not create, and the microphone did not. */
export function checkItem(step: Step, item: AddedItem, nowMs: number, offend: Offend): Step {
  const { itemId, type, role } = item;
  const { ours, committed } = step.watch;
  if (ours.has(itemId) || committed.has(itemId)) return step;
  const foreign = type === "function_call_output" || (type === "message" && role === "system");
  if (foreign) return offend(send(step, deletion(itemId)));
  if (type !== "message" || role !== "user") return step;
  const { allowed, allowance } = take(step.watch.typed, nowMs);
  const { typedItems, turn } = step.watch;
  const typed = change(step, { typed: allowance, typedItems: adding(typedItems, itemId), turn: turn + 1 });
  return allowed && !item.other && item.characters <= longestText ? typed : offend(send(typed, deletion(itemId)));
}

/** A response that is made from now on. */
export function checkResponse(
  step: Step,
  { responseId, beside, mostOutputTokens = 0 }: Extract<ServiceEvent, { kind: "response_created" }>,
  nowMs: number,
  offend: Offend,
): Step {
  const { rules, answers, astray } = step.watch;
  const { allowed, allowance } = take(answers, nowMs);
  const counted = change(step, { answers: allowance });
  const tooLong = mostOutputTokens > rules.mostOutputTokens;
  if (allowed && !beside && !tooLong) return counted;
  const cancelled = send(counted, cancellation(responseId));
  // Before our rules are back it was made by those that were changed, which has been counted.
  return allowed && !beside && astray ? cancelled : offend(cancelled);
}

/** The next answer follows from words into the microphone, or we asked for it. */
export function expectAnswer(step: Step, nowMs: number): Step {
  const { left } = filled(step.watch.answers, nowMs);
  return change(step, { answers: { left: Math.min(perMinute, left + 1), atMs: nowMs } });
}

/** Whether one more offence ends the session. */
export const isIncorrigible = (offences: number): boolean => offences > offencesAllowed;

function take(allowance: Allowance, nowMs: number): { allowed: boolean; allowance: Allowance } {
  const { left } = filled(allowance, nowMs);
  return left < 1
    ? { allowed: false, allowance: { left, atMs: nowMs } }
    : { allowed: true, allowance: { left: left - 1, atMs: nowMs } };
}

const filled = ({ left, atMs }: Allowance, nowMs: number): Allowance => ({
  left: Math.min(perMinute, left + ((nowMs - atMs) / 60_000) * perMinute),
  atMs: nowMs,
});
