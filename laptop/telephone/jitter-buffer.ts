/**
 * Sound waiting to be played: written in pieces of any size at any speed, read as one frame every 20 ms.
 *
 * Pieces come over networks, a little early or late. After a pause, playing therefore starts only once `holdMs` of sound is there or
 * that much time has passed; otherwise the first late piece would tear a hole into a word.
 */
import { type Frame, frameMs, frameSamples, sampleRate, silence } from "./frame.ts";

/** What a voice network usually holds: three frames. */
const holdMs = 60;
/** Ten minutes of sound; what is written beyond that is dropped, so that a sender gone wild cannot fill the memory. */
export const maximumSamples = 600 * sampleRate;

export class JitterBuffer {
  readonly #pieces: Int16Array[] = [];
  #queued = 0;
  #heldFrames = 0;
  #playing = false;
  #lastQueued = 0;

  /** Sound not yet played. */
  get queuedMs(): number {
    return (this.#queued * 1_000) / sampleRate;
  }

  /** Appends a copy of the sound; false when it was dropped because too much is waiting. */
  write(pcm: Int16Array): boolean {
    if (pcm.length === 0) return true;
    if (this.#queued + pcm.length > maximumSamples) return false;
    this.#pieces.push(pcm.slice());
    this.#queued += pcm.length;
    return true;
  }

  /** Forgets everything that was not played. */
  clear(): void {
    this.#pieces.length = 0;
    this.#queued = 0;
    this.#stop();
  }

  /** The next 20 ms. A last piece shorter than a frame waits one frame for company, then is played with silence behind it. */
  read(): Frame {
    if (this.#queued === 0) {
      this.#stop();
      return silence;
    }
    if (!this.#playing && !this.#mayStart()) return silence;
    this.#playing = true;
    if (this.#queued < frameSamples && this.#lastQueued !== this.#queued) {
      this.#lastQueued = this.#queued;
      return silence;
    }
    this.#lastQueued = 0;
    return { pcm: this.#take(), silent: false };
  }

  #mayStart(): boolean {
    this.#heldFrames++;
    return this.queuedMs >= holdMs || this.#heldFrames * frameMs >= holdMs;
  }

  #stop(): void {
    this.#playing = false;
    this.#heldFrames = 0;
    this.#lastQueued = 0;
  }

  #take(): Int16Array {
    const pcm = new Int16Array(frameSamples);
    let filled = 0;
    while (filled < frameSamples && this.#pieces.length > 0) {
      const piece = this.#pieces[0]!;
      const part = piece.subarray(0, frameSamples - filled);
      pcm.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#queued -= filled;
    return pcm;
  }
}
