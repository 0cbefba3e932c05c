/**
 * Which model answers this: the cheap one that is quick and good enough for most of what people say, or the strong one.
 *
 * A weighing of what can be seen in the message and the conversation, summed into log-odds and squashed to 0..1. It decides in microseconds,
 * without a network call, and says why.
 */
import { features, type Reason } from "./features.ts";

export type Choice = "cheap" | "strong";

export interface Turn {
  readonly persona: "human" | "assistant";
  readonly content: string;
}

export interface Decision {
  readonly choice: Choice;
  /** How hard the message is, 0 to 1; from `threshold` on the strong model answers. */
  readonly score: number;
  /** How far from the threshold, 0.5 (could be either) to 1. */
  readonly confidence: number;
  /** What spoke for and against, the weightiest first, in words for people. */
  readonly reasons: readonly string[];
}

/** Most of what people say to an assistant is easy: with nothing to go by, the cheap model. */
const priorLogOdds = -1.2;
export const threshold = 0.5;
/** How much of the conversation so far counts: a follow-up is as hard as what it follows, faded by half each turn. */
const remembered = 4;

/** Decides from `message` and `history`, oldest first. */
export function route(message: string, history: readonly Turn[] = []): Decision {
  const now = features(message);
  const before = conversation(history);
  const reasons = before > 0 ? [...now, { weight: before, words: "the conversation so far is demanding" }] : now;
  const score = squash(priorLogOdds + reasons.reduce((sum, each) => sum + each.weight, 0));
  const distance = Math.abs(score - threshold) / (score >= threshold ? 1 - threshold : threshold);
  return {
    choice: score >= threshold ? "strong" : "cheap",
    score: round(score),
    confidence: round(0.5 + distance / 2),
    reasons: reasons.length === 0 ? ["nothing asks for more than the cheap model"] : sorted(reasons).map((each) => each.words),
  };
}

/** The weight that what the person said before lends to what they say now: never negative, at most 2. */
function conversation(history: readonly Turn[]): number {
  const said = history
    .filter((each) => each.persona === "human")
    .slice(-remembered)
    .reverse();
  const weights = said.map(
    (each, back) =>
      Math.max(
        0,
        features(each.content).reduce((sum, reason) => sum + reason.weight, 0),
      ) /
      2 ** (back + 1),
  );
  return Math.min(
    2,
    weights.reduce((sum, each) => sum + each, 0),
  );
}

const squash = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const sorted = (reasons: readonly Reason[]): Reason[] =>
  [...reasons].sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
