/**
 * Time, and what happens in it, one thing after the other. Things due at the same moment happen in an order that chance decides, so that every
 * order comes up; between two of them everything that promises set off is over.
 */
import type { Random } from "../../training/random.ts";

export interface Planned {
  readonly dueMs: number;
  readonly order: number;
  /** Absent once it has happened or was called off. */
  act: (() => void) | undefined;
}

export class Scheduler {
  #nowMs = Date.UTC(2026, 10, 22, 9);
  readonly #random: Random;
  /** A binary heap: each is due no later than the two at twice its place. */
  readonly #planned: Planned[] = [];
  happened = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  at(delayMs: number, act: () => void): Planned {
    const planned: Planned = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#random.next(), act };
    const heap = this.#planned;
    let at = heap.length;
    heap.push(planned);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Planned;
      if (!before(planned, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = planned;
    return planned;
  }

  /** Lets everything happen that is due by `untilMs`, as long as `goesOn` says so. True when there is nothing left to happen at all. */
  async run(untilMs: number, goesOn: () => boolean): Promise<boolean> {
    await settled();
    while (goesOn()) {
      const next = this.#planned[0];
      if (!next) return true;
      const { act } = next;
      if (act && next.dueMs > untilMs) return false;
      this.#takeFirst();
      if (!act) continue;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.act = undefined;
      this.happened++;
      act();
      await settled();
    }
    return false;
  }

  #takeFirst(): void {
    const heap = this.#planned;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const other = heap[below + 1];
      if (other && before(other, heap[below] as Planned)) below++;
      const child = heap[below] as Planned;
      if (!before(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

const before = (one: Planned, other: Planned): boolean =>
  one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);

/** Node runs what is asked for here once no promise has anything left to do. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** A connection: what is sent arrives in order, each after a while of its own. */
export class Channel {
  readonly #scheduler: Scheduler;
  readonly #latencyMs: () => number;
  #lastMs = 0;

  constructor(scheduler: Scheduler, latencyMs: () => number) {
    this.#scheduler = scheduler;
    this.#latencyMs = latencyMs;
  }

  send(arrive: () => void): void {
    const { nowMs } = this.#scheduler;
    // A hair later than the one before: at the same moment chance would decide.
    this.#lastMs = Math.max(this.#lastMs + 0.001, nowMs + this.#latencyMs());
    this.#scheduler.at(this.#lastMs - nowMs, arrive);
  }
}
