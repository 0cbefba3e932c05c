/**
 * Two calls of one session at once, for a moment: a browser that changes the model opens the newer call beside the older one. The older one goes
 * on until somebody is in the newer one, and for good when that one comes to nothing.
 */

import type { Turn } from "../../chat/record.ts";
import type { KeptCall } from "../../chat/session.ts";
import type { ChatCall, EndedBy } from "../../chat/watched-calls.ts";
import type { ServiceEvent } from "./service-events.ts";
import { pastTurn } from "./service-messages.ts";
import { adding, change, type Step, send, type Watch } from "./watch.ts";

/**
 * For so long both may be up and the newer one silent. Consent to receive expires after 30 s (RFC 7675, section 5.1), so a browser that has left
 * one of them, or never came, is known by then.
 */
export const bothUpMs = 60_000;

/** Whether the service tells of somebody at the other end: they were heard, typed, asked for an answer, or are played to. */
export function isSignOfLife(event: ServiceEvent, { ours, awaited }: Watch): boolean {
  switch (event.kind) {
    case "speech_started":
    case "committed":
    case "playing":
      return true;
    case "item_added":
      return event.item.role === "user" && !ours.has(event.item.itemId);
    case "response_created":
      return awaited === undefined;
    default:
      return false;
  }
}

/** Tells the model what was said in the older call since this one was told the past: before everything said in this one. */
export function tellSince(step: Step, turns: readonly Turn[]): Step {
  return turns.reduce((so, turn) => {
    const { mark, ours, resumed, lastPast = resumed ? undefined : "root" } = so.watch;
    const id = `${mark}_${ours.size}`;
    return send(change(so, { ours: adding(ours, id), lastPast: id }), pastTurn(id, turn, lastPast));
  }, step);
}

/** Open calls of the session that were opened before this one, oldest first. */
export function olderThan(
  { callId, openedAt }: { readonly callId: string; readonly openedAt: string },
  calls: readonly KeptCall[],
) {
  const isBefore = ({ at, id }: KeptCall): boolean => at < openedAt || (at === openedAt && id < `call:${callId}`);
  return calls.filter((each) => each.ended_at === undefined && isBefore(each));
}

/** Why a call is over that the person, or nobody we know of, has left: another model has come, or not. */
export function reasonOf({ callId, choice }: Pick<ChatCall, "callId" | "choice">, calls: readonly KeptCall[]): EndedBy {
  const at = calls.findIndex((each) => each.id === `call:${callId}`);
  const newer = calls.slice(at + 1).filter((each) => each.ended_at === undefined);
  return newer.some((each) => each.choice !== choice) ? "escalation" : "person";
}
