import fc from "fast-check";
import { expect, test } from "vitest";
import { EnergyGate, type GateEvent } from "./energy-gate.ts";

/** `amplitude` of full scale, as a square wave, whose loudness is its amplitude. */
function sound(amplitude: number, durationMs: number): Buffer {
  const samples = Int16Array.from({ length: durationMs * 24 }, (_, at) => Math.round((at % 2 ? -1 : 1) * amplitude * 32_767));
  return Buffer.from(samples.buffer);
}
const speech = (durationMs: number) => sound(0.08, durationMs);
const silence = (durationMs: number) => sound(0, durationMs);
const gate = (settings = {}) => new EnergyGate({ threshold: 0.5, silenceMs: 500, ...settings });
const heard = (pieces: Buffer[], settings = {}): GateEvent[] => gate(settings).hear(Buffer.concat(pieces));

test("speech begins where it began and ends after the silence that ends a turn", () => {
  expect(heard([silence(300), speech(1_000), silence(600)])).toEqual([
    { kind: "started", atMs: 300 },
    { kind: "stopped", atMs: 1_800, quietSinceMs: 1_300 },
  ]);
});

test("a click, and clicks far apart, are no speech", () => {
  expect(heard([speech(40), silence(500)])).toEqual([]);
  expect(heard(Array.from({ length: 20 }, () => Buffer.concat([speech(20), silence(80)])))).toEqual([]);
});

test("a short noise is over before it could interrupt anybody, and a short word before a gap is not", () => {
  expect(heard([silence(200), speech(120), silence(500)])).toEqual([
    { kind: "started", atMs: 200 },
    { kind: "stopped", atMs: 420, quietSinceMs: 320 },
  ]);
  expect(heard([speech(200), silence(400), speech(200), silence(500)]).map((each) => each.kind)).toEqual(["started", "stopped"]);
});

test("speech with gaps shorter than the silence is one turn", () => {
  const events = heard([speech(400), silence(480), speech(400), silence(500)]);
  expect(events.map((each) => each.kind)).toEqual(["started", "stopped"]);
});

test("the threshold is a share of ten per cent of full scale", () => {
  const quiet = [sound(0.03, 400)];
  expect(heard(quiet)).toEqual([]);
  expect(heard(quiet, { threshold: 0.25 })).toHaveLength(1);
  expect(heard([sound(0.055, 400)])).toHaveLength(1);
  expect(heard([sound(0.09, 400)], { threshold: 1 })).toEqual([]);
});

test("settings may change in the middle of a turn", () => {
  const listening = gate();
  listening.hear(speech(400));
  listening.settings = { threshold: 0.5, silenceMs: 100 };
  expect(listening.hear(silence(100))).toEqual([{ kind: "stopped", atMs: 500, quietSinceMs: 400 }]);
});

test("no silence at all still ends a turn, at the first quiet frame", () => {
  expect(heard([speech(200), silence(40)], { silenceMs: 0 }).map((each) => each.kind)).toEqual(["started", "stopped"]);
});

test("however the line is cut into pieces, the same is heard", () => {
  const line = Buffer.concat([silence(200), speech(300), silence(700), speech(200), silence(700)]);
  const whole = gate().hear(line);
  expect(whole).toHaveLength(4);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 30 }), (cuts) => {
      const listening = gate();
      const events: GateEvent[] = [];
      let at = 0;
      for (const cut of cuts) {
        events.push(...listening.hear(line.subarray(at, at + cut)));
        at += cut;
      }
      events.push(...listening.hear(line.subarray(at)));
      expect(events).toEqual(whole);
    }),
  );
});
