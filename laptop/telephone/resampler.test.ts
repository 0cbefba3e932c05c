import fc from "fast-check";
import { expect, test } from "vitest";
import { Resampler, resample } from "./resampler.ts";

test("equal rates pass bit for bit", () => {
  const sound = Int16Array.from([1, -2, 32_767, -32_768]);
  expect(resample(sound, 24_000, 24_000)).toBe(sound);
});

test("20 ms stay 20 ms, frame after frame", () => {
  for (const [from, to] of [
    [24_000, 16_000],
    [16_000, 24_000],
    [8_000, 24_000],
  ] as const) {
    const resampler = new Resampler(from, to);
    for (let frame = 0; frame < 500; frame++) expect(resampler.convert(new Int16Array(from / 50))).toHaveLength(to / 50);
  }
});

test("a sound is the same whether it comes whole or in pieces", () => {
  const pieces = fc.array(fc.array(fc.integer({ min: -30_000, max: 30_000 }), { maxLength: 40 }), { maxLength: 10 });
  const rates = fc.constantFrom(8_000, 16_000, 24_000, 44_100);
  fc.assert(
    fc.property(pieces, rates, rates, (parts, from, to) => {
      const whole = resample(Int16Array.from(parts.flat()), from, to);
      const resampler = new Resampler(from, to);
      const joined = parts.flatMap((part) => [...resampler.convert(Int16Array.from(part))]);
      expect(joined).toEqual([...whole]);
    }),
  );
});

test("a telephone tone keeps its pitch and its loudness on the way to 16 kHz and back", () => {
  const tone = Int16Array.from({ length: 24_000 }, (_, at) => Math.round(10_000 * Math.sin((2 * Math.PI * 440 * at) / 24_000)));
  const back = resample(resample(tone, 24_000, 16_000), 16_000, 24_000);
  const crossings = (sound: Int16Array): number =>
    sound.filter((sample, at) => at > 0 && sample >= 0 && sound[at - 1]! < 0).length;
  expect(Math.abs(crossings(back) - 440)).toBeLessThanOrEqual(1);
  expect(Math.max(...back)).toBeGreaterThan(9_500);
});
