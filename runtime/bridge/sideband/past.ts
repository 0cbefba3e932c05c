/** What a model that joins a conversation is told of it. */
import type { Turn } from "../../chat/record.ts";

const mostTurns = 20;
/** About 8,000 tokens: a quarter of the context that Azure's general page promises every realtime model. */
const mostCharacters = 32_000;

/** The last turns, oldest first, as far back as they fit; the newest is there in any case. */
export function pastOf(turns: readonly Turn[]): readonly Turn[] {
  const told: Turn[] = [];
  let left = mostCharacters;
  for (const { persona, content } of turns.slice(-mostTurns).reverse()) {
    if (told.length > 0 && content.length > left) break;
    told.unshift({ persona, content: content.slice(0, mostCharacters) });
    left -= content.length;
  }
  return told;
}
