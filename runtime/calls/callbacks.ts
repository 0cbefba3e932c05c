/** What Call Automation reports about a call, as changes of its record and news for its bridge. Events come late, twice and out of order. */
import { z } from "zod";
import type { Services } from "../services/services.ts";
import type { Call, CallRecord } from "./call.ts";
import { conclude, endedBecause, inProgress } from "./conclude.ts";
import { recordsAtOnce, startRecording } from "./consent.ts";
import { flowing, type Line, withRoster } from "./line.ts";
import { connectedMark } from "./line-marks.ts";
import type { CallNews } from "./news.ts";
import { recordingBegan, recordingRefused } from "./recording-start.ts";
import { reopenWithdrawal } from "./recording-withdrawal.ts";
import { goodbyeContext, leave, soundLost } from "./recovery.ts";
import { advance } from "./status.ts";

/** As far as it is read; what an event has besides is left alone. */
const identifier = z.object({ rawId: z.string().optional(), phoneNumber: z.object({ value: z.string() }).optional() });
const eventSchema = z.object({
  /** The same when the event is delivered again. */
  id: z.string().min(1).max(200),
  type: z.string().startsWith("Microsoft.Communication."),
  time: z.iso.datetime({ offset: true }).optional(),
  data: z.object({
    callConnectionId: z.string().min(1).max(200),
    resultInformation: z.object({ code: z.number().optional(), subCode: z.number().optional() }).nullish(),
    operationContext: z.string().nullish(),
    sequenceNumber: z.number().optional(),
    participants: z.array(z.object({ identifier: identifier.optional() })).optional(),
    recordingId: z.string().optional(),
    mediaStreamingUpdate: z.object({ mediaStreamingStatusDetails: z.string().optional() }).nullish(),
  }),
});
export type CallEvent = z.infer<typeof eventSchema>;

/** Call Automation sends one event a request; a batch of more than this is not its own. Each costs several questions to the database. */
export const mostEvents = 100;

/** The events of one callback request and how many were none, or undefined when it is not a list of 1 to `mostEvents` with an event in it. */
export function callEvents(body: unknown): { readonly events: readonly CallEvent[]; readonly unreadable: number } | undefined {
  if (!Array.isArray(body) || body.length > mostEvents) return undefined;
  const events = body.flatMap((each) => {
    const read = eventSchema.safeParse(each);
    return read.success ? [read.data] : [];
  });
  return events.length === 0 ? undefined : { events, unreadable: body.length - events.length };
}

/**
 * Applies one event. False when it is of another connection than the call's, which changes nothing. Throws only when a service fails, so
 * that Call Automation delivers it again.
 */
export async function callEvent(services: Services, call: Call, event: CallEvent): Promise<boolean> {
  const { store, log } = services;
  const callId = call.call_id;
  const connectionId = event.data.callConnectionId;
  if (call.connection_id && call.connection_id !== connectionId) return false;
  const kind = event.type.slice("Microsoft.Communication.".length);
  const told = { callId, kind, subCode: event.data.resultInformation?.subCode };
  await store.change(callId, (record) => (record.connection_id ? record : { ...record, connection_id: connectionId }));
  switch (kind) {
    case "CallConnected":
      await connected(services, callId, event);
      break;
    case "CallDisconnected":
    case "CreateCallFailed":
    case "AnswerFailed":
    case "ConnectFailed":
      await disconnected(services, callId, event);
      break;
    case "AddParticipantSucceeded":
      await tell(services, callId, { kind: "joined" });
      break;
    // A caller who cannot be held would hear what is said to the colleague, so there is no warm transfer without it.
    case "AddParticipantFailed":
    case "CallTransferFailed":
    case "HoldFailed":
      log.warn(told, "a transfer failed; the caller stays with the assistant");
      await tell(services, callId, { kind: "transfer_failed" });
      break;
    case "RemoveParticipantSucceeded":
      await tell(services, callId, { kind: "left" });
      break;
    case "ParticipantsUpdated":
      await participants(services, call, event);
      break;
    case "PlayCompleted":
    case "PlayFailed":
    case "PlayCanceled":
      if (event.data.operationContext === goodbyeContext) await leave(services, call, connectionId);
      else if (kind === "PlayFailed") log.error(told, "the service could not speak to the caller");
      break;
    case "MediaStreamingStarted":
      await store.changeLine(callId, flowing);
      break;
    case "MediaStreamingFailed":
    case "MediaStreamingStopped":
      await soundLost(services, { ...call, connection_id: connectionId }, connectionId, event.id);
      break;
    case "RecordingStateChanged":
      await recorded(services, callId, event);
      break;
    case "StartRecordingFailed":
      await recordingRefused(store, callId);
      log.error(told, "recording could not be started; the call goes on without");
      break;
    default:
      log.info(told, "a call event that changes nothing");
      return true;
  }
  log.info(told, "call event");
  return true;
}

async function connected(services: Services, callId: string, { data, time }: CallEvent): Promise<void> {
  const { store, automation, flags, now, log } = services;
  const record = await store.change(callId, (each) => advance(each, "connected"));
  await store.append(callId, connectedMark(at(time, now())));
  if (record.status === "ended") {
    // Given up before it came about, such as by a dial whose answer was lost: nobody would ever speak to the person who picked up.
    if (!(await inProgress(store, { ...record, messages: [] }))) await automation.hangUp(data.callConnectionId);
    return;
  }
  if (!recordsAtOnce(record.initiate, await flags())) return;
  try {
    await startRecording(services, callId);
  } catch {
    log.error({ callId }, "recording could not be started, or its start was not answered; the call goes on");
  }
}

async function disconnected(services: Services, callId: string, { data, time }: CallEvent): Promise<void> {
  const { store, now } = services;
  const because = (record: CallRecord) => endedBecause(record, data.resultInformation ?? {});
  const ended = await conclude(services, callId, because, at(time, now()));
  const goesOn = await inProgress(store, { ...ended, messages: [] });
  if (goesOn) await conclude(services, goesOn.call_id, because, at(time, now()));
}

/** Who is in the call besides us: when the person who had joined the caller is not in it any more, they have left. */
async function participants(services: Services, call: Call, { data }: CallEvent): Promise<void> {
  const { sequenceNumber, participants: listed = [] } = data;
  if (sequenceNumber === undefined) return;
  const numbers = listed.flatMap((each) => numberOf(each.identifier) ?? []);
  const accompanied = numbers.some((each) => each !== call.phone_number);
  let before: Line = {};
  const after = await services.store.changeLine(call.call_id, (line) => {
    before = line;
    return withRoster(line, sequenceNumber, accompanied);
  });
  if (before.roster?.accompanied && !after.roster?.accompanied) await tell(services, call.call_id, { kind: "left" });
}

const numberOf = (given: z.infer<typeof identifier> | undefined): string | undefined =>
  given?.phoneNumber?.value ?? /^4:(.+)$/.exec(given?.rawId ?? "")?.[1];

/** One whose caller has withdrawn meanwhile, the sweeper ends. */
async function recorded({ store, documents }: Services, callId: string, { data: { recordingId } }: CallEvent): Promise<void> {
  if (!recordingId) return;
  for (const each of await recordingBegan(store, callId, recordingId)) await reopenWithdrawal(documents, each);
}

async function tell({ news, log }: Services, callId: string, told: CallNews): Promise<void> {
  if (!(await news.publish(callId, told))) log.warn({ callId, kind: told.kind }, "no bridge was there for news of its call");
}

/** The event's own time, so that events out of order make the record they make in order; ours when it has none, or one to come. */
const at = (time: string | undefined, now: Date): string =>
  (time && Date.parse(time) <= now.getTime() ? new Date(time) : now).toISOString();
