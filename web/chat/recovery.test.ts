import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type RecoveryArgs, recovery } from "./recovery.ts";
import type { VoiceSession } from "./voice-session.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("navigator", { onLine: true });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

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

/** How often another session is asked for when each attempt fails so, and what is said of it in the end. */
const tried = async (error: Error) => {
  const open = vi.fn<RecoveryArgs["open"]>().mockRejectedValue(error);
  const failed = vi.fn<RecoveryArgs["failed"]>();
  const line = { wish: 1, close: () => undefined } as RecoveryArgs["line"];
  const lost = recovery({ line, open, whyEnded: async () => undefined, state: () => undefined, failed }).lost({} as VoiceSession);
  await vi.runAllTimersAsync();
  await lost;
  return { times: open.mock.calls.length, said: failed.mock.calls.flat() };
};

test("a session that was ended says why, once the server knows, and what comes next; what the person did is no news", async () => {
  // Whose budget it was, the next message's refusal says.
  expect(await told("budget")).toEqual([expect.stringMatching(/session's budget, or the day's, .* next message/)]);
  expect(await told(undefined, undefined, "time")).toEqual([expect.stringContaining("longest time")]);
  expect(await told("person")).toEqual([]);
  expect(await told()).toEqual([]);
});

test.each([401, 402, 403, 404, 409])(
  "what the server refuses with %i in place of a lost session is said at once",
  async (status) => {
    const refusal = new Error("The server's own words.", { cause: { status } });
    expect(await tried(refusal)).toEqual({ times: 1, said: [refusal] });
  },
);

test.each([
  ["the network stays away", undefined],
  ["the voice models fail", "voice"],
  ["too much was asked at once", { status: 429, retryAfterMs: 1_000 }],
])("a lost session is asked for three times while %s", async (_why, cause) => {
  const error = new Error("Not now.", { cause });
  expect(await tried(error)).toEqual({ times: 3, said: [error] });
});
