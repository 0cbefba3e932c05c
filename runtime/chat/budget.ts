/** What a session, a person's day and all visitors' day may cost, and what is left of it. Pure; account.ts knows what was spent. */
import type { ChatOptions } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import { type Account, renewalOf } from "./account.ts";
import type { ChatSession } from "./session.ts";

/** A budget, and what has gone from it. */
export interface Purse {
  readonly of: "session" | "day" | "visitors";
  readonly budgetUsd: number;
  readonly spentUsd: number;
  /** What answers that are being made may cost at most. */
  readonly heldUsd: number;
}

export interface Left {
  /** Of the budget that ends first. */
  readonly usd: number;
  /** The same as a share of it, 0 to 1. */
  readonly share: number;
}

type Budgets = Pick<ChatOptions, "session_budget_usd" | "daily_budget_usd" | "visitors_budget_usd">;

/** The budgets that a person's own account of the day shows: of the day, and of the session. */
export function ownPurses(
  { session_budget_usd, daily_budget_usd }: Budgets,
  { sessionId, costUsd }: Pick<ChatSession, "sessionId" | "costUsd">,
  { spentUsd, holds }: Account,
): readonly Purse[] {
  const inSession = holds.filter((each) => each.sessionId === sessionId);
  return [
    { of: "day", budgetUsd: daily_budget_usd, spentUsd, heldUsd: sum(holds) },
    { of: "session", budgetUsd: session_budget_usd, spentUsd: costUsd, heldUsd: sum(inSession) },
  ];
}

/** What visitors share. */
export const visitorsPurse = ({ visitors_budget_usd }: Budgets, { spentUsd, holds }: Account): Purse => ({
  of: "visitors",
  budgetUsd: visitors_budget_usd,
  spentUsd,
  heldUsd: sum(holds),
});

/** What is left under all of them, holds counted as spent. */
export function budgetLeft(purses: readonly Purse[]): Left {
  const lefts = purses.map(({ budgetUsd, spentUsd, heldUsd }) => {
    const usd = Math.max(0, budgetUsd - spentUsd - heldUsd);
    return { usd, share: usd / budgetUsd };
  });
  return {
    usd: Math.min(...lefts.map((each) => each.usd)),
    share: Math.min(...lefts.map((each) => each.share)),
  };
}

/** How long an answer that is being made may hold the last of a budget, as far as a person should wait for it. */
const answeredWithinMs = 5_000;

/**
 * The refusal where what is left of a budget does not pay for another answer of `expectedUsd`, or where answers that are being made may use it
 * up; undefined where all of them allow it. As holds are what an answer costs at most, the last one granted is all that can go beyond a budget.
 */
export function refusalOf(purses: readonly Purse[], expectedUsd: number, now: Date): Problem | undefined {
  const isShort = ({ budgetUsd, spentUsd }: Purse, heldUsd: number): boolean => spentUsd + heldUsd + expectedUsd >= budgetUsd;
  const over = purses.find((each) => isShort(each, 0));
  if (over) return usedUp[over.of](over.budgetUsd, now);
  if (!purses.some((each) => isShort(each, each.heldUsd))) return undefined;
  return new Problem(
    429,
    "Answers that are being made may use up what is left of a budget.",
    [`Try again in ${answeredWithinMs / 1_000} s, when they are there.`],
    answeredWithinMs,
    "answers-under-way",
  );
}

const usedUp: Readonly<Record<Purse["of"], (budgetUsd: number, now: Date) => Problem>> = {
  session: (budgetUsd) =>
    new Problem(
      402,
      `What is left of this session's budget of $${budgetUsd} does not pay for another answer.`,
      [
        'It does not renew: leave sessionId out to open a new session, and give this one\'s id as "continues" to go on with what was said.',
        "session_budget_usd in the stack's settings says how much a session may use.",
      ],
      undefined,
      "session-budget",
    ),
  day: (budgetUsd, now) =>
    new Problem(
      429,
      `What is left of today's budget of $${budgetUsd} for your chats does not pay for another answer.`,
      [
        `It renews at ${renewalOf(now).toISOString()}.`,
        "daily_budget_usd in the stack's settings says how much a person may use in a day.",
      ],
      renewalOf(now).getTime() - now.getTime(),
      "daily-budget",
    ),
  // Says no sum: it is nobody's of theirs.
  visitors: (_, now) =>
    new Problem(
      429,
      "The chat is closed to visitors for today.",
      [`It opens again at ${renewalOf(now).toISOString()}; whoever can sign in may go on now.`],
      renewalOf(now).getTime() - now.getTime(),
      "visitors-budget",
    ),
};

const sum = (holds: Account["holds"]): number => holds.reduce((total, each) => total + each.usd, 0);
