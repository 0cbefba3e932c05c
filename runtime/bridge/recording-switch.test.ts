import { expect, test } from "vitest";
import type { Call } from "../calls/call.ts";
import { recordingSwitch } from "./recording-switch.ts";

function recorded(recording_id?: string, pausable = true, rest: Partial<Call> = {}) {
  const done: string[] = [];
  const act = (what: string) => async (id: string) => void done.push(`${what} ${id}`);
  const recording = recordingSwitch(
    { get: async () => ({ ...(recording_id ? { recording_id } : {}), ...rest }) as Call },
    {
      pauseRecording: pausable ? act("pause") : () => Promise.reject(new Error("refused")),
      resumeRecording: act("resume"),
      stopRecording: act("stop"),
    },
  );
  return { recording, done };
}

test("a recording is paused and resumed by its own id", async () => {
  const { recording, done } = recorded("recording-1");
  await recording.pause("call-1");
  await recording.resume("call-1");
  expect(done).toEqual(["pause recording-1", "resume recording-1"]);
});

test("one that cannot be paused is stopped, so that no secret is recorded", async () => {
  const { recording, done } = recorded("recording-1", false);
  await recording.pause("call-1");
  expect(done).toEqual(["stop recording-1"]);
});

test("a call that is not recorded has nothing to pause", async () => {
  const { recording, done } = recorded();
  await recording.pause("call-1");
  await recording.resume("call-1");
  expect(done).toEqual([]);
});

test("a call that may be recorded by a recording nobody knows yet cannot be paused, and says so", async () => {
  const { recording, done } = recorded(undefined, true, { recording_asked: true });
  await expect(recording.pause("call-1")).rejects.toThrow("has yet to say which recording");
  expect(done).toEqual([]);
});

test.each([
  ["being stopped", ["pause recording-1"]],
  ["to be deleted", []],
] as const)("one that was withdrawn and is %s is paused only while it goes on, and never resumed", async (state, expected) => {
  const recording_withdrawn = { at: "2026-11-22T09:00:00Z", by: "caller", recording: state } as const;
  const { recording, done } = recorded("recording-1", true, { recording_withdrawn });
  await recording.pause("call-1");
  await recording.resume("call-1");
  expect(done).toEqual(expected);
});
