import { expect, test, vi } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { enter, visitorsAccountOf } from "./account.ts";
import { leftUsd, readPurses, withMoneyHeld } from "./allowance.ts";
import { budgetLeft } from "./budget.ts";

const budgets = { session_budget_usd: 2, daily_budget_usd: 10, visitors_budget_usd: 50 };
const now = new Date("2026-11-22T21:30:00Z");
const session = { sessionId: "session-1", userId: "visitor:1", costUsd: 0 };
const planned = { id: "hold-1", expectedUsd: 0.01, mostUsd: 1.9 };

test("what is held for an answer that is being made is still left to what goes on, but not to another answer", async () => {
  const documents = memoryDocuments();
  const both = async () => [
    await leftUsd(documents, budgets, session, now),
    budgetLeft(await readPurses(documents, budgets, session, now)).usd,
  ];
  const during = await withMoneyHeld(documents, budgets, session, planned, () => now, both);
  expect(during[0]).toBe(2);
  expect(during[1]).toBeCloseTo(0.1);
  expect(await both()).toEqual([2, 2]);
});

test("money is held for no longer than an answer is made: also where that fails, and where only one of two accounts has enough", async () => {
  const documents = memoryDocuments();
  const make = vi.fn(() => Promise.reject(new Error("no model")));
  const asks = () => withMoneyHeld(documents, budgets, session, planned, () => now, make);
  await expect(asks()).rejects.toThrow("no model");
  await enter(documents, "visitor:2", now, { sessionId: "session-2", of: "resp_1", costUsd: 50 });
  await expect(asks()).rejects.toMatchObject({ code: "visitors-budget" });
  expect(make).toHaveBeenCalledOnce();
  for (const purse of await readPurses(documents, budgets, session, now)) expect(purse.heldUsd, purse.of).toBe(0);
  expect(visitorsAccountOf(now)).not.toContain("visitor:");
});
