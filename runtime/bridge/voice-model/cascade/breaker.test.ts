import { expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

test("a deployment that throttles is left alone for as long as it says, a minute at most", () => {
  const breaker = new Breaker();
  breaker.failed("fast", 1_000, 1_500);
  expect(breaker.waitMs("fast", 2_000)).toBe(500);
  expect(breaker.waitMs("fast", 2_500)).toBe(0);
  expect(breaker.waitMs("strong", 2_000)).toBe(0);
  breaker.failed("fast", 3_000, 3_600_000);
  expect(breaker.waitMs("fast", 3_000)).toBe(60_000);
});

test("a failure alone changes nothing, three in a row do, and a success begins anew", () => {
  const breaker = new Breaker();
  breaker.failed("fast", 0);
  breaker.failed("fast", 0);
  expect(breaker.waitMs("fast", 0)).toBe(0);
  breaker.succeeded("fast");
  breaker.failed("fast", 0);
  expect(breaker.waitMs("fast", 0)).toBe(0);
  breaker.failed("fast", 0);
  breaker.failed("fast", 0);
  expect(breaker.waitMs("fast", 1)).toBe(9_999);
});
