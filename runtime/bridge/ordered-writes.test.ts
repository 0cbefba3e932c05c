import { expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { OrderedWrites } from "./ordered-writes.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("writes follow each other though an earlier one is tried again, and later ones wait for it", async () => {
  const clock = new VirtualClock();
  const kept: string[] = [];
  const writes = new OrderedWrites(clock, () => kept.push("lost"));
  let failures = 2;
  writes.add(async () => {
    if (failures-- > 0) throw new Error("throttled");
    kept.push("first");
  });
  writes.add(async () => kept.push("second"));
  await turn();
  expect(kept).toEqual([]);
  clock.pass(200);
  await turn();
  clock.pass(1_000);
  await writes.settled;
  expect(kept).toEqual(["first", "second"]);
});

test("a write that fails at every attempt is told of, and does not hold up the next", async () => {
  const clock = new VirtualClock();
  const kept: string[] = [];
  const writes = new OrderedWrites(clock, () => kept.push("lost"));
  writes.add(() => Promise.reject(new Error("down")));
  writes.add(async () => kept.push("second"));
  for (const delayMs of [200, 1_000, 5_000, 15_000]) {
    await turn();
    clock.pass(delayMs);
  }
  await writes.settled;
  expect(kept).toEqual(["lost", "second"]);
});
