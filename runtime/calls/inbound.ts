/** Incoming calls from the queue: each answered once, stale ones counted as missed. */
import { z } from "zod";
import type { Services } from "../services/services.ts";
import { isUndecided, statusOf } from "../services/status-of.ts";
import { addressesOf, digest } from "./addresses.ts";
import { taken } from "./conclude.ts";
import { inboundRecord } from "./inbound-record.ts";
import { phoneNumber } from "./phone-number.ts";
import { advance } from "./status.ts";
import { uuidOf } from "./uuid.ts";

const party = z.object({ phoneNumber: z.object({ value: z.string() }) });
/** The ARM id of the resource the event is about, in either schema's place. */
const topic = { source: z.string().optional(), topic: z.string().optional() };
const data = z.object({ to: party, from: party, incomingCallContext: z.string().min(1), correlationId: z.string().optional() });
/** The same facts in both of Event Grid's schemas. */
const event = z.union([
  z.object({ ...topic, id: z.string(), type: z.literal("Microsoft.Communication.IncomingCall"), time: z.string(), data }),
  z.object({
    ...topic,
    id: z.string(),
    eventType: z.literal("Microsoft.Communication.IncomingCall"),
    eventTime: z.string(),
    data,
  }),
]);

/** A caller hears half a minute of ringing at most; Event Grid keeps the event as long (its TTL in components/communication-events). */
export const staleAfterMs = 30_000;

/** One queue message. What is not an incoming call, or not for our number, is passed over aloud; a store that fails is retried by the queue. */
export async function incomingCall(services: Services, message: unknown): Promise<void> {
  const { log, settings, store, now } = services;
  const read = event.safeParse(Array.isArray(message) ? message[0] : message);
  if (!read.success) return log.warn("a message on the calls queue is not an incoming call; passed over");
  const { id, data, source, topic } = read.data;
  const ours = settings.COMMUNICATION_ACCOUNT_ID;
  if (ours && (source ?? topic)?.toLowerCase() !== ours.toLowerCase())
    return log.warn({ eventId: id }, "an incoming call is of another resource; passed over");
  if (phoneNumber(data.to.phoneNumber.value)?.e164 !== settings.PHONE_NUMBER)
    return log.warn({ eventId: id }, "an incoming call is for a number that is not ours; passed over");
  const caller = phoneNumber(data.from.phoneNumber.value)?.e164 ?? data.from.phoneNumber.value;
  const callId = uuidOf(data.correlationId ?? data.incomingCallContext);
  const nonce = services.newNonce();
  await store.create(await inboundRecord(services, { callId, caller, carrier: "acs", nonceDigest: digest(nonce) }));

  const atMs = Date.parse("time" in read.data ? read.data.time : read.data.eventTime);
  if (now().getTime() - atMs > staleAfterMs) return missed(services, callId, "stale");
  if (!(await store.claim(callId, "answer"))) return log.info({ callId }, "an incoming call was delivered again; already taken");
  await store.change(callId, (each) => ({ ...each, media_nonce_sha256: digest(nonce) }));
  let connection_id: string;
  try {
    connection_id = await services.automation.answer({
      incomingCallContext: data.incomingCallContext,
      ...addressesOf(callId, nonce, settings),
    });
  } catch (error) {
    // A context is valid while the phone rings: refused for it, the caller is gone.
    const gone = [400, 403, 404, 410].includes(statusOf(error) ?? 0);
    if (gone) return missed(services, callId, "refused");
    // The caller may be through: callbacks will say so, or the sweeper ends what never came about.
    if (isUndecided(error)) return log.error({ callId }, "it is not known whether an incoming call was answered");
    await store.change(callId, (each) => advance(each, "ended", "failed"));
    await store.close(callId);
    return log.error({ callId }, "incoming call could not be answered");
  }
  // Outside of the attempt: a call that was answered goes on even when this cannot be kept, and its callbacks bring the connection too.
  await taken(services, callId, connection_id);
  log.info({ callId }, "incoming call answered");
}

async function missed({ store, log }: Services, callId: string, why: "stale" | "refused"): Promise<void> {
  const record = await store.change(callId, (each) => (each.connection_id ? each : advance(each, "ended", "missed")));
  if (record.ended_reason !== "missed") return;
  await store.close(callId);
  log.warn({ callId, why }, "incoming call missed");
}
