import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Audio, audioFrom } from "../audio.ts";
import { muLawFrom, muLawSilence, pcmFrom } from "./g711.ts";
import { Narrowband, Narrowing, Widening } from "./narrowband.ts";

const samples = fc.integer({ min: -32_768, max: 32_767 });

function tone(hertz: number, rate: number, durationMs: number, amplitude = 10_000): Int16Array {
  return Int16Array.from({ length: (rate * durationMs) / 1_000 }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / rate)),
  );
}

/** Root mean square of the second half, where no filter begins any more. */
function loudness(pcm: Int16Array): number {
  const settled = pcm.subarray(pcm.length >> 1);
  return Math.sqrt(settled.reduce((sum, each) => sum + each * each, 0) / settled.length);
}

const audioOf = (pcm: Int16Array): Audio => {
  const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return { base64: Buffer.from(bytes.toString("base64")), durationMs: pcm.length / 24 };
};

describe("mu-law", () => {
  test.each([
    [0xff, 0],
    [0x7f, 0],
    [0xfe, 8],
    [0x7e, -8],
    [0xf0, 120],
    [0xef, 132],
    [0x80, 32_124],
    [0x00, -32_124],
    [0x8f, 16_764],
  ])("byte %i means %i, as table 2a of G.711 has it", (byte, sample) => {
    expect(pcmFrom(Uint8Array.of(byte))[0]).toBe(sample);
  });

  test("silence is the byte that means nothing", () => {
    expect([...muLawFrom(new Int16Array(3))]).toEqual([muLawSilence, muLawSilence, muLawSilence]);
  });

  test("every byte but negative zero comes back from what it means", () => {
    for (let byte = 0; byte < 256; byte++)
      expect(muLawFrom(pcmFrom(Uint8Array.of(byte)))[0]).toBe(byte === 0x7f ? muLawSilence : byte);
  });

  test("a sample is off by at most half a step, and its sign is kept", () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const near = pcmFrom(muLawFrom(Int16Array.of(sample)))[0] ?? 0;
        const step = 2 ** Math.max(3, Math.floor(Math.log2(Math.min(Math.abs(sample), 32_635) + 132)) - 4);
        expect(Math.abs(near - Math.max(-32_635, Math.min(32_635, sample)))).toBeLessThanOrEqual(step / 2 + 1);
        expect(near * sample).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("a change of rate", () => {
  test.each([300, 1_000, 2_900])("passes a voice's %i Hz as loud as it was, both ways", (hertz) => {
    const narrow = new Narrowing().convert(tone(hertz, 24_000, 400));
    expect(loudness(narrow) / loudness(tone(hertz, 24_000, 400))).toBeCloseTo(1, 1);
    const wide = new Widening().convert(tone(hertz, 8_000, 400));
    expect(loudness(wide) / loudness(tone(hertz, 8_000, 400))).toBeCloseTo(1, 1);
  });

  test.each([5_000, 7_000, 11_000])("lets %i Hz not come back as a tone that nobody made", (hertz) => {
    expect(loudness(new Narrowing().convert(tone(hertz, 24_000, 400)))).toBeLessThan(100);
  });

  test("adds no tone above a telephone's band", () => {
    const wide = new Widening().convert(tone(1_000, 8_000, 400));
    const pure = tone(1_000, 24_000, 400);
    // A pure tone is told by its neighbours: x(n-1) + x(n+1) = 2 cos(w) x(n).
    const turn = 2 * Math.cos((2 * Math.PI * 1_000) / 24_000);
    const rest = wide.slice(wide.length >> 1, -1).map((each, at) => {
      const here = (wide.length >> 1) + at;
      return (wide[here - 1] ?? 0) + (wide[here + 1] ?? 0) - turn * each;
    });
    expect(loudness(rest)).toBeLessThan(loudness(pure) / 100);
  });

  test("keeps silence silent", () => {
    expect(new Narrowing().convert(new Int16Array(480)).every((each) => each === 0)).toBe(true);
    expect(new Widening().convert(new Int16Array(160)).every((each) => each === 0)).toBe(true);
  });

  test("sounds the same however the stream is cut into pieces", () => {
    const stream = fc.array(fc.array(samples, { maxLength: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(stream, (pieces) => {
        const whole = Int16Array.from(pieces.flat());
        for (const Rate of [Narrowing, Widening]) {
          const cut = new Rate();
          expect(pieces.flatMap((piece) => [...cut.convert(Int16Array.from(piece))])).toEqual([...new Rate().convert(whole)]);
        }
      }),
    );
  });
});

describe("a call's narrow sound", () => {
  test("is 24 kHz PCM of the same duration for the bridge", () => {
    const heard = new Narrowband().heard(Buffer.from(Buffer.alloc(160, 0x11).toString("base64")));
    expect(heard?.durationMs).toBe(20);
    expect(audioFrom(heard?.base64 ?? Buffer.alloc(0))?.durationMs).toBe(20);
  });

  test("is 20 ms of mu-law for 20 ms said", () => {
    const said = new Narrowband().said(audioOf(new Int16Array(480)));
    expect(Buffer.from(said.toString(), "base64")).toEqual(Buffer.alloc(160, muLawSilence));
  });

  test("is refused when it is not base64", () => {
    for (const junk of ["", "####", "AAA", "AA A"]) expect(new Narrowband().heard(Buffer.from(junk))).toBeUndefined();
  });

  test("begins from silence after a cut", () => {
    const line = new Narrowband();
    line.said(audioOf(tone(1_000, 24_000, 20)));
    line.cut();
    expect(Buffer.from(line.said(audioOf(new Int16Array(480))).toString(), "base64")).toEqual(Buffer.alloc(160, muLawSilence));
  });
});
