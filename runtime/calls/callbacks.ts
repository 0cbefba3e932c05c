/** What Call Automation reports about a call, as changes of its record. Events come late, twice and out of order; the record copes. */
import { z } from "zod";
import type { Services } from "../services/services.ts";
import type { Call } from "./call.ts";
import { conclude, endedBecause } from "./conclude.ts";
import { advance, type ResultInformation } from "./status.ts";

const eventSchema = z.object({
  type: z.string().startsWith("Microsoft.Communication."),
  data: z.object({
    callConnectionId: z.string().min(1),
    resultInformation: z.object({ code: z.number().optional(), subCode: z.number().optional() }).nullish(),
  }),
});
export type CallEvent = z.infer<typeof eventSchema>;

/** Call Automation sends one event a request; a batch of more than this is not its own. Each costs several questions to the database. */
export const mostEvents = 100;

/** The events of one callback request, or undefined when it is not a list of 1 to `mostEvents` of them. */
export function callEvents(body: unknown): CallEvent[] | undefined {
  const read = z.array(eventSchema).min(1).max(mostEvents).safeParse(body);
  return read.success ? read.data : undefined;
}

/** Applies one event. Throws only when a service fails, so that Call Automation delivers it again. */
export async function callEvent(services: Services, call: Call, event: CallEvent): Promise<void> {
  const { store, log } = services;
  const callId = call.call_id;
  const { callConnectionId, resultInformation } = event.data;
  if (call.connection_id && call.connection_id !== callConnectionId)
    return log.warn({ callId }, "an event is of another connection; passed over");
  const kind = event.type.slice("Microsoft.Communication.".length);
  switch (kind) {
    case "CallConnected":
      return connected(services, call, callConnectionId);
    case "CallDisconnected":
    case "CreateCallFailed":
    case "AnswerFailed":
      return disconnected(services, call, callConnectionId, resultInformation ?? {});
    case "CallTransferFailed":
      log.warn({ callId }, "transfer failed; the caller stays with the assistant");
      return;
    case "MediaStreamingFailed":
      // The line is up and nobody is on our side of it any more: better ended than silent for as long as the caller waits.
      log.error({ callId, subCode: resultInformation?.subCode }, "media streaming failed; the call is ended");
      return services.automation.hangUp(callConnectionId);
    default:
      log.info({ callId, kind }, "call event");
  }
  await store.change(callId, (record) => (record.connection_id ? record : { ...record, connection_id: callConnectionId }));
}

async function connected({ store, automation, flags, now, log }: Services, call: Call, connection_id: string): Promise<void> {
  const record = await store.change(call.call_id, (each) => ({ ...advance(each, "connected"), connection_id }));
  await store.append(call.call_id, {
    id: "connected",
    created_at: now().toISOString(),
    persona: "human",
    action: "call",
    content: "",
    style: "none",
    tool_calls: [],
  });
  log.info({ callId: call.call_id }, "call connected");
  if (record.status === "ended" || !(await flags()).recording_enabled || !(await store.claim(call.call_id, "recording"))) return;
  try {
    const recording_id = await automation.startRecording(connection_id);
    await store.change(call.call_id, (each) => ({ ...each, recording_id }));
  } catch {
    log.error({ callId: call.call_id }, "recording could not be started; the call goes on without");
  }
}

async function disconnected(services: Services, call: Call, connectionId: string, result: ResultInformation): Promise<void> {
  await conclude(services, call.call_id, (record) =>
    record.direction === "inbound" && record.status !== "connected" ? "missed" : endedBecause(record, result),
  );
  services.log.info({ callId: call.call_id }, "call ended");
  // A caller who started a new claim goes on under a new record on the same line.
  const latest = await services.store.latestFor(call.phone_number);
  if (latest && latest.call_id !== call.call_id && latest.connection_id === connectionId && latest.status !== "ended")
    await conclude(services, latest.call_id, (record) => endedBecause(record, result));
}
