/** How well a document answers: by its words (BM25), by closeness of vectors (cosine), and by both (reciprocal rank fusion). */

/** A list of documents, best first. */
export type Ranking<Id> = readonly { readonly id: Id; readonly score: number }[];

/** Lucene's defaults, which AI Search takes. Source: AI Search docs, "configure BM25 relevance scoring". */
const termSaturation = 1.2;
const lengthInfluence = 0.75;
/** Source: AI Search docs, "hybrid search ranking": 1 / (rank + k), where k is 60 and the best rank 0. */
const fusionConstant = 60;

/** Words in lower case, accents kept; every analyzer of the service is read as this one. */
export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Ranks texts for a query. `fields` has one list for each searchable field, with a text for each document in the same order; a document's
 * score is the sum over its fields. Documents without any of the words (with `all`: without one of them) are left out.
 */
export function byWords(query: string, fields: readonly (readonly string[])[], all = false): Ranking<number> {
  const terms = [...new Set(words(query))];
  const size = fields[0]?.length ?? 0;
  const scores = new Array<number>(size).fill(0);
  const found = Array.from({ length: size }, () => new Set<string>());
  for (const texts of fields) {
    const documents = texts.map(words);
    const averageLength = documents.reduce((total, each) => total + each.length, 0) / (size || 1);
    for (const term of terms) {
      const counts = documents.map((each) => each.filter((word) => word === term).length);
      const holding = counts.filter((count) => count > 0).length;
      const rarity = Math.log(1 + (size - holding + 0.5) / (holding + 0.5));
      counts.forEach((count, index) => {
        if (count === 0) return;
        const length = (documents[index]?.length ?? 0) / (averageLength || 1);
        const saturated =
          (count * (termSaturation + 1)) / (count + termSaturation * (1 - lengthInfluence + lengthInfluence * length));
        scores[index] = (scores[index] ?? 0) + rarity * saturated;
        found[index]?.add(term);
      });
    }
  }
  const least = all ? terms.length : 1;
  const matching = scores
    .map((score, id) => ({ id, score }))
    .filter(({ id }) => terms.length > 0 && (found[id]?.size ?? 0) >= least);
  return sorted(matching);
}

/** Ranks vectors by closeness to `vector`: from 1 for the same direction down to 1/3 for the opposite. */
export function byVector<Id>(
  vector: readonly number[],
  candidates: readonly { readonly id: Id; readonly vector: readonly number[] }[],
): Ranking<Id> {
  // Source: AI Search docs, "vector ranking": score = 1 / (1 + distance), where distance = 1 - cosine similarity.
  return sorted(candidates.map((each) => ({ id: each.id, score: 1 / (2 - cosine(vector, each.vector)) })));
}

/** Cosine of the angle between two vectors of one length; 0 when one has no direction. */
export function cosine(left: readonly number[], right: readonly number[]): number {
  let dot = 0;
  let leftSquared = 0;
  let rightSquared = 0;
  for (let index = 0; index < left.length; index += 1) {
    const [one, other] = [left[index] ?? 0, right[index] ?? 0];
    dot += one * other;
    leftSquared += one * one;
    rightSquared += other * other;
  }
  const lengths = Math.sqrt(leftSquared) * Math.sqrt(rightSquared);
  return lengths === 0 ? 0 : dot / lengths;
}

/** One ranking out of several: what stands high in many of them stands highest. */
export function fused<Id>(rankings: readonly { readonly ranking: Ranking<Id>; readonly weight: number }[]): Ranking<Id> {
  const scores = new Map<Id, number>();
  for (const { ranking, weight } of rankings)
    ranking.forEach(({ id }, rank) => {
      scores.set(id, (scores.get(id) ?? 0) + weight / (fusionConstant + rank));
    });
  return sorted([...scores].map(([id, score]) => ({ id, score })));
}

/** Best first; equals stay in their order. */
function sorted<Id>(ranking: Ranking<Id>): Ranking<Id> {
  return ranking.toSorted((left, right) => right.score - left.score);
}
