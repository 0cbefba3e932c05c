/** What one end of the benchmark got: how long each frame was under way, and whether all came, once, in order, to the right call. */
import { monotonicMs, type Stamp } from "./stamp.ts";

export interface Receipts {
  readonly received: number;
  readonly crossed: number;
  readonly disordered: number;
  /** Milliseconds under way, one a frame. */
  readonly latenciesMs: Float64Array;
}

export class Receiver {
  #received = 0;
  #crossed = 0;
  #disordered = 0;
  #latenciesMs: number[] = [];
  readonly #last = new Map<number, number>();

  /** A frame came on the socket of call `on`. */
  take(on: number, { call, sequence, sentMs }: Stamp): void {
    this.#latenciesMs.push(monotonicMs() - sentMs);
    this.#received += 1;
    if (call !== on) this.#crossed += 1;
    if (sequence !== (this.#last.get(on) ?? -1) + 1) this.#disordered += 1;
    this.#last.set(on, sequence);
  }

  /** What came since the last time this was asked. */
  collect(): Receipts {
    const receipts = {
      received: this.#received,
      crossed: this.#crossed,
      disordered: this.#disordered,
      latenciesMs: Float64Array.from(this.#latenciesMs),
    };
    this.#received = 0;
    this.#crossed = 0;
    this.#disordered = 0;
    this.#latenciesMs = [];
    return receipts;
  }
}
