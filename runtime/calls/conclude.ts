/** How calls end: once in the record, whoever notices, and with their after-call work queued. */
import type { Services } from "../services/services.ts";
import type { Call, CallRecord, EndReason } from "./call.ts";
import { disconnectedMark } from "./line-marks.ts";
import { advance, isConversationOver, type ResultInformation, reasonOf } from "./status.ts";
import type { CallStore } from "./store.ts";

type Needs = Pick<Services, "store" | "afterCall" | "now" | "lines">;

/** Why a call ends when it is over now: a conversation is complete, one that nobody took ended as the network says. */
export function endedBecause(record: CallRecord, result: ResultInformation): EndReason {
  // The end of a conversation may be told before its beginning.
  if (record.status === "connected" || isConversationOver(result)) return "completed";
  return record.direction === "inbound" ? "missed" : reasonOf(result);
}

/**
 * Ends the record and queues the after-call work when there was a conversation, then closes the call. Safe to repeat: what was left undone
 * is done then, and nothing is queued for a call that is closed. `at` (ISO 8601) is when the call ended.
 */
export async function conclude(
  { store, afterCall, now }: Pick<Needs, "store" | "afterCall" | "now">,
  callId: string,
  because: (record: CallRecord) => EndReason,
  at: string = now().toISOString(),
): Promise<CallRecord> {
  const ended = await store.change(callId, (record) => advance(record, "ended", because(record)));
  const spoke = ended.ended_reason === "completed" || (await wasConnected(store, callId));
  if (spoke) await store.append(callId, disconnectedMark(at));
  // The work after a call includes telling whoever wants to know that it is over, also when nobody took it.
  if ((spoke || ended.initiate.webhook_url) && (await store.isOpen(callId))) await afterCall.add(callId);
  await store.close(callId);
  return ended;
}

/** A conversation that did not end well was one all the same. */
const wasConnected = async (store: CallStore, callId: string): Promise<boolean> =>
  (await store.get(callId))?.messages.some((each) => each.id === "connected") ?? false;

/** Ends a call from our side: a ringing one is cancelled, a running one hung up. An ended call stays as it is. */
export async function hangUp(services: Needs, call: Call): Promise<CallRecord> {
  if (call.status === "ended") return call;
  const carrier = services.lines.of(call);
  if (call.connection_id) await carrier.hangUp(call.connection_id);
  const ended = await conclude(services, call.call_id, (record) => (record.status === "connected" ? "completed" : "cancelled"));
  // The carrier took it after we had looked; one that takes it from now on is told by `taken`.
  if (!call.connection_id && ended.connection_id) await carrier.hangUp(ended.connection_id);
  return ended;
}

/**
 * Keeps by which id of its own the carrier has a call that it was asked to dial or to answer. A call that was ended meanwhile is hung up:
 * whoever ended it had nothing to do so by. Throws when the record cannot be kept.
 */
export async function taken(
  { store, lines, log }: Pick<Services, "store" | "lines" | "log">,
  callId: string,
  connectionId: string,
): Promise<CallRecord> {
  const record = await store.change(callId, (each) => ({ ...advance(each, "ringing"), connection_id: connectionId }));
  if (await inProgress(store, { ...record, messages: [] })) return record;
  log.info({ callId }, "a call was ended before the carrier had it; it is hung up");
  // The callback of somebody who picks up all the same tries again.
  await lines
    .of(record)
    .hangUp(connectionId)
    .catch(() => log.error({ callId }, "a call that was ended before the carrier had it could not be hung up"));
  return record;
}

/**
 * The record under which the conversation on this call's line goes on: its own, or that of the last claim its caller has started on it. Undefined
 * when the conversation is over. By the records' own word: a number may have several calls at once, and a withheld one is everybody's.
 */
export async function inProgress(store: Pick<CallStore, "get">, call: Call): Promise<Call | undefined> {
  let current: Call | undefined = call;
  while (current?.status === "ended")
    current = current.continued_as === undefined ? undefined : await store.get(current.continued_as);
  return current;
}
