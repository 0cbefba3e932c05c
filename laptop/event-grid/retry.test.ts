import { expect, test } from "vitest";
import { checkRetryPolicy, defaultRetryPolicy, next } from "./retry.ts";

const minute = 60_000;

test("a queue that cannot be reached is tried again after 10 s, 30 s, a minute, and ever less often", () => {
  const delays = [1, 2, 3, 4].map((attempts) => next({ attempts, publishedMs: 0, nowMs: 0 }, defaultRetryPolicy));
  expect(delays).toEqual([10_000, 30_000, minute, 5 * minute]);
});

test("a refusal is not repeated", () => {
  expect(next({ attempts: 1, status: 403, publishedMs: 0, nowMs: 0 }, defaultRetryPolicy)).toBe("UndeliverableDueToRejection");
});

test("attempts end with their number or with the event's time to live, whichever comes first", () => {
  const policy = { maxDeliveryAttempts: 3, eventTimeToLiveInMinutes: 1 };
  expect(next({ attempts: 3, status: 503, publishedMs: 0, nowMs: 0 }, policy)).toBe("MaxDeliveryAttemptsExceeded");
  expect(next({ attempts: 2, status: 503, publishedMs: 0, nowMs: 30_000 }, policy)).toBe("TimeToLiveExceeded");
  expect(next({ attempts: 2, status: 503, publishedMs: 0, nowMs: 29_999 }, policy)).toBe(30_000);
});

test("a policy outside Event Grid's limits is refused", () => {
  expect(() => checkRetryPolicy({ maxDeliveryAttempts: 31, eventTimeToLiveInMinutes: 5 })).toThrow("allowed are 1 to 30");
  expect(() => checkRetryPolicy({ maxDeliveryAttempts: 3, eventTimeToLiveInMinutes: 0 })).toThrow("allowed are 1 to 1440");
});
