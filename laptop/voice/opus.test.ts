import { afterEach, expect, test } from "vitest";
import { type Opus, openOpus, opusFrameSamples, opusRate } from "./opus.ts";
import { bytesFromPcm, pcmFromBytes } from "./sound.ts";

const open: Opus[] = [];
const codec = (): Opus => {
  const opened = openOpus();
  open.push(opened);
  return opened;
};
afterEach(() => {
  for (const each of open.splice(0)) each.delete();
});

const tone = (hertz: number) =>
  Int16Array.from({ length: opusFrameSamples }, (_, at) => Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / opusRate)));

/** How loud a tone is in a frame, by correlation with its sine and cosine. */
function loudnessOf(hertz: number, frame: Int16Array): number {
  let sine = 0;
  let cosine = 0;
  for (const [at, sample] of frame.entries()) {
    sine += sample * Math.sin((2 * Math.PI * hertz * at) / opusRate);
    cosine += sample * Math.cos((2 * Math.PI * hertz * at) / opusRate);
  }
  return Math.hypot(sine, cosine) / frame.length;
}

test("a hundred codecs at once each carry their own tone, while others come and go", () => {
  const pairs = Array.from({ length: 50 }, (_, at) => ({ hertz: 500 + 50 * at, encoder: codec(), decoder: codec() }));
  for (let round = 0; round < 5; round++) {
    const passing = openOpus();
    for (const { hertz, encoder, decoder } of pairs) {
      const packet = encoder.encode(bytesFromPcm(tone(hertz)), opusFrameSamples);
      const heard = pcmFromBytes(decoder.decode(Buffer.from(packet)));
      expect(heard).toHaveLength(opusFrameSamples);
      // The first frames are faded in.
      if (round < 2) continue;
      const others = pairs.map((each) => each.hertz).filter((each) => Math.abs(each - hertz) > 300);
      const loudest = Math.max(...others.map((each) => loudnessOf(each, heard)));
      expect(loudnessOf(hertz, heard)).toBeGreaterThan(2 * loudest);
    }
    passing.delete();
  }
});

test("codecs that are opened and deleted by the thousand leave room for more", () => {
  for (let time = 0; time < 1_000; time++) openOpus().delete();
  expect(codec().encode(bytesFromPcm(tone(440)), opusFrameSamples).length).toBeGreaterThan(0);
});
