/**
 * When has the other side finished speaking? Told from what is heard alone, 20 ms at a time, so that it is the same for a phone, a person
 * and a test: somebody spoke, and then it was quiet for long enough.
 */
import { frameMs } from "./frame.ts";

/** Longer than the pauses inside a sentence. */
const pauseMs = 700;
/** A click or a cough is no turn. */
const shortestSpeechMs = 200;

export interface Turn {
  /** What was understood, in order; empty when there was only sound. */
  readonly words: string;
}

export class Turns {
  #words: string[] = [];
  #speechMs = 0;
  #quietMs = 0;

  /** One frame: whether it is loud, and the words that became complete in it. Answers the turn that ends with it. */
  hear(loud: boolean, words: readonly string[]): Turn | undefined {
    this.#words.push(...words);
    if (loud) {
      this.#speechMs += frameMs;
      this.#quietMs = 0;
      return undefined;
    }
    this.#quietMs += frameMs;
    if (this.#quietMs < pauseMs || (this.#words.length === 0 && this.#speechMs < shortestSpeechMs)) return undefined;
    const turn = { words: this.#words.join(" ") };
    this.forget();
    return turn;
  }

  /** The other side is speaking now. */
  get speaking(): boolean {
    return this.#speechMs >= shortestSpeechMs && this.#quietMs < pauseMs;
  }

  /** How long it has been quiet. */
  get quietMs(): number {
    return this.#quietMs;
  }

  forget(): void {
    this.#words = [];
    this.#speechMs = 0;
  }
}
