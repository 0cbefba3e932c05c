/** Whether a call may be recorded, and its recording started: by flag, and only once the caller has agreed where the agent asks. */
import type { Agent } from "../agent.ts";
import type { Flags } from "../flags.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import type { CallRecord } from "./call.ts";
import type { CallStore } from "./store.ts";

type Recording = Pick<Flags, "recording_enabled">;

/** Recorded from its first second: recording is on, and nobody has to be asked. */
export const recordsAtOnce = (agent: Pick<Agent, "recording_consent">, { recording_enabled }: Recording): boolean =>
  recording_enabled && agent.recording_consent === "none";

/** The caller's yes would start a recording: it has not been given, and the line can record, which only Communication Services' can. */
export const mayConsent = (call: CallRecord, { recording_enabled }: Recording): boolean =>
  recording_enabled &&
  call.initiate.recording_consent === "ask" &&
  (call.carrier ?? "acs") === "acs" &&
  call.recording_consent?.given !== true;

/** The caller has yet to be asked. */
export const asksForConsent = (call: CallRecord, flags: Recording): boolean =>
  mayConsent(call, flags) && call.recording_consent === undefined;

/**
 * Starts the recording of a connected call and links it to the record: once, however often it is asked for. False when there is nothing to
 * start: it was started before, or the call is over. Throws when the service refuses.
 */
export async function startRecording(
  { store, automation }: { store: CallStore; automation: Pick<CallAutomation, "startRecording"> },
  callId: string,
): Promise<boolean> {
  const call = await store.get(callId);
  if (!call?.connection_id || call.status === "ended" || !(await store.claim(callId, "recording"))) return false;
  const recording_id = await automation.startRecording(call.connection_id);
  await store.change(callId, (record) => ({ ...record, recording_id }));
  return true;
}
