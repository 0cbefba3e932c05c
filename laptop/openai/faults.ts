/** Faults on demand, so that what the runtime does about them can be tried: the next requests fail in the way that was asked for. */
import type { Clock } from "../clock.ts";
import { Refusal } from "../identity/access.ts";

export type FaultKind = "throttled" | "server-error" | "timeout" | "broken-stream";
export type FaultTarget = "chat" | "embeddings" | "realtime" | "client-secrets" | "calls";

export interface Fault {
  readonly on: FaultTarget;
  readonly kind: FaultKind;
  /** How many requests it hits; 1 unless said. */
  readonly times?: number;
  /** Only requests for this deployment. */
  readonly deployment?: string;
  /** `throttled`: what Retry-After says; 1 s unless said. */
  readonly retryAfterMs?: number;
  /** `timeout`: how long nothing is answered before 408; two minutes unless said. */
  readonly holdMs?: number;
}

/** 429 with the headers that say when to come back. */
export class Throttled extends Refusal {
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super(
      429,
      "429",
      `Requests have exceeded the rate limit of this deployment. Please retry after ${Math.ceil(retryAfterMs / 1_000)} seconds.`,
    );
    this.retryAfterMs = retryAfterMs;
  }
  get headers(): Record<string, string> {
    return { "retry-after": String(Math.ceil(this.retryAfterMs / 1_000)), "retry-after-ms": String(this.retryAfterMs) };
  }
}

export class Faults {
  readonly #planned: { fault: Fault; left: number }[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  plan(fault: Fault): void {
    this.#planned.push({ fault, left: fault.times ?? 1 });
  }

  /** Throws or waits as planned; answers true when the stream that follows must break in the middle. */
  async meet(on: FaultTarget, deployment: string): Promise<boolean> {
    const planned = this.#planned.find(
      (each) => each.left > 0 && each.fault.on === on && (each.fault.deployment ?? deployment) === deployment,
    );
    if (!planned) return false;
    planned.left--;
    const { kind, retryAfterMs = 1_000, holdMs = 120_000 } = planned.fault;
    if (kind === "throttled") throw new Throttled(retryAfterMs);
    if (kind === "server-error")
      throw new Refusal(500, "InternalServerError", "The server had an error processing your request. Retry it.");
    if (kind === "timeout") {
      await new Promise<void>((resolve) => this.#clock.after(holdMs, resolve));
      throw new Refusal(408, "Timeout", "The operation was timeout.");
    }
    return true;
  }
}
