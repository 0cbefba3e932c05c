/**
 * When does the caller speak? By loudness alone, as call-center-ai decides it: the flag `vad_threshold` is a share of ten per cent of full
 * scale. Speech lasts, a click does not: it has begun once most of the last frames are loud, and is over after `silenceMs` of quiet.
 */
export interface GateSettings {
  /** `vad_threshold`, 0.1 to 1. */
  readonly threshold: number;
  /** `vad_silence_timeout_ms`. */
  readonly silenceMs: number;
}

/** Positions count the sound the gate was given, in milliseconds. */
export type GateEvent =
  | { readonly kind: "started"; readonly atMs: number }
  /** `quietSinceMs` is where the speech itself ended. */
  | { readonly kind: "stopped"; readonly atMs: number; readonly quietSinceMs: number };

const frameMs = 20;
/** 24,000 samples a second of two bytes each. */
const frameBytes = frameMs * 48;
const fullScale = 32_768;
/** A threshold of 1 is this share of full scale. */
const loudestThreshold = 0.1;
/** Speech has begun when so many of the last frames are loud: 60 ms within 100 ms. */
const windowFrames = 5;
const loudFrames = 3;
/** What was loud for no longer than this and is quiet again for so long was a click or a cough, and must not wait for the end of a turn. */
const longestClickMs = 140;
const afterClickMs = 100;

export class EnergyGate {
  #settings: GateSettings;
  #rest: Buffer = Buffer.alloc(0);
  #heardMs = 0;
  #window: boolean[] = [];
  #speaking = false;
  #startMs = 0;
  #quietSinceMs = 0;

  constructor(settings: GateSettings) {
    this.#settings = settings;
  }

  /** Takes effect with the next frame. */
  set settings(settings: GateSettings) {
    this.#settings = settings;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** How much sound was given, in whole frames. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Takes 24 kHz, 16-bit, mono PCM in pieces of any size. */
  hear(pcm: Buffer): GateEvent[] {
    const line = this.#rest.length > 0 ? Buffer.concat([this.#rest, pcm]) : pcm;
    const events: GateEvent[] = [];
    let at = 0;
    for (; at + frameBytes <= line.length; at += frameBytes) {
      const event = this.#frame(line.subarray(at, at + frameBytes));
      if (event) events.push(event);
    }
    this.#rest = line.subarray(at);
    return events;
  }

  #frame(frame: Buffer): GateEvent | undefined {
    const loud = loudness(frame) >= this.#settings.threshold * loudestThreshold;
    this.#heardMs += frameMs;
    return this.#speaking ? this.#whileSpeaking(loud) : this.#whileQuiet(loud);
  }

  #whileQuiet(loud: boolean): GateEvent | undefined {
    this.#window = [...this.#window.slice(1 - windowFrames), loud];
    if (this.#window.filter(Boolean).length < loudFrames) return undefined;
    this.#startMs = this.#heardMs - (this.#window.length - this.#window.indexOf(true)) * frameMs;
    this.#speaking = true;
    this.#window = [];
    this.#quietSinceMs = this.#heardMs;
    return { kind: "started", atMs: this.#startMs };
  }

  #whileSpeaking(loud: boolean): GateEvent | undefined {
    if (loud) this.#quietSinceMs = this.#heardMs;
    const { silenceMs } = this.#settings;
    const click = this.#quietSinceMs - this.#startMs <= longestClickMs;
    if (loud || this.#heardMs - this.#quietSinceMs < (click ? Math.min(afterClickMs, silenceMs) : silenceMs)) return undefined;
    this.#speaking = false;
    return { kind: "stopped", atMs: this.#heardMs, quietSinceMs: this.#quietSinceMs };
  }
}

/** Root mean square as a share of full scale. */
function loudness(frame: Buffer): number {
  let sum = 0;
  for (let at = 0; at < frame.length; at += 2) {
    // Byte by byte: a frame cut out of base64 need not begin where an Int16Array may.
    const sample = ((frame[at + 1]! << 24) >> 16) | frame[at]!;
    sum += sample * sample;
  }
  return Math.sqrt(sum / (frame.length / 2)) / fullScale;
}
