/** Hears a stream of sound and says what was said when: the voice's ear with a sense of time. */

import { voiceRate } from "../voice/sound.ts";
import type { Ear, Voice } from "../voice/voice.ts";
import { Intake } from "./sound-format.ts";

/** Times are in the protocol's ticks of 100 ns since the beginning of the stream. */
export interface Utterance {
  readonly text: string;
  readonly offset: number;
  readonly duration: number;
}

export interface Heard {
  readonly finished: readonly Utterance[];
  /** What is being said and not finished, when it has changed. */
  readonly partial?: Utterance;
}

const ticksPerSecond = 10_000_000;
/** Enough silence for the ear to see that nothing more comes. */
const tailSamples = voiceRate / 2;
/** Below this a sample is the noise of a quiet line; sound after so much quiet is a new utterance. */
const quiet = 200;
const pauseSamples = 0.3 * voiceRate;

export class Listener {
  readonly #ear: Ear;
  readonly #intake: Intake;
  #samples = 0;
  /** Where the latest sound began and ended. */
  #soundFrom = 0;
  #soundUntil = -pauseSamples;
  #partial = "";

  constructor(voice: Voice, rate: number) {
    this.#ear = voice.ear();
    this.#intake = new Intake(rate);
  }

  hear(bytes: Buffer): Heard {
    return this.#take(this.#intake.take(bytes));
  }

  /** The stream has ended: what is still in the ear comes out. */
  end(): Heard {
    return this.#take(new Int16Array(tailSamples));
  }

  /** How much was heard so far, in ticks. */
  get position(): number {
    return ticks(this.#samples);
  }

  /** How long nothing has been said, in ticks. */
  get silence(): number {
    return ticks(this.#samples - Math.max(0, this.#soundUntil));
  }

  close(): void {
    this.#ear.close();
  }

  #take(pcm: Int16Array): Heard {
    const texts = this.#ear.hear(pcm);
    this.#noticeSound(pcm);
    this.#samples += pcm.length;
    const finished = texts.map((text) => this.#utterance(text));
    const { unfinished } = this.#ear;
    const isNews = unfinished !== "" && unfinished !== this.#partial;
    this.#partial = unfinished;
    return isNews ? { finished, partial: this.#utterance(unfinished) } : { finished };
  }

  #noticeSound(pcm: Int16Array): void {
    for (const [at, sample] of pcm.entries()) {
      if (Math.abs(sample) < quiet) continue;
      const here = this.#samples + at;
      if (here - this.#soundUntil >= pauseSamples) this.#soundFrom = here;
      this.#soundUntil = here + 1;
    }
  }

  #utterance(text: string): Utterance {
    const offset = ticks(this.#soundFrom);
    return { text, offset, duration: ticks(this.#soundUntil) - offset };
  }
}

const ticks = (samples: number): number => Math.round((samples * ticksPerSecond) / voiceRate);
