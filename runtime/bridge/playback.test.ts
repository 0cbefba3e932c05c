import fc from "fast-check";
import { expect, test } from "vitest";
import { after, heardMs, heardWords, send, silent } from "./playback.ts";

test("nothing is heard before it is sent", () => {
  expect(heardMs(silent, 1_000)).toBe(0);
});

test("a burst sent at once is heard at the speed of sound, not of the network", () => {
  const burst = Array.from({ length: 50 }).reduce<typeof silent>((playback) => send(playback, 20, 5_000), silent);
  expect(heardMs(burst, 5_400)).toBe(400);
  expect(heardMs(burst, 9_999)).toBe(1_000);
});

test("a pause in the sending is not heard as speech", () => {
  const first = send(silent, 20, 0);
  const second = send(first, 20, 1_000);
  expect(heardMs(second, 1_010)).toBe(30);
});

test("what was heard only grows, and never passes what was sent", () => {
  const frames = fc.array(fc.record({ gapMs: fc.nat(200), durationMs: fc.constantFrom(20, 40, 60) }), { minLength: 1 });
  fc.assert(
    fc.property(frames, (sent) => {
      let nowMs = 0;
      let playback = silent;
      let heard = 0;
      for (const { gapMs, durationMs } of sent) {
        nowMs += gapMs;
        playback = send(playback, durationMs, nowMs);
        expect(heardMs(playback, nowMs)).toBeGreaterThanOrEqual(heard);
        heard = heardMs(playback, nowMs);
        expect(heard).toBeLessThanOrEqual(playback.sentMs);
      }
    }),
  );
});

test("an utterance queued behind another is heard after it", () => {
  const first = send(silent, 400, 0);
  const second = send(after(first), 200, 0);
  expect(heardMs(second, 400)).toBe(0);
  expect(heardMs(second, 500)).toBe(100);
});

test("the words heard are whole words of the share that was played, with or without spaces between them", () => {
  const played = send(silent, 1_000, 0);
  expect(heardWords("one two three four", played, 500)).toBe("one two");
  expect(heardWords("感谢您致电，再见！", played, 500).length).toBeLessThan(6);
  expect(heardWords("all of it", played, 1_000)).toBe("all of it");
  expect(heardWords("nothing was sent", silent, 1_000)).toBe("");
});
