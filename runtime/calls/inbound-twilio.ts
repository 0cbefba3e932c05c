/**
 * Calls on a number that Twilio carries. Twilio asks what to do with a call as it rings and each time what it was told is done, and reports
 * how the call goes; every answer is TwiML. The same question asked twice gets the same answer, and its nonce opens one socket.
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Secrets } from "../services/secrets.ts";
import type { Services } from "../services/services.ts";
import type { TextQueue } from "../services/text-queue.ts";
import { digest } from "./addresses.ts";
import type { Call, CallRecord, EndReason } from "./call.ts";
import { withCallBack } from "./call-back.ts";
import { conclude, inProgress } from "./conclude.ts";
import { type Incoming, inboundRecord } from "./inbound-record.ts";
import { connectedMark } from "./line-marks.ts";
import { phoneNumber } from "./phone-number.ts";
import { phrasesIn } from "./phrases.ts";
import { resume } from "./resume.ts";
import { withheld } from "./sip-address.ts";
import { advance } from "./status.ts";
import { connectTwiml, hangUpTwiml, rejectTwiml, type Saying, type TwilioPlaces } from "./twiml.ts";
import { uuidOf } from "./uuid.ts";

export interface TwilioNeeds extends Pick<Services, "store" | "flags" | "afterCall" | "news" | "log" | "now" | "newNonce"> {
  readonly settings: TwilioPlaces & {
    readonly TWILIO_ACCOUNT_SID: string;
    readonly PHONE_NUMBER: string;
    readonly AGENT: string;
  };
  readonly secrets: Secrets;
  readonly texts: TextQueue;
}

/**
 * Pauses before each further attempt to get a call's sound to a bridge; when all were made within the time that counts, the caller is told and
 * the call ends. Together they take half a minute.
 */
const pausesSeconds = [0, 1, 2, 4, 8, 8] as const;
/** Sound that is lost now and then in a long call is no reason to end it. */
const lostWithinMs = 120_000;

/**
 * The numbers that Twilio shows for a caller who shows none: RESTRICTED, BLOCKED, UNKNOWN, ANONYMOUS and UNAVAILABLE on a keypad's letters
 * (Twilio help, "Why am I getting calls from these strange numbers?").
 */
const anonymous = new Set(["+7378742833", "+2562533", "+8656696", "+266696687", "+86282452253"]);

const sid = z.string().regex(/^CA[0-9a-f]{32}$/);
export const incomingSchema = z.object({
  AccountSid: z.string(),
  CallSid: sid,
  From: z.string().max(256),
  To: z.string().max(256),
  StirVerstat: z.string().max(64).optional(),
});
export type IncomingCall = z.infer<typeof incomingSchema>;

const statuses = [
  "queued",
  "initiated",
  "ringing",
  "in-progress",
  "completed",
  "busy",
  "no-answer",
  "failed",
  "canceled",
] as const;
export const statusSchema = z.object({ CallSid: sid, CallStatus: z.enum(statuses) });
export const lineSchema = z.object({ CallSid: sid, DialCallStatus: z.string().max(32).optional() });
export const streamSchema = z.object({ CallSid: sid, StreamEvent: z.string().max(32) });

/** The id of the call that Twilio knows by `callSid`, if the call came in. */
export const callIdOf = (callSid: string): string => uuidOf(`twilio ${callSid}`);

/** A call rings: what to do with it. Throws when a service fails; Twilio then tries the number's fallback address, or hangs up. */
export async function incomingTwilioCall(needs: TwilioNeeds, incoming: IncomingCall): Promise<string> {
  const { settings, store, secrets, log } = needs;
  if (incoming.AccountSid !== settings.TWILIO_ACCOUNT_SID || phoneNumber(incoming.To)?.e164 !== settings.PHONE_NUMBER) {
    log.warn("an incoming call is for an account or a number that is not ours; declined");
    return rejectTwiml();
  }
  const callId = callIdOf(incoming.CallSid);
  const authToken = await secrets.read("twilio-auth-token");
  if (!authToken) throw new Error("The auth token of the Twilio account is gone from the vault; no call can be taken.");
  const nonce = createHmac("sha256", authToken).update(`media ${callId}`).digest("base64url");
  const record = await inboundRecord(needs, incomingOf(callId, incoming, digest(nonce)));
  if (await store.create(record)) {
    if (record.verified) await resume(store, callId);
    log.info({ callId }, "incoming call answered");
  }
  const kept = await store.get(callId);
  if (kept?.media_nonce_sha256 === record.media_nonce_sha256) return connectTwiml({ callId, nonce }, settings);
  log.warn({ callId }, "an incoming call was delivered again; its sound is connected or it is over");
  return hangUpTwiml();
}

/** The stream has ended and the call has not: the caller is connected again, here or at another bridge, or told that it will not be. */
export async function lineEnded(needs: TwilioNeeds, call: Call): Promise<string> {
  const { store, now, log } = needs;
  const current = await inProgress(store, call);
  if (!current) return hangUpTwiml();
  const callId = current.call_id;
  const lately = (call.media_lost_at ?? []).filter((at) => now().getTime() - Date.parse(at) < lostWithinMs);
  const attempt = lately.length;
  const pauseSeconds = pausesSeconds[attempt];
  if (pauseSeconds === undefined) {
    log.error({ callId, attempts: attempt }, "the sound of a call did not come back; the caller is told, and the call is ended");
    await store.change(callId, (record) => withCallBack(record, now()));
    await conclude(needs, callId, () => "failed");
    return hangUpTwiml(said(current, "goodbye_tpl"));
  }
  log.warn({ callId, attempt: attempt + 1 }, "the sound of a call has ended; it is connected again");
  // The first time it is back before anybody could say so.
  const lost = { media_restarts: (call.media_restarts ?? 0) + 1, media_lost_at: [...lately, now().toISOString()] };
  return reconnected(
    needs,
    call,
    { pauseSeconds, ...(attempt > 0 ? { first: said(current, "timeout_loading_tpl") } : {}) },
    lost,
  );
}

/** The person whom the caller was handed over to has left, or never came. */
export async function transferEnded(needs: TwilioNeeds, call: Call, outcome: string | undefined): Promise<string> {
  const { store, news, log } = needs;
  const current = await inProgress(store, call);
  if (!current || outcome === "completed" || outcome === "answered") return hangUpTwiml();
  log.warn(
    { callId: current.call_id, outcome: outcome?.replace(/[^a-z-]/g, "") },
    "transfer failed; the caller goes on with the assistant",
  );
  const told = await news.publish(call.call_id, { kind: "transfer_failed" });
  // A bridge that still has the conversation says so itself.
  const first = told ? {} : { first: said(current, "calltransfer_failure_tpl") };
  return reconnected(needs, call, first);
}

/** Twilio has connected a socket, and with it the caller: from now on there is a conversation. */
export async function streamStarted({ store, now, log }: TwilioNeeds, call: Call, callSid: string): Promise<void> {
  await store.change(call.call_id, (record) => connected(record, callSid));
  await store.append(call.call_id, connectedMark(now().toISOString()));
  log.info({ callId: call.call_id }, "call connected");
}

/** How a call goes on, in Twilio's words; late, repeated and out of order. */
export async function twilioStatus(
  needs: TwilioNeeds,
  call: Call,
  { CallSid, CallStatus }: z.infer<typeof statusSchema>,
): Promise<void> {
  const { store, log } = needs;
  const callId = call.call_id;
  switch (CallStatus) {
    case "queued":
    case "initiated":
    case "ringing":
      await store.change(callId, (record) => withSid(advance(record, "ringing"), CallSid));
      return;
    case "in-progress":
      await store.change(callId, (record) => connected(record, CallSid));
      return;
    default: {
      const ended = await conclude(needs, callId, (record) => endedBy(record, CallStatus));
      log.info({ callId, reason: ended.ended_reason }, "call ended");
      // A caller who started a new claim goes on under a new record on the same line.
      const latest = await inProgress(store, { ...call, ...ended, connection_id: CallSid });
      if (latest) await conclude(needs, latest.call_id, (record) => endedBy(record, CallStatus));
    }
  }
}

const connected = (record: CallRecord, callSid: string): CallRecord => withSid(advance(record, "connected"), callSid);
const withSid = (record: CallRecord, callSid: string): CallRecord =>
  record.connection_id ? record : { ...record, connection_id: callSid };

const unanswered: Readonly<Record<string, EndReason>> = { busy: "busy", "no-answer": "no_answer", canceled: "cancelled" };

/** `completed` is a call that was picked up: by the other party when we rang, by Twilio itself when they did, whoever spoke with them then. */
function endedBy(record: CallRecord, status: string): EndReason {
  if (record.status === "connected") return "completed";
  if (record.direction === "inbound") return "missed";
  return status === "completed" ? "completed" : (unanswered[status] ?? "failed");
}

async function reconnected(
  { store, newNonce, settings }: TwilioNeeds,
  call: Call,
  how: { readonly first?: Saying; readonly pauseSeconds?: number },
  lost: Pick<CallRecord, "media_restarts" | "media_lost_at"> = {},
): Promise<string> {
  const nonce = newNonce();
  // The line's own record, though the conversation may go on under another one: the socket must come to the bridge that has the line.
  await store.change(call.call_id, (record) => ({
    ...record,
    media_nonce_sha256: digest(nonce),
    ...lost,
  }));
  return connectTwiml({ callId: call.call_id, nonce, ...how }, settings);
}

const said = (call: Call, phrase: "timeout_loading_tpl" | "goodbye_tpl" | "calltransfer_failure_tpl"): Saying => ({
  text: phrasesIn(call.lang_short_code, call.initiate)[phrase][0],
  language: call.lang_short_code,
});

function incomingOf(callId: string, { CallSid, From, StirVerstat }: IncomingCall, nonceDigest: string): Incoming {
  const caller = anonymous.has(From) ? withheld : (phoneNumber(From)?.e164 ?? withheld);
  return {
    callId,
    caller,
    carrier: "twilio",
    connectionId: CallSid,
    // The caller's own network vouches in full for the number (STIR/SHAKEN level A); any less is not enough to be someone.
    verified: StirVerstat === "TN-Validation-Passed-A" && caller !== withheld,
    nonceDigest,
  };
}
