/** What a session and a person's day may cost, and what is left of it. Pure; account.ts knows what was spent. */
import type { ChatOptions } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import { type Account, renewalOf } from "./account.ts";
import type { ChatSession } from "./session.ts";

export interface Left {
  /** Of the budget that ends first. */
  readonly usd: number;
  /** The same as a share of it, 0 to 1. */
  readonly share: number;
}

type Budgets = Pick<ChatOptions, "session_budget_usd" | "daily_budget_usd">;

/** What is left for the session, holds counted as spent. */
export function budgetLeft(budgets: Budgets, session: Pick<ChatSession, "sessionId" | "costUsd">, account: Account): Left {
  const lefts = [
    left(budgets.session_budget_usd, spentInSession(session, account)),
    left(budgets.daily_budget_usd, spentInDay(account)),
  ] as const;
  return {
    usd: Math.min(...lefts.map((each) => each.usd)),
    share: Math.min(...lefts.map((each) => each.share)),
  };
}

/**
 * The refusal where a budget is used up, or where what is left does not pay for an answer of `expectedUsd` (which the account already holds);
 * undefined where the budgets allow it.
 */
export function exhausted(
  budgets: Budgets,
  session: Pick<ChatSession, "sessionId" | "costUsd">,
  account: Account,
  now: Date,
): Problem | undefined {
  const { session_budget_usd, daily_budget_usd } = budgets;
  if (spentInDay(account) >= daily_budget_usd) {
    const renewal = renewalOf(now);
    return new Problem(
      429,
      `What is left of today's budget of $${daily_budget_usd} for your chats does not pay for another answer.`,
      [
        `It renews at ${renewal.toISOString()}.`,
        "daily_budget_usd in the stack's settings says how much a person may use in a day.",
      ],
      renewal.getTime() - now.getTime(),
    );
  }
  if (spentInSession(session, account) >= session_budget_usd)
    return new Problem(402, `What is left of this session's budget of $${session_budget_usd} does not pay for another answer.`, [
      "It does not renew: leave sessionId out to open a new session.",
      "session_budget_usd in the stack's settings says how much a session may use.",
    ]);
  return undefined;
}

/** The refusal where visitors have used up what they may cost together. Says no sum: it is nobody's of theirs. */
export function visitorsExhausted(now: Date): Problem {
  const renewal = renewalOf(now);
  return new Problem(
    429,
    "The chat is closed to visitors for today.",
    [`It opens again at ${renewal.toISOString()}; whoever can sign in may go on now.`],
    renewal.getTime() - now.getTime(),
  );
}

const left = (budgetUsd: number, spentUsd: number): Left => {
  const usd = Math.max(0, budgetUsd - spentUsd);
  return { usd, share: usd / budgetUsd };
};

const spentInSession = ({ sessionId, costUsd }: Pick<ChatSession, "sessionId" | "costUsd">, { holds }: Account): number =>
  costUsd + sum(holds.filter((each) => each.sessionId === sessionId).map((each) => each.usd));

const spentInDay = ({ spentUsd, holds }: Account): number => spentUsd + sum(holds.map((each) => each.usd));

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
