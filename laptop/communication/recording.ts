/** A call's recording: both sides as one sound or as two channels, written as a WAV file when it ends. */
import type { Moment } from "../telephone/conversation.ts";
import { frameSamples, mix, sampleRate, silence } from "../telephone/frame.ts";
import { Resampler } from "../telephone/resampler.ts";
import { wavFile } from "../telephone/wav.ts";

/** What the service records at. */
const recordedRate = 16_000;

export class Recording {
  readonly id: string;
  readonly channelType: "mixed" | "unmixed";
  readonly startedAtMs: number;
  paused: boolean;
  readonly #channels: { readonly resampler: Resampler; readonly pieces: Int16Array[] }[];
  #frames = 0;

  constructor(id: string, channelType: "mixed" | "unmixed", startedAtMs: number, paused: boolean) {
    this.id = id;
    this.channelType = channelType;
    this.startedAtMs = startedAtMs;
    this.paused = paused;
    const channels = channelType === "mixed" ? 1 : 2;
    this.#channels = Array.from({ length: channels }, () => ({ resampler: new Resampler(sampleRate, recordedRate), pieces: [] }));
  }

  moment({ heard, spoken }: Moment): void {
    // A gap that lasts as long as the pause: times in the recording stay those of the call.
    const sounds = this.paused ? [silence, silence] : [heard, spoken];
    const sides = this.channelType === "mixed" ? [mix(sounds)] : sounds;
    for (const [at, { resampler, pieces }] of this.#channels.entries()) pieces.push(resampler.convert(sides[at]!.pcm));
    this.#frames++;
  }

  get durationMs(): number {
    return (this.#frames * frameSamples * 1_000) / sampleRate;
  }

  /** The other side is the first channel, the app's own sound the second. */
  file(): Buffer {
    return wavFile(
      this.#channels.map(({ pieces }) => joined(pieces)),
      recordedRate,
    );
  }
}

function joined(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
