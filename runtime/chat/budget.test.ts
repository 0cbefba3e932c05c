import { expect, test } from "vitest";
import { budgetLeft, ownPurses, refusalOf, visitorsPurse } from "./budget.ts";

const budgets = { session_budget_usd: 2, daily_budget_usd: 10, visitors_budget_usd: 50 };
const now = new Date("2026-11-22T21:30:00Z");
const session = (costUsd: number) => ({ sessionId: "mine", costUsd });
const holds = (...usd: number[]) => usd.map((each) => ({ usd: each, sessionId: "mine" }));
const own = (costUsd: number, spentUsd: number, held: { usd: number; sessionId: string }[] = []) =>
  ownPurses(budgets, session(costUsd), { spentUsd, holds: held });
const everyone = (spentUsd: number, ...usd: number[]) => visitorsPurse(budgets, { spentUsd, holds: holds(...usd) });

test("what is left is that of the budget that ends first", () => {
  expect(budgetLeft(own(0.5, 1))).toEqual({ usd: 1.5, share: 0.75 });
  expect(budgetLeft(own(0.5, 9))).toEqual({ usd: 1, share: 0.1 });
  expect(budgetLeft(own(3, 3))).toEqual({ usd: 0, share: 0 });
  expect(budgetLeft([...own(0.5, 1), everyone(49.5)])).toEqual({ usd: 0.5, share: 0.01 });
});

test("answers that are being made count as spent: all in the day, the session's own in the session", () => {
  expect(budgetLeft(own(1, 1, holds(0.5)))).toEqual({ usd: 0.5, share: 0.25 });
  const elsewhere = [{ usd: 8.5, sessionId: "other" }];
  expect(budgetLeft(own(1, 1, elsewhere))).toEqual({ usd: 0.5, share: 0.05 });
  expect(refusalOf(own(1, 1, elsewhere), 0, now)).toBeUndefined();
});

test("a session without budget is refused for good, a day until midnight in UTC, and visitors are told no sum", () => {
  expect(refusalOf(own(1.9, 9.8), 0.05, now)).toBeUndefined();
  expect(refusalOf(own(1.9, 1.9), 0.1, now)).toMatchObject({
    status: 402,
    code: "session-budget",
    message: expect.stringContaining("session's budget of $2"),
    retryAfterMs: undefined,
  });
  expect(refusalOf(own(2, 10), 0, now)).toMatchObject({
    status: 429,
    code: "daily-budget",
    message: expect.stringContaining("today's budget of $10"),
    details: expect.arrayContaining(["It renews at 2026-11-23T00:00:00.000Z."]),
    retryAfterMs: 2.5 * 3_600_000,
  });
  const closed = refusalOf([...own(0, 0), everyone(50)], 0, now);
  expect(closed).toMatchObject({ status: 429, code: "visitors-budget", retryAfterMs: 2.5 * 3_600_000 });
  expect([closed?.message, ...(closed?.details ?? [])].join()).not.toContain("$");
});

test("what is only held for others is waited for some seconds, and not till midnight", () => {
  for (const purses of [own(1, 1, holds(1)), [...own(0, 0), everyone(49, 0.5, 0.5)]])
    expect(refusalOf(purses, 0.01, now)).toMatchObject({ status: 429, code: "answers-under-way", retryAfterMs: 5_000 });
  expect(refusalOf([...own(0, 0), everyone(49, 0.5)], 0.01, now)).toBeUndefined();
});
