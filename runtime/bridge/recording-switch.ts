/** A call's recording, paused while the caller types what nobody may hear again. */
import type { CallStore } from "../calls/store.ts";
import type { CallAutomation } from "../services/call-automation.ts";
import type { RecordingSwitch } from "./call-resources.ts";

/** Recordings of Call Automation. One that cannot be paused is ended: a lost end of a recording harms nobody, a recorded secret does. */
export function recordingSwitch(
  store: Pick<CallStore, "get">,
  automation: Pick<CallAutomation, "pauseRecording" | "resumeRecording" | "stopRecording">,
): RecordingSwitch {
  return {
    async pause(callId) {
      const call = await store.get(callId);
      // There may be a recording that cannot be paused, since nobody knows it.
      if (call?.recording_asked) throw new Error("The service has yet to say which recording of this call it began.");
      const id =
        call?.recording_withdrawn && call.recording_withdrawn.recording !== "being stopped" ? undefined : call?.recording_id;
      if (id) await automation.pauseRecording(id).catch(() => automation.stopRecording(id));
    },
    async resume(callId) {
      const call = await store.get(callId);
      if (call?.recording_id && !call.recording_withdrawn) await automation.resumeRecording(call.recording_id);
    },
  };
}

/** A line that cannot be recorded. */
export const noRecording: RecordingSwitch = { pause: async () => undefined, resume: async () => undefined };
