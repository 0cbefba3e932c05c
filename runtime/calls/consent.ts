/** Whether a call may be recorded, and its recording started: by flag, and only once the caller has agreed where the agent asks. */
import type { Agent } from "../agent.ts";
import type { Flags } from "../flags.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import { isUndecided } from "../services/status-of.ts";
import type { CallRecord } from "./call.ts";
import { recordingBegan, recordingRefused } from "./recording-start.ts";
import { stopped } from "./recording-withdrawal.ts";
import type { CallStore } from "./store.ts";

type Recording = Pick<Flags, "recording_enabled">;

/** Recorded from its first second: recording is on, and nobody has to be asked. */
export const recordsAtOnce = (agent: Pick<Agent, "recording_consent">, { recording_enabled }: Recording): boolean =>
  recording_enabled && agent.recording_consent === "none";

/** What the caller says of being recorded matters: the call is recorded or may be, which only Communication Services' line can. */
export const isRecordable = (call: CallRecord, { recording_enabled }: Recording): boolean =>
  (call.carrier ?? "acs") === "acs" && (recording_enabled || mayBeRecorded(call));

/** There is a recording, or may be one. */
const mayBeRecorded = ({ recording_id, recording_asked }: CallRecord): boolean =>
  recording_id !== undefined || recording_asked === true;

/** The caller has yet to be asked. */
export const asksForConsent = (call: CallRecord, flags: Recording): boolean =>
  isRecordable(call, flags) &&
  call.initiate.recording_consent === "ask" &&
  call.recording_consent === undefined &&
  call.recording_withdrawn === undefined;

/** The call is being recorded, or is about to be: without it, there is nothing to withdraw. */
export const mayWithdraw = (call: CallRecord, flags: Recording): boolean =>
  isRecordable(call, flags) &&
  call.status !== "ended" &&
  call.recording_withdrawn === undefined &&
  (mayBeRecorded(call) || call.recording_consent?.given === true || recordsAtOnce(call.initiate, flags));

/**
 * Starts the recording of a connected call and links it to the record: once, however often it is asked for. That it is asked for is noted
 * first: a start whose answer is lost may have begun a recording, and its state callback tells which (recording-start.ts). False when there
 * is nothing to start: it was started before, the caller wants none any more, or the call is over. Throws when the service refuses or does
 * not answer.
 */
export async function startRecording(
  { store, automation }: { store: CallStore; automation: Pick<CallAutomation, "startRecording" | "stopRecording"> },
  callId: string,
): Promise<boolean> {
  const call = await store.get(callId);
  if (!call?.connection_id || !mayBegin(call)) return false;
  if (!(await store.claim(callId, "recording"))) return false;
  const noted = await store.change(callId, (each) => (mayBegin(each) ? { ...each, recording_asked: true } : each));
  if (!noted.recording_asked) return false;
  const begun = await automation.startRecording(call.connection_id).catch(async (error: unknown) => {
    if (!isUndecided(error)) await recordingRefused(store, callId);
    throw error;
  });
  const records = await recordingBegan(store, callId, begun);
  for (const each of records) await stopped({ store, automation }, each);
  return records.every(({ recording_withdrawn }) => recording_withdrawn === undefined);
}

const mayBegin = (call: CallRecord): boolean => call.status !== "ended" && !call.recording_withdrawn && !mayBeRecorded(call);
