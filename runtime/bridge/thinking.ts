/** The sound of being at it: a soft double tone while the caller waits, dropped as soon as anybody speaks. */
import type { Audio } from "./audio.ts";
import type { Step } from "./session-state.ts";
import { ask, change } from "./step.ts";

const durationMs = 1_000;
const samplesPerMs = 24;
/** A share of full scale: some 26 dB below speech at its loudest. */
const loudness = 0.05;
/** Low enough to be told from speech, high enough for a telephone (300 Hz upwards). */
const tonesHz = [392, 523.25] as const;

/** One second of 24 kHz, 16-bit mono: two tones, each swelling and fading. */
export const thinkingSound: Audio = { base64: Buffer.from(tones().toString("base64"), "latin1"), durationMs };

function tones(): Buffer {
  const samples = durationMs * samplesPerMs;
  const each = samples / tonesHz.length;
  const pcm = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at++) {
    const hz = tonesHz[Math.floor(at / each)] ?? tonesHz[0];
    const swell = Math.sin((Math.PI * (at % each)) / each) ** 2;
    pcm.writeInt16LE(Math.round(32_767 * loudness * swell * Math.sin((2 * Math.PI * hz * at) / (samplesPerMs * 1_000))), at * 2);
  }
  return pcm;
}

/** Plays it once. It is no utterance: nobody remembers it. */
export function think(step: Step, nowMs: number): Step {
  return ask(change(step, { thinkingUntilMs: nowMs + durationMs }), { kind: "play", audio: thinkingSound });
}

/** It is dropped at once: somebody speaks. */
export function stopThinking(step: Step, nowMs: number): Step {
  const { thinkingUntilMs } = step.session;
  if (thinkingUntilMs === undefined) return step;
  const stopped = change(step, { thinkingUntilMs: undefined });
  return thinkingUntilMs > nowMs ? ask(stopped, { kind: "stop_playing" }) : stopped;
}
