/** A database in memory with the manners of the real one: ETags, refusals of what is there already, pages. */
import type { Document, Documents, Stored } from "../../runtime/services/documents.ts";

export function memoryDocuments(): Documents {
  const partitions = new Map<string, Map<string, Stored>>();
  let version = 0;
  const at = (container: string, partition: string): Map<string, Stored> => {
    const key = `${container}/${partition}`;
    const found = partitions.get(key) ?? new Map<string, Stored>();
    partitions.set(key, found);
    return found;
  };
  const put = (place: Map<string, Stored>, document: Document): void => {
    place.set(document.id, { document: structuredClone(document), etag: `"${++version}"` });
  };
  return {
    async read(container, partition, id) {
      return structuredClone(at(container, partition).get(id));
    },
    async create(container, partition, document) {
      const place = at(container, partition);
      if (place.has(document.id)) return false;
      put(place, document);
      return true;
    },
    async createCounted(container, partition, document, { id, property, amount }) {
      const place = at(container, partition);
      const other = place.get(id);
      if (place.has(document.id)) return "there already";
      if (!other) return "nothing to add to";
      put(place, document);
      put(place, { ...other.document, [property]: Number(other.document[property]) + amount });
      return "created";
    },
    async replace(container, partition, document, etag) {
      const place = at(container, partition);
      if (place.get(document.id)?.etag !== etag) return false;
      put(place, document);
      return true;
    },
    async remove(container, partition, id) {
      return at(container, partition).delete(id);
    },
    async page(container, partition, { limit, newestBy, continuation }) {
      const all = [...at(container, partition).values()].map((each) => each.document);
      // As in Cosmos, ordering by a property leaves out what does not have it.
      const ordered = newestBy
        ? all
            .filter((each) => each[newestBy] !== undefined)
            .sort((one, other) => String(other[newestBy]).localeCompare(String(one[newestBy])))
        : all;
      const from = Number(continuation ?? 0);
      const documents = structuredClone(ordered.slice(from, from + limit));
      return { documents, ...(from + limit < ordered.length ? { continuation: String(from + limit) } : {}) };
    },
  };
}
