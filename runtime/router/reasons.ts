/** Why a decision fell as it did, in words for people: what the model saw in the conversation, and what was known besides. */
import type { Choice } from "../chat/record.ts";
import { kinds, reasonOf, subjectOf } from "./kinds.ts";
import type { Judgement } from "./model.ts";
import { weights } from "./weights.ts";

export interface Circumstances {
  /** The declared task, when it is one of those known. */
  readonly task: string | undefined;
  /** When little is left; `decided` when more would have changed the choice. */
  readonly budget: { readonly left: number; readonly decided: boolean } | undefined;
  /** The session's model was kept although the other was barely better. */
  readonly kept: boolean;
  /** The choice that would have been made, had it not been failing. */
  readonly failing: Choice | undefined;
}

/** A kind of work less likely than this is not worth a word. */
const likely = 0.2;
/** Nor is anything that moves the log-odds by less than this. */
const telling = 0.5;
/** What a message of no particular kind gains by the strong model. */
const usualGain = weights.gains.reduce((sum, each) => sum + each, 0) / weights.gains.length;

interface Reason {
  /** Log-odds. */
  readonly weight: number;
  readonly words: string;
}

export function reasonsFor(judged: Judgement, { task, budget, kept, failing }: Circumstances): string[] {
  const decisive = [
    ...(failing ? [`the ${failing} model is failing now`] : []),
    ...(budget?.decided ? [left(budget.left)] : []),
    ...(kept ? ["stays with the model of this conversation, which knows what was said"] : []),
  ];
  const besides = [...(task ? [`declared as ${task}`] : []), ...(budget && !budget.decided ? [left(budget.left)] : [])];
  const seen = [...byKind(judged.kinds), ...byLength(judged), ...byConversation(judged)];
  return [
    ...decisive,
    ...seen.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight)).map(({ words }) => words),
    ...besides,
  ];
}

const left = (share: number): string => (share <= 0 ? "nothing of the budget is left" : "little of the budget is left");

/** What each likely kind of work adds; at least the likeliest kind. */
function byKind(found: Float64Array): Reason[] {
  const most = Math.max(...found);
  return kinds.flatMap((kind, index) => {
    const probability = found[index]!;
    if (probability < likely && probability < most) return [];
    return [{ weight: weights.slope * probability * (weights.gains[index]! - usualGain), words: reasonOf[kind] }];
  });
}

function byLength({ byLength: weight }: Judgement): Reason[] {
  if (Math.abs(weight) < telling) return [];
  return [{ weight, words: weight > 0 ? "says much at once" : "is short" }];
}

function byConversation({ logOdds, alone, conversing, kinds: found }: Judgement): Reason[] {
  const weight = logOdds - alone;
  if (!conversing || Math.abs(weight) < telling) return [];
  return [{ weight, words: `the conversation so far is about ${subjectOf[kinds[found.indexOf(Math.max(...found))]!]}` }];
}
