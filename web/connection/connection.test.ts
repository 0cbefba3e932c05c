import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { opened } from "./connection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection of a browser, as far as its opening looks at it. */
function connection(sdp: string): RTCPeerConnection {
  const standIn = { iceGatheringState: "complete", connectionState: "new", localDescription: { sdp } };
  return standIn as unknown as RTCPeerConnection;
}
const channel = (): RTCDataChannel => ({}) as RTCDataChannel;
const out = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host";

test("a browser with no way out says so at once", async () => {
  await expect(opened(connection("v=0"), channel(), "model")).rejects.toThrow("a firewall may keep WebRTC (UDP) out");
});

test("one with a way out is waited for as long as ICE tries", async () => {
  const opening = opened(connection(out), channel(), "model");
  const failed = vi.fn();
  opening.catch(failed);
  await vi.advanceTimersByTimeAsync(14_999);
  expect(failed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(failed).toHaveBeenCalledOnce();
});

test("ways out that are found later count, and so does an open channel", async () => {
  const trying = { ...connection("v=0"), iceGatheringState: "gathering" } as RTCPeerConnection;
  const line = channel();
  const opening = opened(trying, line, "model");
  Object.assign(trying, { iceGatheringState: "complete", localDescription: { sdp: out } });
  trying.onicegatheringstatechange?.(undefined as unknown as Event);
  line.onopen?.(undefined as unknown as Event);
  await expect(opening).resolves.toBeUndefined();
});
