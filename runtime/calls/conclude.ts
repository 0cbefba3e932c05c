/** How calls end: once in the record, whoever notices, and with their after-call work queued. */
import type { Services } from "../services/services.ts";
import type { Call, CallRecord, EndReason } from "./call.ts";
import { advance, type ResultInformation, reasonOf } from "./status.ts";

type Needs = Pick<Services, "store" | "afterCall" | "now" | "automation">;

/** Why a call ends when it is over now: a conversation is complete, one that nobody took ended as the network says. */
export const endedBecause = (record: CallRecord, result: ResultInformation): EndReason =>
  record.status === "connected" ? "completed" : reasonOf(result);

/**
 * Ends the record and queues the after-call work when there was a conversation. Safe to repeat: the work does each of its parts once.
 */
export async function conclude(
  { store, afterCall, now }: Pick<Needs, "store" | "afterCall" | "now">,
  callId: string,
  because: (record: CallRecord) => EndReason,
): Promise<CallRecord> {
  let spoke = false;
  const ended = await store.change(callId, (record) => {
    spoke = record.status === "connected" || record.ended_reason === "completed";
    return advance(record, "ended", because(record));
  });
  if (!spoke) return ended;
  await store.append(callId, {
    id: "disconnected",
    created_at: now().toISOString(),
    persona: "human",
    action: "hangup",
    content: "",
    style: "none",
    tool_calls: [],
  });
  await afterCall.add(callId);
  return ended;
}

/** Ends a call from our side: a ringing one is cancelled, a running one hung up. An ended call stays as it is. */
export async function hangUp(services: Needs, call: Call): Promise<CallRecord> {
  if (call.status === "ended") return call;
  if (call.connection_id) await services.automation.hangUp(call.connection_id);
  return conclude(services, call.call_id, (record) => (record.status === "connected" ? "completed" : "cancelled"));
}
