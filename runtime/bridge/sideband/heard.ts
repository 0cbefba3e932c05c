/**
 * What was said, as far as it was heard. The service plays the assistant's sound itself: it says when a response begins to be heard, when it has
 * been heard, and how much of one it threw away because the person spoke. A turn is kept only after the usage of its response, so that whoever
 * finds the turn finds the cost as well.
 */
import { wordsWithin } from "../carried-estimate.ts";
import type { ServiceEvent } from "./service-events.ts";
import { adding, ask, change, type Step, type Utterance } from "./watch.ts";

type Of<Kind extends ServiceEvent["kind"]> = Extract<ServiceEvent, { kind: Kind }>;

export function assistantSays(step: Step, event: Of<"words">, nowMs: number): Step {
  const { utterances, kept, floor } = step.watch;
  const { itemId, responseId, spoken, whole } = event;
  const known = utterances.find((each) => each.itemId === itemId);
  if (kept.has(itemId) || known?.whole || known?.heard !== undefined) return step;
  const said: Utterance = {
    itemId,
    responseId,
    spoken,
    whole,
    text: whole ? event.text : `${known?.text ?? ""}${event.text}`,
    beganMs: known?.beganMs ?? nowMs,
    playingSinceMs: known?.playingSinceMs ?? (floor === responseId ? nowMs : undefined),
    cutAfterMs: known?.cutAfterMs,
  };
  return change(step, { utterances: [...utterances.filter((each) => each !== known), said] });
}

export function playing(step: Step, responseId: string, nowMs: number): Step {
  const begun = changeEach(step, isOf(responseId), (each) => ({ ...each, playingSinceMs: each.playingSinceMs ?? nowMs }));
  return change(begun, { floor: responseId });
}

/** Heard to its end. */
export function played(step: Step, responseId: string): Step {
  const whole = changeEach(step, isOf(responseId), (each) => ({ ...each, heard: each.heard ?? each.text }));
  return keepHeard(quiet(whole, responseId));
}

export function cleared(step: Step, responseId: string, nowMs: number): Step {
  const cut = changeEach(step, isOf(responseId), (each) => ({
    ...each,
    cutAfterMs: each.playingSinceMs === undefined ? 0 : nowMs - each.playingSinceMs,
  }));
  return quiet(cut, responseId);
}

export function truncated(step: Step, itemId: string, heardMs: number): Step {
  const heard = changeEach(
    step,
    (each) => each.itemId === itemId,
    (each) => ({ ...each, heard: each.heard ?? wordsWithin(each.text, heardMs) }),
  );
  return keepHeard(heard);
}

/** What was cut a while ago, and the service has not said after how much. */
export function settleCut(step: Step): Step {
  const settled = changeEach(
    step,
    (each) => each.cutAfterMs !== undefined,
    (each) => ({ ...each, heard: each.heard ?? wordsWithin(each.text, each.cutAfterMs ?? 0) }),
  );
  return keepHeard(settled);
}

/** A response has been made, and metered: its text can be read at once, and what was broken off before it was played is never heard. */
export function made(step: Step, responseId: string, status: string): Step {
  const settled = changeEach(step, isOf(responseId), (each) => {
    if (!each.spoken) return { ...each, heard: each.heard ?? each.text };
    const unheard = status !== "completed" && each.playingSinceMs === undefined && each.cutAfterMs === undefined;
    return unheard ? { ...each, heard: each.heard ?? "" } : each;
  });
  return keepHeard(settled);
}

/** Nothing more comes: what is still being said was heard as far as our own clock knows. `which` leaves the others as they are. */
export function settleAll(step: Step, nowMs: number, which: (utterance: Utterance) => boolean = () => true): Step {
  const settled = changeEach(step, which, (each) => ({ ...each, heard: each.heard ?? heardBy(each, nowMs) }));
  return keepHeard(settled, true);
}

function heardBy({ text, spoken, cutAfterMs, playingSinceMs }: Utterance, nowMs: number): string {
  if (!spoken) return text;
  const heardMs = cutAfterMs ?? (playingSinceMs === undefined ? 0 : nowMs - playingSinceMs);
  return heardMs > 0 ? wordsWithin(text, heardMs) : "";
}

export function personSaid(step: Step, itemId: string, text: string, nowMs: number): Step {
  const { kept, committed } = step.watch;
  const content = text.trim();
  if (content === "" || kept.has(itemId)) return step;
  const turn = { persona: "human", content } as const;
  return ask(change(step, { kept: adding(kept, itemId) }), {
    kind: "keep_turn",
    itemId,
    turn,
    atMs: committed.get(itemId) ?? nowMs,
  });
}

/** Keeps what is known to have been heard, of metered responses alone unless nothing will be metered any more. */
function keepHeard(step: Step, atLast = false): Step {
  const { utterances, metered } = step.watch;
  const due = utterances.filter((each) => each.heard !== undefined && (atLast || metered.has(each.responseId)));
  if (due.length === 0) return step;
  const left = change(step, { utterances: utterances.filter((each) => !due.includes(each)) });
  return due.reduce((so, { itemId, heard = "", beganMs }) => {
    const { kept } = so.watch;
    const content = heard.trim();
    if (kept.has(itemId)) return so;
    const noted = change(so, { kept: adding(kept, itemId) });
    if (content === "") return noted;
    return ask(noted, { kind: "keep_turn", itemId, turn: { persona: "assistant", content }, atMs: beganMs });
  }, left);
}

const quiet = (step: Step, responseId: string): Step =>
  step.watch.floor === responseId ? change(step, { floor: undefined }) : step;

const isOf =
  (responseId: string) =>
  (each: Utterance): boolean =>
    each.responseId === responseId;

function changeEach(step: Step, which: (each: Utterance) => boolean, how: (each: Utterance) => Utterance): Step {
  return change(step, { utterances: step.watch.utterances.map((each) => (which(each) ? how(each) : each)) });
}
