/** When is an undelivered event tried again? Source: learn.microsoft.com/azure/event-grid/delivery-and-retry. */
import type { Fate } from "./event.ts";

export interface RetryPolicy {
  /** 1 to 30. */
  readonly maxDeliveryAttempts: number;
  /** 1 to 1440. */
  readonly eventTimeToLiveInMinutes: number;
}

export const defaultRetryPolicy: RetryPolicy = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 };

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const delaysMs = [10 * second, 30 * second, minute, 5 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour];

/** Answers of an Azure resource that no repetition changes: bad request, forbidden, too large. */
const final = new Set([400, 403, 413]);

export interface Attempt {
  /** How many there were, this one included. */
  readonly attempts: number;
  /** HTTP status; absent when nothing answered. */
  readonly status?: number;
  readonly publishedMs: number;
  readonly nowMs: number;
}

/** Milliseconds until the next attempt, or why there is none. */
export function next({ attempts, status, publishedMs, nowMs }: Attempt, policy: RetryPolicy): number | Fate["reason"] {
  if (status !== undefined && final.has(status)) return "UndeliverableDueToRejection";
  if (attempts >= policy.maxDeliveryAttempts) return "MaxDeliveryAttemptsExceeded";
  const delayMs = delaysMs[Math.min(attempts, delaysMs.length) - 1] ?? 0;
  const expiresMs = publishedMs + policy.eventTimeToLiveInMinutes * minute;
  return nowMs + delayMs >= expiresMs ? "TimeToLiveExceeded" : delayMs;
}

/** Throws when Event Grid would not take the policy. */
export function checkRetryPolicy({ maxDeliveryAttempts, eventTimeToLiveInMinutes }: RetryPolicy): void {
  if (!(maxDeliveryAttempts >= 1 && maxDeliveryAttempts <= 30))
    throw new Error(`retryPolicy: ${maxDeliveryAttempts} attempts; allowed are 1 to 30.`);
  if (!(eventTimeToLiveInMinutes >= 1 && eventTimeToLiveInMinutes <= 1_440)) {
    throw new Error(`retryPolicy: ${eventTimeToLiveInMinutes} minutes to live; allowed are 1 to 1440.`);
  }
}
