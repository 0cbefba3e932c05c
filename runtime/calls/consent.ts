/** Whether a call may be recorded, and its recording started: by flag, and only once the caller has agreed where the agent asks. */
import type { Agent } from "../agent.ts";
import type { Flags } from "../flags.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import type { CallRecord } from "./call.ts";
import { stopped, withRecording } from "./recording-withdrawal.ts";
import type { CallStore } from "./store.ts";

type Recording = Pick<Flags, "recording_enabled">;

/** Recorded from its first second: recording is on, and nobody has to be asked. */
export const recordsAtOnce = (agent: Pick<Agent, "recording_consent">, { recording_enabled }: Recording): boolean =>
  recording_enabled && agent.recording_consent === "none";

/** What the caller says of being recorded matters: the call is recorded or may be, which only Communication Services' line can. */
export const isRecordable = ({ carrier = "acs", recording_id }: CallRecord, { recording_enabled }: Recording): boolean =>
  carrier === "acs" && (recording_enabled || recording_id !== undefined);

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
  (call.recording_id !== undefined || call.recording_consent?.given === true || recordsAtOnce(call.initiate, flags));

/**
 * Starts the recording of a connected call and links it to the record: once, however often it is asked for. False when there is nothing to
 * start: it was started before, the caller wants none any more, or the call is over. Throws when the service refuses.
 */
export async function startRecording(
  { store, automation }: { store: CallStore; automation: Pick<CallAutomation, "startRecording" | "stopRecording"> },
  callId: string,
): Promise<boolean> {
  const call = await store.get(callId);
  if (!call?.connection_id || call.status === "ended" || call.recording_withdrawn) return false;
  if (!(await store.claim(callId, "recording"))) return false;
  const recording_id = await automation.startRecording(call.connection_id);
  const record = await store.change(callId, (each) => withRecording(each, recording_id));
  await stopped({ store, automation }, record);
  return record.recording_withdrawn === undefined;
}
