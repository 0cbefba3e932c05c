import fc from "fast-check";
import { expect, test } from "vitest";
import { NotPlayable, playable, readWav, wavFile } from "./wav.ts";

const ramp = Int16Array.from({ length: 480 }, (_, at) => at * 50);

/** A WAV file of any format: the writer under test writes PCM16 only. */
function fileOf(format: number, channels: number, rate: number, bits: number, data: Uint8Array): Buffer {
  const header = Buffer.from(wavFile([new Int16Array(0)]));
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt16LE(bits, 34);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

test("what is written at the line's rate is read back as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -32_768, max: 32_767 })), (samples) => {
      expect([...playable(wavFile([Int16Array.from(samples)]))]).toEqual(samples);
    }),
  );
});

test("other rates last as long as before", () => {
  for (const rate of [8_000, 11_025, 16_000, 44_100, 48_000]) {
    const second = wavFile([new Int16Array(rate).fill(1_000)], rate);
    const heard = playable(second);
    expect(heard).toHaveLength(24_000);
    expect(heard[12_000]).toBe(1_000);
  }
});

test("two channels become one", () => {
  expect([...playable(wavFile([ramp, ramp.map((sample) => -sample)]))]).toEqual(Array(480).fill(0));
});

test("8-bit PCM and mu-law are heard at their loudness", () => {
  expect([...playable(fileOf(1, 1, 24_000, 8, Uint8Array.of(128, 255, 0)))]).toEqual([0, 32_512, -32_768]);
  // G.711: 0xFF is silence, 0x80 and 0x00 the loudest.
  expect([...playable(fileOf(7, 1, 24_000, 8, Uint8Array.of(0xff, 0x80, 0x00)))]).toEqual([0, 32_124, -32_124]);
});

test("chunks that are not sound are skipped, and a size left open means until the end", () => {
  const plain = wavFile([ramp]);
  const note = Buffer.from("LIST\u0003\0\0\0abc\0", "latin1");
  const streamed = Buffer.concat([plain.subarray(0, 36), note, plain.subarray(36)]);
  streamed.writeUInt32LE(0xffffffff, 36 + note.length + 4);
  expect([...playable(streamed)]).toEqual([...ramp]);
});

test("what is no playable WAV file is refused with what would be", () => {
  const faulty = [
    Buffer.from("not a sound"),
    fileOf(3, 1, 24_000, 32, Buffer.alloc(8)),
    fileOf(1, 0, 24_000, 16, Buffer.alloc(8)),
    fileOf(1, 1, 1, 16, Buffer.alloc(8)),
    wavFile([ramp]).subarray(0, 36),
    wavFile([ramp]).subarray(0, 20),
  ];
  for (const file of faulty) {
    expect(() => readWav(file)).toThrow(NotPlayable);
    expect(() => readWav(file)).toThrow(/Give a WAV file/);
  }
});

test("no bytes at all make it fail in another way", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const file = Buffer.concat([wavFile([ramp]).subarray(0, 12), bytes]);
      try {
        playable(file);
      } catch (error) {
        expect(error).toBeInstanceOf(NotPlayable);
      }
    }),
  );
});
