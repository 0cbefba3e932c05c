/**
 * Which model answers this: the cheap one that is quick and good enough for most of what people say, or the strong one.
 *
 * A pure function of the message, the conversation and what the caller knows besides. It decides in microseconds, without a network call,
 * and says why.
 */
import type { Choice, Turn } from "../chat/record.ts";
import { type Dial, defaultChatOptions } from "../chat-options.ts";
import { expectedUsd, type Medium } from "./cost.ts";
import { settingOf } from "./dial.ts";
import { kinds, tasks } from "./kinds.ts";
import { type Judgement, squash } from "./model.ts";
import { reasonsFor } from "./reasons.ts";
import { model, weights } from "./weights.ts";

/** What else is known when a message comes in. */
export interface Signals {
  /** What was said before, oldest first. */
  readonly history?: readonly Turn[];
  /** Defaults to that of ChatOptions. */
  readonly dial?: Dial;
  /** Which prices count; audio by default. */
  readonly medium?: Medium;
  /** What the person said they want help with: one of `tasks` (kinds.ts); anything else is ignored. */
  readonly task?: string;
  /** Share of the budget that is left, 0 to 1. */
  readonly budgetLeft?: number;
  /** Choices whose deployment is failing now. */
  readonly unhealthy?: readonly Choice[];
  /** The session's model so far: changing it throws away cached input. */
  readonly usedBefore?: Choice;
}

export interface Decision {
  readonly choice: Choice;
  /** The need for the strong model, 0 to below 1; from `threshold` on it answers, unless it is failing. */
  readonly score: number;
  /** How far from the threshold, 0.5 (could be either) to 1. */
  readonly confidence: number;
  /** What spoke for the choice or against it, the weightiest first, in words for people; never the person's own words. */
  readonly reasons: readonly string[];
  /** US dollars by list price that the answer is expected to cost. */
  readonly expectedCostUsd: { readonly cheap: number; readonly strong: number };
  readonly threshold: number;
}

/** Below this share of the budget the bar for the strong model rises, until with nothing left no message reaches it. */
const thrifty = 0.25;
/** By so many log-odds a session's model is kept when the other would be barely better. */
const loyalty = 0.4;
/** No score is 1, so that a threshold of 1 keeps everything from the strong model. */
const highest = 0.999_999;

export function route(message: string, signals: Signals = {}): Decision {
  const { history = [], dial = defaultChatOptions.dial, medium = "audio", task, unhealthy = [], usedBefore } = signals;
  const declared = (task && Object.hasOwn(tasks, task) && tasks[task]) || [];
  const judged = model.judge(message, history, declared);
  const score = Math.min(highest, rounded(squash(judged.logOdds)));
  const budgetLeft = share(signals.budgetLeft ?? 1);
  const usual = settingOf(dial, medium).threshold;
  const threshold = rounded(loyal(thriftily(usual, budgetLeft), usedBefore));
  const wanted = score >= threshold ? "strong" : "cheap";
  const choice = unhealthy.includes(wanted) && !unhealthy.includes(other(wanted)) ? other(wanted) : wanted;
  return {
    choice,
    score,
    confidence: rounded(0.5 + distance(score, threshold) / 2),
    reasons: reasonsFor(judged, {
      task: declared.length > 0 ? task : undefined,
      budget: budgetLeft >= thrifty ? undefined : { left: budgetLeft, decided: score >= usual && wanted === "cheap" },
      kept: usedBefore === wanted && wanted !== (score >= thriftily(usual, budgetLeft) ? "strong" : "cheap"),
      failing: choice === wanted ? undefined : wanted,
    }),
    expectedCostUsd: expected(message, history, medium, judged, usedBefore),
    threshold,
  };
}

const other = (choice: Choice): Choice => (choice === "strong" ? "cheap" : "strong");
const share = (value: number): number => Math.min(1, Math.max(0, value));
const rounded = (value: number): number => Math.round(value * 1_000_000) / 1_000_000;

function thriftily(threshold: number, budgetLeft: number): number {
  return budgetLeft >= thrifty ? threshold : threshold + (1 - threshold) * (1 - budgetLeft / thrifty);
}

function loyal(threshold: number, usedBefore: Choice | undefined): number {
  if (usedBefore === undefined || threshold <= 0 || threshold >= 1) return threshold;
  return squash(Math.log(threshold / (1 - threshold)) + (usedBefore === "cheap" ? loyalty : -loyalty));
}

/** 0 at the threshold, 1 at the end of the scale on the score's side of it. */
function distance(score: number, threshold: number): number {
  const side = score >= threshold ? 1 - threshold : threshold;
  return side === 0 ? 1 : share(Math.abs(score - threshold) / side);
}

function expected(
  message: string,
  history: readonly Turn[],
  medium: Medium,
  judged: Judgement,
  usedBefore: Choice | undefined,
): Decision["expectedCostUsd"] {
  const before = history.reduce((sum, { content }) => sum + content.length, 0);
  const usd = (choice: Choice): number => {
    const answer = kinds.reduce((sum, _, index) => sum + judged.kinds[index]! * weights.answers[choice][index]!, 0);
    return expectedUsd(choice, medium, { message: message.length, before, answer, cached: choice === usedBefore });
  };
  return { cheap: usd("cheap"), strong: usd("strong") };
}
