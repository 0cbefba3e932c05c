import { expect, test, vi } from "vitest";
import { type LineArgs, voiceLine } from "./line.ts";
import type { VoiceSession } from "./voice-session.ts";

const track = {} as MediaStreamTrack;

/** A session as the line uses it. */
const session = (listen: VoiceSession["listen"]) =>
  ({
    choice: "cheap",
    sound: {} as MediaStream,
    spokenOut: async () => undefined,
    listen: vi.fn(listen),
    hush: vi.fn(),
    close: vi.fn(),
  }) as unknown as VoiceSession;

test("a newer session that cannot take the microphone is closed, and the older goes on", async () => {
  const [older, newer] = [session(async () => undefined), session(() => Promise.reject(new Error("not this microphone")))];
  const openVoice = vi.fn<LineArgs["openVoice"]>().mockResolvedValueOnce(older).mockResolvedValueOnce(newer);
  const line = voiceLine({
    openVoice,
    post: () => Promise.reject(new Error("Nothing is asked here.")),
    player: { srcObject: null, play: async () => undefined } as unknown as HTMLAudioElement,
    microphone: { track },
    happened: () => undefined,
    blocked: () => undefined,
  });
  await line.open("/one", 1_000);
  await expect(line.open("/two", 1_000)).rejects.toThrow("not this microphone");
  expect(newer.close).toHaveBeenCalledOnce();
  expect([line.session, vi.mocked(older.close).mock.calls, vi.mocked(older.hush).mock.calls]).toEqual([older, [], []]);
});
