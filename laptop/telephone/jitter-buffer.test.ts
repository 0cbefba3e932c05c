import fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, frameSamples } from "./frame.ts";
import { JitterBuffer, maximumSamples } from "./jitter-buffer.ts";

function samplesIn(frames: readonly Frame[]): number[] {
  return frames.filter((each) => !each.silent).flatMap((each) => [...each.pcm]);
}

test("nothing written is silence", () => {
  expect(new JitterBuffer().read().silent).toBe(true);
});

test("a burst is played in order, one frame at a time, without a hole", () => {
  const buffer = new JitterBuffer();
  const burst = Int16Array.from({ length: frameSamples * 5 }, (_, at) => at);
  buffer.write(burst);
  const frames = Array.from({ length: 5 }, () => buffer.read());
  expect(frames.map((each) => each.silent)).toEqual([false, false, false, false, false]);
  expect(samplesIn(frames)).toEqual([...burst]);
  expect(buffer.queuedMs).toBe(0);
});

test("after a pause it waits for three frames, or for as long as they last", () => {
  const buffer = new JitterBuffer();
  const heard: boolean[] = [];
  for (let tick = 0; tick < 6; tick++) {
    buffer.write(new Int16Array(frameSamples).fill(1));
    heard.push(!buffer.read().silent);
  }
  expect(heard).toEqual([false, false, true, true, true, true]);
  const lone = new JitterBuffer();
  lone.write(new Int16Array(frameSamples).fill(1));
  expect([lone.read(), lone.read(), lone.read()].map((each) => each.silent)).toEqual([true, true, false]);
});

test("a late piece does not tear a hole into what is being said", () => {
  const buffer = new JitterBuffer();
  const piece = (): boolean => buffer.write(new Int16Array(frameSamples).fill(1));
  piece();
  piece();
  piece();
  const heard = [buffer.read(), buffer.read()].map((each) => !each.silent);
  // Two pieces are late and come with the third.
  piece();
  piece();
  piece();
  for (let tick = 0; tick < 4; tick++) heard.push(!buffer.read().silent);
  expect(heard).toEqual(Array(6).fill(true));
});

test("clearing forgets what was not heard", () => {
  const buffer = new JitterBuffer();
  buffer.write(new Int16Array(frameSamples * 100).fill(1));
  buffer.read();
  buffer.clear();
  expect(buffer.queuedMs).toBe(0);
  expect(buffer.read().silent).toBe(true);
});

test("what is written comes out once and in order, whatever the pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000), { maxLength: 20 }), fc.nat(3), (lengths, readsBetween) => {
      const buffer = new JitterBuffer();
      const frames: Frame[] = [];
      let next = 0;
      for (const length of lengths) {
        buffer.write(Int16Array.from({ length }, () => ++next % 30_000));
        for (let read = 0; read < readsBetween; read++) frames.push(buffer.read());
      }
      while (buffer.queuedMs > 0) frames.push(buffer.read());
      const heard = samplesIn(frames).filter((sample) => sample !== 0);
      expect(heard).toEqual(Array.from({ length: next }, (_, at) => (at + 1) % 30_000).filter((sample) => sample !== 0));
    }),
  );
});

test("a sender gone wild does not fill the memory", () => {
  const buffer = new JitterBuffer();
  expect(buffer.write(new Int16Array(maximumSamples))).toBe(true);
  expect(buffer.write(new Int16Array(1))).toBe(false);
});
