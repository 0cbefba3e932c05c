/**
 * What the caller said in a turn. Recognition tells words as it makes them out: first guesses that change, then final phrases, which may
 * come when the turn is long over; each says where in the sound it ends.
 */
export interface Phrase {
  readonly text: string;
  /** Where its speech ends, in milliseconds of the sound given to the session. */
  readonly endMs: number;
  /** BCP 47, when it was detected. */
  readonly language?: string;
}

export class WordsHeard {
  #final: Phrase[] = [];
  #guess: Phrase | undefined;
  /** A guess was taken for final up to here. */
  #takenMs = -1;

  guess(phrase: Phrase): void {
    if (phrase.text && phrase.endMs > this.#takenMs) this.#guess = phrase;
  }

  /** Whether it is news: what was already taken as a guess is not heard twice. */
  settle(phrase: Phrase): boolean {
    if (!phrase.text || phrase.endMs <= this.#takenMs) return false;
    this.#guess = undefined;
    this.#final.push(phrase);
    return true;
  }

  /** Nothing more is to be expected of what was said until now. */
  get settled(): boolean {
    return this.#final.length > 0 && !this.#guess;
  }

  /** Ends the turn at `untilMs` of the sound, with the best there is; undefined without any words. */
  take(untilMs: number): { text: string; language?: string } | undefined {
    const phrases = [...this.#final, ...(this.#guess ? [this.#guess] : [])];
    if (this.#guess) this.#takenMs = untilMs;
    this.#final = [];
    this.#guess = undefined;
    const last = phrases.at(-1);
    if (!last) return undefined;
    const text = phrases.reduce((so, each) => joined(so, each.text.trim()), "");
    return { text, ...(last.language ? { language: last.language } : {}) };
  }
}

const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}。！？，、]/u;

/** Scripts without spaces are joined without one. */
function joined(before: string, after: string): string {
  if (!before || !after) return before || after;
  return wide.test(before.at(-1) ?? "") && wide.test(after[0] ?? "") ? before + after : `${before} ${after}`;
}
