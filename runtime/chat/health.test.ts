import { expect, test } from "vitest";
import { afterFailure, freeInMs, healthy, isAvoided } from "./health.ts";

test("a deployment that failed is left alone for as long as it says, and alone", () => {
  const health = afterFailure(healthy, { deployment: "fast", nowMs: 1_000, retryAfterMs: 5_000 });
  expect([5_999, 6_000].map((nowMs) => isAvoided(health, "fast", nowMs))).toEqual([true, false]);
  expect(isAvoided(health, "strong", 1_000)).toBe(false);
});

test("one that says nothing is left alone for half a minute, and none for more than five", () => {
  const silent = afterFailure(healthy, { deployment: "fast", nowMs: 0 });
  expect([29_999, 30_000].map((nowMs) => isAvoided(silent, "fast", nowMs))).toEqual([true, false]);
  const forADay = afterFailure(healthy, { deployment: "fast", nowMs: 0, retryAfterMs: 86_400_000 });
  expect([299_999, 300_000].map((nowMs) => isAvoided(forADay, "fast", nowMs))).toEqual([true, false]);
});

test("a second failure shortens nothing", () => {
  const long = afterFailure(healthy, { deployment: "fast", nowMs: 0, retryAfterMs: 60_000 });
  const again = afterFailure(long, { deployment: "fast", nowMs: 10, retryAfterMs: 1_000 });
  expect(isAvoided(again, "fast", 59_999)).toBe(true);
});

test("of several, the one that may be asked first says how long the wait is", () => {
  const one = afterFailure(healthy, { deployment: "fast", nowMs: 0, retryAfterMs: 9_000 });
  const both = afterFailure(one, { deployment: "strong", nowMs: 0, retryAfterMs: 4_000 });
  expect(freeInMs(both, ["fast", "strong"], 1_000)).toBe(3_000);
  expect(freeInMs(one, ["fast", "strong"], 1_000)).toBe(0);
});
