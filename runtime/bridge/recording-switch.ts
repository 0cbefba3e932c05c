/** A call's recording, paused while the caller types what nobody may hear again. */
import type { CallStore } from "../calls/store.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import type { RecordingSwitch } from "./call-resources.ts";

/** Recordings of Call Automation. One that cannot be paused is ended: a lost end of a recording harms nobody, a recorded secret does. */
export function recordingSwitch(
  store: Pick<CallStore, "get">,
  automation: Pick<CallAutomation, "pauseRecording" | "resumeRecording" | "stopRecording">,
): RecordingSwitch {
  // One that its caller has withdrawn has ended.
  const recordingOf = async (callId: string) => {
    const call = await store.get(callId);
    return call?.recording_withdrawn ? undefined : call?.recording_id;
  };
  return {
    async pause(callId) {
      const id = await recordingOf(callId);
      if (id) await automation.pauseRecording(id).catch(() => automation.stopRecording(id));
    },
    async resume(callId) {
      const id = await recordingOf(callId);
      if (id) await automation.resumeRecording(id);
    },
  };
}

/** A line that cannot be recorded. */
export const noRecording: RecordingSwitch = { pause: async () => undefined, resume: async () => undefined };
