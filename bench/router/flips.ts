/** How often two messages that mean the same get different models. */
import type { Choice } from "../../runtime/chat/record.ts";

export interface Pair {
  /** How the second came from the first: "by hand", or the variant's name. */
  readonly how: string;
  /** What kind of prompt the first is. */
  readonly kind: string;
  readonly first: string;
  readonly second: string;
}

export interface Flips {
  readonly of: string;
  readonly pairs: number;
  readonly flipped: number;
  /** Share of pairs whose choice differs. */
  readonly share: number;
  /** Mean distance of the two scores. */
  readonly distance: number;
  /** Share of first messages that the strong model gets: if all or none did, nothing could flip. */
  readonly strong: number;
  /** Share of pairs parted by a threshold that sends half of all prompts to the strong model: the hardest stand of any dial. */
  readonly atMedian: number;
}

type Decide = (message: string) => { readonly choice: Choice; readonly score: number };

/** Of `pairs`, how often the two get different choices, and how often `median` would part them. */
export function flipsOf(of: string, pairs: readonly Pair[], decide: Decide, median: number): Flips {
  const decided = pairs.map(({ first, second }) => [decide(first), decide(second)] as const);
  const count = (test: (pair: (typeof decided)[number]) => boolean) => decided.filter(test).length;
  const flipped = count(([first, second]) => first.choice !== second.choice);
  return {
    of,
    pairs: pairs.length,
    flipped,
    share: flipped / pairs.length,
    distance: decided.reduce((sum, [first, second]) => sum + Math.abs(first.score - second.score), 0) / pairs.length,
    strong: count(([first]) => first.choice === "strong") / pairs.length,
    atMedian: count(([first, second]) => first.score >= median !== second.score >= median) / pairs.length,
  };
}

/** What would flip if the same share went to the strong model whatever the message. */
export const byChance = ({ strong }: Flips): number => 2 * strong * (1 - strong);
