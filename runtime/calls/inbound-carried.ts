/** Calls that the model's service carries: taken from a SIP trunk by its webhook, or opened for a browser; the bridge then steers them. */
import { z } from "zod";
import { carriedSession } from "../bridge/voice-model/realtime-events.ts";
import type { Flags } from "../flags.ts";
import type { CarriedBridge } from "../services/carried-bridge.ts";
import type { Models } from "../services/openai.ts";
import type { RealtimeCalls } from "../services/realtime-calls.ts";
import type { Services } from "../services/services.ts";
import type { Call, CallRecord } from "./call.ts";
import { conclude, inProgress } from "./conclude.ts";
import { staleAfterMs } from "./inbound.ts";
import { inboundRecord } from "./inbound-record.ts";
import { connectedMark } from "./line-marks.ts";
import { modelBrief } from "./model-brief.ts";
import { calledIn, callerIn, withheld } from "./sip-address.ts";
import { uuidOf } from "./uuid.ts";

export interface CarriedSettings {
  readonly PHONE_NUMBER: string;
  readonly AGENT: string;
  readonly OPENAI_REALTIME_CHEAP: string;
  readonly OPENAI_REALTIME_STRONG: string;
  readonly OPENAI_TRANSCRIPTION: string;
}

export interface CarriedNeeds extends Pick<Services, "store" | "flags" | "afterCall" | "log" | "now"> {
  readonly settings: CarriedSettings;
  readonly models: Pick<Models, "openSession">;
  readonly realtimeCalls: RealtimeCalls;
  readonly carriedBridge: CarriedBridge;
}

/** The webhook's event, as the service's client types it (openai 7.57.0, `RealtimeCallIncomingWebhookEvent`). */
export const incomingSchema = z.object({
  type: z.literal("realtime.call.incoming"),
  created_at: z.number(),
  data: z.object({
    call_id: z.string().regex(/^[\w-]{1,128}$/),
    sip_headers: z.array(z.object({ name: z.string().max(256), value: z.string().max(8_192) })).max(256),
  }),
});
export type Incoming = z.infer<typeof incomingSchema>;

/**
 * One webhook. An event delivered again names the same call and is passed over; a call that is rung out or finds no bridge is declined in SIP's
 * own way. Throws only when the store fails, so that the service delivers again while the phone still rings.
 */
export async function incomingSip(needs: CarriedNeeds, { data, created_at }: Incoming): Promise<void> {
  const { store, settings, realtimeCalls, carriedBridge, now, log } = needs;
  const callId = uuidOf(data.call_id);
  // Customers of one environment share the model's account, which tells each of everybody's calls: another's is not ours to decline.
  if (calledIn(data.sip_headers) !== settings.PHONE_NUMBER)
    return log.warn({ callId }, "an incoming SIP call is for a number that is not ours; passed over");
  const caller = callerIn(data.sip_headers);
  await store.create(await inboundRecord(needs, { callId, caller, carrier: "sip", connectionId: data.call_id }));
  // Read before the call is taken: what fails until then is tried again with the next delivery.
  const call = await store.get(callId);
  const flags = await needs.flags();
  if (!(await store.claim(callId, "answer"))) return log.info({ callId }, "an incoming call was delivered again; already taken");
  if (now().getTime() - created_at * 1_000 > staleAfterMs) return missed(needs, callId, data.call_id, "stale");
  if (!(await carriedBridge.ready())) return missed(needs, callId, data.call_id, "no bridge takes calls");
  if (!call) return log.error({ callId }, "an incoming call's record is gone");
  const session = carriedSession(modelBrief(call, flags, now()), settings.OPENAI_TRANSCRIPTION, deploymentFor(settings, flags));
  try {
    if (!(await realtimeCalls.accept(data.call_id, session))) return missed(needs, callId, data.call_id, "refused");
  } catch {
    log.error({ callId }, "incoming call could not be answered");
    await decline(needs, data.call_id);
    await conclude(needs, callId, () => "failed");
    return;
  }
  if (await steered(needs, callId, data.call_id)) log.info({ callId }, "incoming call answered");
}

/**
 * Opens the call `callId` for a browser's SDP offer, and returns the answer to it. Undefined when the model or every bridge is out of reach, and
 * nothing is left open then.
 */
export async function browserCall(needs: CarriedNeeds, callId: string, offer: string): Promise<string | undefined> {
  const { store, settings, models, log, now } = needs;
  const record = await inboundRecord(needs, { callId, caller: withheld, carrier: "browser" });
  await store.create(record);
  const flags = await needs.flags();
  const { instructions } = modelBrief({ ...record, messages: [] }, flags, now());
  const opened = await models
    .openSession({ deployment: deploymentFor(settings, flags), instructions, offer })
    .catch(() => log.error({ callId }, "a browser's call could not be opened"));
  if (!opened) {
    await conclude(needs, callId, () => "failed");
    return undefined;
  }
  await store.change(callId, (each) => ({ ...each, connection_id: opened.callId }));
  return (await steered(needs, callId, opened.callId)) ? opened.answer : undefined;
}

/** Ends a carried call's record once the service no longer knows the call, that of a claim begun later on the same line too. */
export async function concludeCarried(needs: Pick<Services, "store" | "afterCall" | "now">, call: Call): Promise<void> {
  const because = ({ status }: CallRecord) => (status === "connected" ? "completed" : "missed");
  const ended = await conclude(needs, call.call_id, because);
  const later = await inProgress(needs.store, { ...ended, messages: [] });
  if (later) await conclude(needs, later.call_id, because);
}

/** Hands an open call to the bridge. A line that nobody steers is ended rather than left to the model alone. */
async function steered(needs: CarriedNeeds, callId: string, connectionId: string): Promise<boolean> {
  const { store, carriedBridge, realtimeCalls, log, now } = needs;
  try {
    await carriedBridge.attach(callId);
  } catch {
    log.error({ callId }, "no bridge took an open call; it is ended");
    await realtimeCalls.hangUp(connectionId).catch(() => log.error({ callId }, "a call that nobody steers could not be ended"));
    await conclude(needs, callId, () => "failed");
    return false;
  }
  await store.append(callId, connectedMark(now().toISOString()));
  return true;
}

async function missed(needs: CarriedNeeds, callId: string, connectionId: string, why: string): Promise<void> {
  needs.log.warn({ callId, why }, "incoming call missed");
  await decline(needs, connectionId);
  await conclude(needs, callId, () => "missed");
}

async function decline({ realtimeCalls, log }: CarriedNeeds, connectionId: string): Promise<void> {
  await realtimeCalls.reject(connectionId, 486).catch(() => log.warn("an incoming SIP call could not be declined"));
}

const deploymentFor = (settings: CarriedNeeds["settings"], flags: Flags): string =>
  flags.slow_llm_for_chat ? settings.OPENAI_REALTIME_STRONG : settings.OPENAI_REALTIME_CHEAP;
