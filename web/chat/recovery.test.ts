import { expect, test, vi } from "vitest";
import { type RecoveryArgs, recovery } from "./recovery.ts";

const told = async (...why: (string | undefined)[]) => {
  const state = vi.fn<RecoveryArgs["state"]>();
  const line = { wish: 1 } as RecoveryArgs["line"];
  const ended = recovery({
    line,
    open: async () => undefined,
    whyEnded: async () => why.shift(),
    state,
    failed: () => undefined,
  }).ended();
  await vi.runAllTimersAsync();
  await ended;
  return state.mock.calls.map(([words]) => words);
};

test("a session that was ended says why, once the server knows, and what comes next; what the person did is no news", async () => {
  vi.useFakeTimers();
  // Whose budget it was, the next message's refusal says.
  expect(await told("budget")).toEqual([expect.stringMatching(/session's budget, or the day's, .* next message/)]);
  expect(await told(undefined, undefined, "time")).toEqual([expect.stringContaining("longest time")]);
  expect(await told("person")).toEqual([]);
  expect(await told()).toEqual([]);
  vi.useRealTimers();
});
