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

export class Listener {
  readonly #ear: Ear;
  readonly #intake: Intake;
  #samples = 0;
  /** Where the current utterance began, as far as an ear that hears only whole pieces can tell. */
  #beganAt = 0;
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

  close(): void {
    this.#ear.close();
  }

  #take(pcm: Int16Array): Heard {
    const texts = this.#ear.hear(pcm);
    this.#samples += pcm.length;
    const finished = texts.map((text) => this.#utterance(text));
    if (finished.length > 0) this.#beganAt = this.#samples;
    const { unfinished } = this.#ear;
    const isNews = unfinished !== "" && unfinished !== this.#partial;
    this.#partial = unfinished;
    return isNews ? { finished, partial: this.#utterance(unfinished) } : { finished };
  }

  #utterance(text: string): Utterance {
    const offset = ticks(this.#beganAt);
    return { text, offset, duration: ticks(this.#samples) - offset };
  }
}

const ticks = (samples: number): number => Math.round((samples * ticksPerSecond) / voiceRate);
