import { expect, test } from "vitest";
import { floors, sizes, timings } from "./speed.ts";

test("every job decides each message in turns of one round, after a round that does not count", () => {
  const order: string[] = [];
  const job = (of: string) => ({
    of,
    messages: [1, 2].map((each) => ({ message: `${of}${each} `, history: [] })),
    decide: (message: string) => order.push(message),
  });
  const [first, second] = timings([job("a"), job("b")]);
  expect(order.join("")).toBe("a1 a2 b1 b2 ".repeat(6));
  expect([first?.decisions, second?.decisions]).toEqual([10, 10]);
});

test("the least time of a message is at most any other", () => {
  const [timing] = timings([
    { of: "split", messages: [{ message: "two words".repeat(50), history: [] }], decide: floors[1]!.decide },
  ]);
  expect(timing!.p50).toBeGreaterThan(0);
  expect(timing!.p50).toBeLessThanOrEqual(timing!.disturbedP50);
  expect(timing!.p99).toBeLessThanOrEqual(timing!.disturbedP99);
});

test("a router that decides nothing is not timed", () => {
  expect(() => timings([{ of: "none", messages: [{ message: "", history: [] }], decide: () => undefined }])).toThrow("nothing");
});

test("the floors read the whole message", () => {
  const [characters, words] = floors;
  expect(characters!.decide("ab", [])).toBe(97 + 98);
  expect(words!.decide("two words", [])).toBe(2);
  expect(words!.decide("?!", [])).toBe(0);
});

test("the model is a part of the bundled router, and within 64 KiB", async () => {
  const { weights, router } = await sizes();
  expect(weights).toBeGreaterThan(0);
  expect(weights).toBeLessThan(router);
  expect(weights).toBeLessThanOrEqual(65_536);
});
