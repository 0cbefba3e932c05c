import type { Clock } from "../../laptop/clock.ts";

/** A clock that stands still until told to go on: an hour passes in no time. */
export class VirtualClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 22, 9);
  #timers: { readonly dueMs: number; readonly act: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Lets the time pass, and everything that was to happen in it happen in order. */
  pass(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const next = this.#timers.filter((each) => each.dueMs <= untilMs).sort((one, other) => one.dueMs - other.dueMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.act();
    }
    this.#nowMs = untilMs;
  }
}
