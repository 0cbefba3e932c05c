/** Hybrid search (words and meaning) in the index of call-center-ai's schema, through the official client. */
import type { TokenCredential } from "@azure/identity";
import { SearchClient } from "@azure/search-documents";

/** A document of the index; `vectors` is searched, never read back. */
interface Training {
  readonly id: string;
  readonly answer: string;
  readonly context: string;
  readonly created_at: Date;
  readonly document_synthesis: string;
  readonly file_path: string;
  readonly question: string;
  readonly vectors: number[];
}

export interface SearchIndex {
  search(query: string, top: number): Promise<{ passage: { id: string; title: string; content: string }; score: number }[]>;
}

/** `embed` turns a query into the vector the index was filled with. */
export function openSearch(
  settings: { SEARCH_ENDPOINT: string; SEARCH_INDEX: string },
  credential: TokenCredential,
  embed: (text: string) => Promise<number[]>,
): SearchIndex {
  const client = new SearchClient<Training>(settings.SEARCH_ENDPOINT, settings.SEARCH_INDEX, credential);
  return {
    async search(query, top) {
      const vector = await embed(query);
      const { results } = await client.search(query, {
        top,
        select: ["id", "question", "answer", "context"],
        vectorSearchOptions: { queries: [{ kind: "vector", vector, fields: ["vectors"], kNearestNeighborsCount: top }] },
      });
      const found = [];
      for await (const { document, score } of results)
        found.push({
          passage: {
            id: document.id,
            title: document.question,
            content: [document.answer, document.context].filter(Boolean).join("\n"),
          },
          score,
        });
      return found;
    },
  };
}
