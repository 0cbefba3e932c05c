/** What a call keeps in its record: one write after the other, each tried again, none dropped in silence. */
import type { Clock } from "./clock.ts";

/** Pauses between attempts: a throttled database is patient again after some seconds. */
const delaysMs = [200, 1_000, 5_000, 15_000];

export class OrderedWrites {
  readonly #clock: Clock;
  readonly #lost: () => void;
  #last: Promise<void> = Promise.resolve();

  /** `lost` is told of a write that failed at every attempt. */
  constructor(clock: Clock, lost: () => void) {
    this.#clock = clock;
    this.#lost = lost;
  }

  /** Settles, never rejects, once everything asked for so far is kept or lost. */
  get settled(): Promise<void> {
    return this.#last;
  }

  add(write: () => Promise<unknown>): void {
    this.#last = this.#last.then(() => this.#insist(write));
  }

  async #insist(write: () => Promise<unknown>): Promise<void> {
    for (const delayMs of [...delaysMs, undefined]) {
      try {
        await write();
        return;
      } catch {
        if (delayMs === undefined) this.#lost();
        else await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve));
      }
    }
  }
}
