/** How long a call may last and what its session may cost; the person is told before either ends it. */
import { costOf, type Used } from "../../chat/price.ts";
import { adding, change, type Step, type Watch } from "./watch.ts";

const warnBeforeMs = 60_000;
const warnAtShare = 0.9;
/** For saying that it ends, and for what is just being said. */
const announceMs = 20_000;
const lastWordsMs = 10_000;

/** When a call that was opened at `openedAtMs` is told that it ends, and when it does: a fifth of a short one is for the goodbye. */
export function timesOf(openedAtMs: number, longestMs: number): { readonly warnAtMs: number; readonly endsAtMs: number } {
  const endsAtMs = openedAtMs + longestMs;
  return { warnAtMs: endsAtMs - Math.min(warnBeforeMs, longestMs / 5), endsAtMs };
}

const toSay = (what: string): string =>
  `Tell the person, in the language of this conversation and in one short sentence, that ${what}. Say nothing else.`;
const timeIsShort = toSay("this conversation ends within a minute, because it has reached its time limit");
const budgetIsShort = toSay("this conversation ends soon, because its budget is nearly used up");

export function warnOfTime(step: Step): Step {
  return change(step, { warned: adding(step.watch.warned, "time"), announcement: timeIsShort });
}

/** Adds what was used; near its end the budget is spoken of, and at its end the session has a little time left. */
export function spend(step: Step, used: Used, nowMs: number): Step {
  return judged(change(step, { spentUsd: step.watch.spentUsd + costOf(used).costUsd }), nowMs);
}

/** Takes in what is left by all budgets, which the person's other sessions spend from too. */
export function allow(step: Step, leftUsd: number, nowMs: number): Step {
  const { limits, spentUsd } = step.watch;
  return judged(change(step, { limits: { ...limits, budgetUsd: spentUsd + leftUsd } }), nowMs);
}

function judged(step: Step, nowMs: number): Step {
  const { limits, warned, spentUsd, leaveAtMs, floor, phase } = step.watch;
  if (phase !== "open" || spentUsd < limits.budgetUsd * warnAtShare) return step;
  const told = warned.has("budget") ? step : change(step, { warned: adding(warned, "budget"), announcement: budgetIsShort });
  if (spentUsd < limits.budgetUsd || leaveAtMs !== undefined) return told;
  const patienceMs = !warned.has("budget") ? announceMs : floor === undefined ? 0 : lastWordsMs;
  return change(told, { leaveAtMs: nowMs + patienceMs });
}

/** Nothing is being said, thought or waited for. */
export const isQuiet = ({ active, floor, announcement, tools }: Watch): boolean =>
  active.size === 0 && floor === undefined && announcement === undefined && tools.every((each) => each.answered);
