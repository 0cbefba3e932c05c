/** What a session may still cost, by all the budgets it falls under, and money held for an answer while it is made. */
import type { ChatOptions } from "../chat-options.ts";
import type { Documents } from "../services/documents.ts";
import { accountOf, hold, isVisitor, readAccount, release, visitorsAccountOf } from "./account.ts";
import { budgetLeft, ownPurses, type Purse, refusalOf, visitorsPurse } from "./budget.ts";
import type { ChatSession } from "./session.ts";
import { totalUsd } from "./total.ts";

type Budgets = Pick<ChatOptions, "session_budget_usd" | "daily_budget_usd" | "visitors_budget_usd">;

/** Of the person's day, of the session, and of all visitors' day where the person is one. */
export async function readPurses(
  documents: Documents,
  budgets: Budgets,
  session: Pick<ChatSession, "sessionId" | "userId" | "costUsd">,
  now: Date,
): Promise<readonly Purse[]> {
  const own = ownPurses(budgets, session, await readAccount(documents, accountOf(session.userId, now), now));
  if (!isVisitor(session.userId)) return own;
  return [...own, visitorsPurse(budgets, await readAccount(documents, visitorsAccountOf(now), now))];
}

/** US dollars that are not spent yet, of the budget that ends first. What is only held may come back, so nothing that goes on ends for it. */
export async function leftUsd(...asked: Parameters<typeof readPurses>): Promise<number> {
  const purses = await readPurses(...asked);
  return budgetLeft(purses.map((each) => ({ ...each, heldUsd: 0 }))).usd;
}

export interface Planned {
  /** Its hold's. */
  readonly id: string;
  readonly expectedUsd: number;
  readonly mostUsd: number;
}

/** Makes an answer with its money held. Throws `Problem` 402 or 429 when, with what others hold, too little is left. */
export async function withMoneyHeld<Made>(
  documents: Documents,
  budgets: Budgets,
  { sessionId, userId }: Pick<ChatSession, "sessionId" | "userId">,
  { id, expectedUsd, mostUsd }: Planned,
  now: () => Date,
  make: () => Promise<Made>,
): Promise<Made> {
  const asked = now();
  const [own, all] = [accountOf(userId, asked), visitorsAccountOf(asked)];
  const held = { id, sessionId, usd: mostUsd, now: asked };
  const holdAll = async () =>
    (await hold(documents, own, held, async (account) => {
      const costUsd = await totalUsd(documents, sessionId);
      return refusalOf(ownPurses(budgets, { sessionId, costUsd }, account), expectedUsd, asked);
    })) ??
    (isVisitor(userId)
      ? await hold(documents, all, held, (account) => refusalOf([visitorsPurse(budgets, account)], expectedUsd, asked))
      : undefined);
  try {
    const refusal = await holdAll();
    if (refusal) throw refusal;
    return await make();
  } finally {
    const accounts = isVisitor(userId) ? [all, own] : [own];
    // What cannot be released lapses; an answer that was made and paid for is not lost for it.
    await Promise.allSettled(accounts.map((each) => release(documents, each, id, now())));
  }
}
