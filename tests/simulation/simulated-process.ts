/** A process that may be killed: its timers and whatever it waits for are gone with it, and what it had sent is on its way. */
import type { Clock } from "../../runtime/bridge/clock.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

/** How a question to a service ends: as it should, or in a failure that is told before or after it was done. */
export type Fate = "done" | "failed before" | "failed after";

export interface Remote {
  readonly fate: Fate;
  readonly thereMs: number;
  readonly backMs: number;
  /** The status of a failure. */
  readonly status: number;
}

export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly timers = new Set<Planned>();
  killedAtMs: number | undefined;
  readonly #scheduler: Scheduler;
  readonly #work = new Set<() => void>();

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
    this.clock = { nowMs: () => scheduler.nowMs, after: (delayMs, act) => this.#after(delayMs, act) };
  }

  get alive(): boolean {
    return this.killedAtMs === undefined;
  }

  /** Asks a service: `perform` is done there when the question arrives, and what it returns comes back as long as somebody is there. */
  ask<Answer>(perform: () => Answer, { fate, thereMs, backMs, status }: Remote): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return;
      const answer = (act: () => void) => this.#scheduler.at(backMs, () => this.alive && act());
      const fail = (error: unknown) => answer(() => reject(error));
      this.#scheduler.at(thereMs, () => {
        if (fate === "failed before") return fail(refusal(status));
        try {
          const answered = perform();
          if (fate === "failed after") fail(refusal(status));
          else answer(() => resolve(answered));
        } catch (error) {
          fail(error);
        }
      });
    });
  }

  /** Runs a handler; `over` is told whether it did its work, and false also when the process is killed meanwhile. */
  handle(work: () => Promise<unknown>, over: (done: boolean, reason?: unknown) => void): void {
    const died = () => over(false);
    this.#work.add(died);
    const finish = (done: boolean, reason?: unknown) => {
      if (this.alive && this.#work.delete(died)) over(done, reason);
    };
    work().then(
      () => finish(true),
      (reason: unknown) => finish(false, reason),
    );
  }

  kill(): void {
    this.killedAtMs = this.#scheduler.nowMs;
    for (const timer of this.timers) timer.act = undefined;
    this.timers.clear();
    for (const died of this.#work) died();
    this.#work.clear();
  }

  #after(delayMs: number, act: () => void): () => void {
    if (!this.alive) return () => undefined;
    const timer = this.#scheduler.at(delayMs, () => {
      this.timers.delete(timer);
      act();
    });
    this.timers.add(timer);
    return () => {
      timer.act = undefined;
      this.timers.delete(timer);
    };
  }
}

/** As the official clients throw it. */
export const refusal = (status: number): Error =>
  Object.assign(new Error(`refused with status ${status}`), { statusCode: status, code: status });
