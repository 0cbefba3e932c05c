/**
 * When does the caller speak? By loudness alone, in frames of 20 ms: `server_vad`'s settings, and for `semantic_vad` the same with its
 * default silence, since the stand-in cannot tell a finished sentence from a pause.
 */
import { voiceRate } from "../../voice/sound.ts";

export interface TurnDetection {
  readonly type: "server_vad" | "semantic_vad";
  readonly threshold: number;
  readonly prefix_padding_ms: number;
  readonly silence_duration_ms: number;
  readonly create_response: boolean;
  readonly interrupt_response: boolean;
}

/** The API's own defaults (openai 7.57.0, resources/realtime/realtime.d.ts). */
export const defaultTurnDetection: TurnDetection = {
  type: "server_vad",
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  create_response: true,
  interrupt_response: true,
};

const frameMs = 20;
const frameSamples = (voiceRate * frameMs) / 1_000;

/** Root mean square of a 16-bit frame that a threshold of 1 asks for; half of it is a quiet voice, well above line noise. */
const fullThreshold = 1_000;

/** A click is shorter than this. */
const speechFrames = 3;

export type TurnEvent =
  | { readonly type: "started"; readonly audioStartMs: number; readonly pcm: Int16Array }
  | { readonly type: "speech"; readonly pcm: Int16Array }
  | { readonly type: "stopped"; readonly audioEndMs: number };

/** Cuts a line of sound into turns. `started` carries what was said before it was noticed, with the padding asked for. */
export class TurnDetector {
  readonly settings: TurnDetection;
  #rest = new Int16Array(0);
  #before: Int16Array[] = [];
  #loudFrames = 0;
  #silentMs = 0;
  #speaking = false;
  #heardMs: number;

  /** `heardMs`: how much sound the session has taken in before. */
  constructor(settings: TurnDetection, heardMs = 0) {
    this.settings = settings;
    this.#heardMs = heardMs;
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  take(pcm: Int16Array): TurnEvent[] {
    const line = new Int16Array(this.#rest.length + pcm.length);
    line.set(this.#rest);
    line.set(pcm, this.#rest.length);
    const events: TurnEvent[] = [];
    let at = 0;
    for (; at + frameSamples <= line.length; at += frameSamples) events.push(...this.#frame(line.slice(at, at + frameSamples)));
    this.#rest = line.slice(at);
    return events;
  }

  #frame(frame: Int16Array): TurnEvent[] {
    this.#heardMs += frameMs;
    const loud = loudness(frame) >= this.settings.threshold * fullThreshold;
    if (this.#speaking) return this.#whileSpeaking(frame, loud);
    this.#loudFrames = loud ? this.#loudFrames + 1 : 0;
    this.#before.push(frame);
    const kept = Math.ceil(this.settings.prefix_padding_ms / frameMs) + speechFrames;
    if (this.#before.length > kept) this.#before.splice(0, this.#before.length - kept);
    if (this.#loudFrames < speechFrames) return [];
    const pcm = Int16Array.from(this.#before.flatMap((each) => [...each]));
    const audioStartMs = this.#heardMs - this.#before.length * frameMs;
    this.#before = [];
    this.#speaking = true;
    this.#silentMs = 0;
    return [{ type: "started", audioStartMs, pcm }];
  }

  #whileSpeaking(frame: Int16Array, loud: boolean): TurnEvent[] {
    this.#silentMs = loud ? 0 : this.#silentMs + frameMs;
    if (this.#silentMs < this.settings.silence_duration_ms) return [{ type: "speech", pcm: frame }];
    this.#speaking = false;
    this.#loudFrames = 0;
    return [
      { type: "speech", pcm: frame },
      { type: "stopped", audioEndMs: this.#heardMs },
    ];
  }
}

function loudness(frame: Int16Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return Math.sqrt(sum / frame.length);
}
