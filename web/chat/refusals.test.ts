import { describe, expect, test } from "vitest";
import { inWords } from "./refusals.ts";

const noon = new Date(2026, 10, 22, 12).getTime();
const told = (cause: object, visitor = false) =>
  inWords(new Error("Leave sessionId out: session_budget_usd says how much.", { cause }), { visitor, nowMs: noon });

/** Every code and status that the chat's routes answer with (runtime/http/chat*.ts, visitors.ts). */
const refusals = [
  { status: 402, code: "session-budget" },
  { status: 403, code: "dial-settled" },
  { status: 409, code: "session-full" },
  { status: 409, code: "answered-already" },
  { status: 429, code: "daily-budget", retryAfterMs: 43_200_000 },
  { status: 429, code: "visitors-budget", retryAfterMs: 43_200_000 },
  { status: 429, code: "answers-under-way", retryAfterMs: 5_000 },
  { status: 429, code: "too-fast", retryAfterMs: 1_000 },
  ...[400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503].map((status) => ({ status })),
];

describe("what the server refuses", () => {
  test.for(refusals)("$status $code is said in the page's words", (refusal) => {
    for (const visitor of [false, true]) {
      const { words } = told(refusal, visitor);
      expect(words).not.toMatch(/sessionId|_usd|POST|GET|undefined|NaN/);
      expect(words).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("a conversation that is full or has spent its budget goes on in another one", () => {
    expect(told({ status: 409, code: "session-full" }).next).toBe("go on anew");
    expect(told({ status: 402, code: "session-budget" }).next).toBe("go on anew");
  });

  test("a dial that was settled meanwhile is left alone, and the conversation goes on, whoever has it", () => {
    for (const visitor of [false, true]) {
      const { words, next } = told({ status: 403, code: "dial-settled" }, visitor);
      expect(words).toContain("dial");
      expect(next).toBe("leave the dial");
    }
    expect(told({ status: 403 }).next).toBe("begin anew");
  });

  test("a short pause is told in seconds, a long one as the time of day", () => {
    expect(told({ status: 503, retryAfterMs: 4_200 }).words).toContain("in 5 s");
    expect(told({ status: 429, code: "daily-budget", retryAfterMs: 12 * 3_600_000 }).words).toMatch(/at (0|12|24):00/);
  });

  test("what is wrong with the voice leaves writing", () => {
    const { words, next } = inWords(new Error("Nothing can be heard.", { cause: "voice" }), { visitor: false, nowMs: noon });
    expect(words).toBe("Nothing can be heard. You can go on in writing.");
    expect(next).toBe("go on in writing");
  });
});
