/** What a session may still cost, by all the budgets it falls under. */
import type { ChatOptions } from "../chat-options.ts";
import type { Documents } from "../services/documents.ts";
import { accountOf, isVisitor, readAccount, visitorsSpentUsd } from "./account.ts";
import { budgetLeft } from "./budget.ts";
import type { ChatSession } from "./session.ts";

/** US dollars: of the session's budget, of its person's day, and of all visitors' day where the person is one; whichever ends first. */
export async function leftUsd(
  documents: Documents,
  options: Pick<ChatOptions, "session_budget_usd" | "daily_budget_usd" | "visitors_budget_usd">,
  session: Pick<ChatSession, "sessionId" | "userId" | "costUsd">,
  now: Date,
): Promise<number> {
  const { usd } = budgetLeft(options, session, await readAccount(documents, accountOf(session.userId, now), now));
  if (!isVisitor(session.userId)) return usd;
  return Math.min(usd, Math.max(0, options.visitors_budget_usd - (await visitorsSpentUsd(documents, now))));
}
