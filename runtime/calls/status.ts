/** A call's status only ever moves forward, whatever order callbacks arrive in and however often. */
import type { CallRecord, CallStatus, EndReason } from "./call.ts";

const order: readonly CallStatus[] = ["created", "ringing", "connected", "ended"];

/** The record at `status`, or the same object when it is already there or beyond. Ending takes a reason, and the first one stays. */
export function advance(record: CallRecord, status: Exclude<CallStatus, "ended">): CallRecord;
export function advance(record: CallRecord, status: "ended", reason: EndReason): CallRecord;
export function advance(record: CallRecord, status: CallStatus, reason?: EndReason): CallRecord {
  if (order.indexOf(status) <= order.indexOf(record.status)) return record;
  const { media_nonce_sha256: _, ...rest } = record;
  return reason ? { ...rest, status, ended_reason: reason } : { ...record, status };
}

/** What Call Automation says about how something ended: an HTTP or SIP code, and a finer one. */
export interface ResultInformation {
  readonly code?: number | undefined;
  readonly subCode?: number | undefined;
}

/** Whether a call ended as conversations do: someone hung up (200, with a sub-code that carries no SIP failure). */
export const isConversationOver = ({ code, subCode }: ResultInformation): boolean => code === 200 && !(sipOf(subCode) >= 300);

/**
 * Why a call that nobody took ended. The telephone network answers in SIP codes: 486 and 600 busy, 603 declined, 480 and 408 nobody picked
 * up, 487 we stopped ringing (RFC 3261, section 21). They come as `code`, or as the last three digits of `subCode` (560486).
 */
export function reasonOf({ code, subCode }: ResultInformation): EndReason {
  for (const each of [sipOf(subCode), code]) {
    if (each === 486 || each === 600 || each === 603) return "busy";
    if (each === 480 || each === 408) return "no_answer";
    if (each === 487) return "cancelled";
  }
  return "failed";
}

const sipOf = (subCode: number | undefined): number => (subCode !== undefined && subCode >= 100_000 ? subCode % 1_000 : 0);
