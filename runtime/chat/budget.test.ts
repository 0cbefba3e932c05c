import { expect, test } from "vitest";
import { budgetLeft, exhausted } from "./budget.ts";

const budgets = { session_budget_usd: 2, daily_budget_usd: 10 };
const now = new Date("2026-11-22T21:30:00Z");
const session = (costUsd: number) => ({ sessionId: "mine", costUsd });
const holds = (...usd: number[]) => usd.map((each) => ({ usd: each, sessionId: "mine" }));

test("what is left is that of the budget that ends first", () => {
  expect(budgetLeft(budgets, session(0.5), { spentUsd: 1, holds: [] })).toEqual({ usd: 1.5, share: 0.75 });
  expect(budgetLeft(budgets, session(0.5), { spentUsd: 9, holds: [] })).toEqual({ usd: 1, share: 0.1 });
  expect(budgetLeft(budgets, session(3), { spentUsd: 3, holds: [] })).toEqual({ usd: 0, share: 0 });
});

test("answers that are being made count as spent: all in the day, the session's own in the session", () => {
  expect(budgetLeft(budgets, session(1), { spentUsd: 1, holds: holds(0.5) })).toEqual({ usd: 0.5, share: 0.25 });
  const elsewhere = [{ usd: 8.5, sessionId: "other" }];
  expect(budgetLeft(budgets, session(1), { spentUsd: 1, holds: elsewhere })).toEqual({ usd: 0.5, share: 0.05 });
  expect(exhausted(budgets, session(1), { spentUsd: 1, holds: elsewhere }, now)).toBeUndefined();
});

test("a session without budget is refused for good, a day until midnight in UTC", () => {
  expect(exhausted(budgets, session(1.9), { spentUsd: 9.9, holds: [] }, now)).toBeUndefined();
  expect(exhausted(budgets, session(1.9), { spentUsd: 1.9, holds: holds(0.1) }, now)).toMatchObject({
    status: 402,
    message: expect.stringContaining("session's budget of $2"),
    retryAfterMs: undefined,
  });
  expect(exhausted(budgets, session(2), { spentUsd: 10, holds: [] }, now)).toMatchObject({
    status: 429,
    message: expect.stringContaining("today's budget of $10"),
    details: expect.arrayContaining(["It renews at 2026-11-23T00:00:00.000Z."]),
    retryAfterMs: 2.5 * 3_600_000,
  });
});
