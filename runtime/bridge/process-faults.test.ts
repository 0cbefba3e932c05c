import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { surviveFaults } from "./process-faults.ts";

function bridge() {
  const process = new EventEmitter();
  const done: string[] = [];
  const logged: unknown[][] = [];
  const { promise: moved, resolve: hasMoved, reject: cannotMove } = Promise.withResolvers<void>();
  surviveFaults(process, {
    move() {
      done.push("moves");
      return moved;
    },
    exit: (code) => void done.push(`exits with ${code}`),
    log: { error: (...line: unknown[]) => void logged.push(line) },
  });
  return { process, done, logged, hasMoved, cannotMove };
}

test("a promise that nobody waited for ends no call, and none of its words is logged", () => {
  const { process, done, logged } = bridge();
  expect(process.emit("unhandledRejection", new RangeError("Ada Martin, +33612345678"))).toBe(true);
  expect(done).toEqual([]);
  expect(JSON.stringify(logged)).toContain("RangeError");
  expect(JSON.stringify(logged)).not.toMatch(/Ada|336/);
});

test.each(["hasMoved", "cannotMove"] as const)(
  "an exception that nobody caught moves the calls, once, and then ends the process (%s)",
  async (end) => {
    const on = bridge();
    on.process.emit("uncaughtException", new Error("Ada Martin"));
    expect(on.process.emit("uncaughtException", "Ada Martin")).toBe(true);
    expect(on.done).toEqual(["moves"]);
    on[end]();
    await new Promise((resolve) => setImmediate(resolve));
    expect(on.done).toEqual(["moves", "exits with 1"]);
    expect(JSON.stringify(on.logged)).not.toMatch(/Ada/);
  },
);
