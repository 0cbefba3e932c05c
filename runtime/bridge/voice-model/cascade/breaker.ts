/** Which deployment is worth asking: one that throttles or keeps failing is left alone for a while. */

/** Failures in a row after which a deployment is left alone, and for how long. */
const mostFailures = 3;
const restMs = 10_000;
/** A Retry-After longer than this says nothing about the next minutes of a call. */
const longestRestMs = 60_000;

export class Breaker {
  readonly #deployments = new Map<string, { failures: number; closedUntilMs: number }>();

  /** How long the deployment is still left alone; 0 when it may be asked. */
  waitMs(deployment: string, nowMs: number): number {
    return Math.max(0, (this.#deployments.get(deployment)?.closedUntilMs ?? 0) - nowMs);
  }

  succeeded(deployment: string): void {
    this.#deployments.delete(deployment);
  }

  /** `retryAfterMs` is the deployment's own word on when to come back. */
  failed(deployment: string, nowMs: number, retryAfterMs?: number): void {
    const failures = (this.#deployments.get(deployment)?.failures ?? 0) + 1;
    const rest = retryAfterMs ?? (failures >= mostFailures ? restMs : 0);
    this.#deployments.set(deployment, { failures, closedUntilMs: nowMs + Math.min(rest, longestRestMs) });
  }
}
