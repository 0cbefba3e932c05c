import { expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { TokenBuckets } from "./token-buckets.ts";

test("a burst is let through, then as much as time brings, for each key on its own", () => {
  const clock = new VirtualClock();
  const buckets = new TokenBuckets({ burst: 3, perSecond: 2 }, clock);
  const taken = (key: string, times: number) => Array.from({ length: times }, () => buckets.take(key)).filter(Boolean).length;
  expect(taken("one", 5)).toBe(3);
  expect(taken("other", 1)).toBe(1);
  clock.pass(1_000);
  expect(taken("one", 5)).toBe(2);
  clock.pass(3_600_000);
  expect(taken("one", 5)).toBe(3);
});

test("a token given back can be taken again, and never makes a bucket more than full", () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0 }, new VirtualClock());
  expect(buckets.take("one")).toBe(true);
  buckets.giveBack("one");
  buckets.giveBack("one");
  expect([buckets.take("one"), buckets.take("one")]).toEqual([true, false]);
});

test("a flood of ever new keys forgets the oldest only, so that memory stays bounded", () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0 }, new VirtualClock());
  buckets.take("first");
  buckets.take("second");
  for (let at = 0; at < 9_999; at++) buckets.take(String(at));
  expect([buckets.take("second"), buckets.take("first")]).toEqual([false, true]);
});
