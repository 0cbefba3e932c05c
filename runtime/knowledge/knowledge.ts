/** What the company knows: the best passages for a question, best first. */
import { createHash } from "node:crypto";
import type { Cache } from "../services/redis.ts";
import type { SearchIndex } from "../services/search.ts";

export interface Passage {
  readonly id: string;
  readonly title: string;
  readonly content: string;
}

export interface Knowledge {
  /** Passages for all of `queries` together, each once, best first; at most five. `language` is the call's, BCP 47. */
  search(queries: readonly string[], language: string): Promise<Passage[]>;
}

const most = 5;
/** Documents change rarely during a day's calls; an hour bounds how long an old one is still quoted. */
const keptMs = 3_600_000;

/**
 * Searches the index, keeping answers for an hour in `cache`. Live calls have one, since a caller waits; text messages do without, which
 * spares the functions app a Redis client at every cold start.
 */
export function knowledgeOf(index: SearchIndex, cache?: Cache): Knowledge {
  async function answers(query: string, language: string): Promise<{ passage: Passage; score: number }[]> {
    // Slow logs and monitors show keys, and a question is a person's words.
    const asked = createHash("sha256").update(query.trim().toLowerCase()).digest("hex");
    const key = `knowledge:${language}:${asked}`;
    const kept = await cache?.get(key);
    if (kept !== undefined) return JSON.parse(kept) as { passage: Passage; score: number }[];
    const found = await index.search(query, most);
    await cache?.set(key, JSON.stringify(found), keptMs);
    return found;
  }
  return {
    async search(queries, language) {
      const found = (await Promise.all(queries.map((each) => answers(each, language)))).flat();
      const best = new Map<string, { passage: Passage; score: number }>();
      for (const each of found)
        if ((best.get(each.passage.id)?.score ?? Number.NEGATIVE_INFINITY) < each.score) best.set(each.passage.id, each);
      return [...best.values()]
        .sort((one, other) => other.score - one.score)
        .slice(0, most)
        .map((each) => each.passage);
    },
  };
}
