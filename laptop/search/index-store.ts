/** The indexes of one search service and their documents, kept in a journal. */
import { Refusal } from "../identity/access.ts";
import { openJournal } from "../journal.ts";
import { type Definition, requireCompatible } from "./definition.ts";
import { type Document, requireDocument } from "./document.ts";
import { invalid } from "./refusal.ts";

type Entry =
  | { readonly kind: "index"; readonly definition: Definition; readonly revision: number }
  | { readonly kind: "no-index"; readonly name: string; readonly revision: number }
  | {
      readonly kind: "documents";
      readonly index: string;
      readonly put: readonly (readonly [string, Document])[];
      readonly removed: readonly string[];
    };

export interface Index {
  readonly definition: Definition;
  readonly etag: string;
  readonly documents: Map<string, Document>;
}

export const actions = ["upload", "merge", "mergeOrUpload", "delete"] as const;
export type Action = (typeof actions)[number];

/** What became of one document, in the service's words. */
export interface ActionResult {
  readonly key: string;
  readonly status: boolean;
  readonly errorMessage: string | null;
  readonly statusCode: number;
}

/** Source: AI Search docs, "add, update or delete documents (REST)": documents in one batch. */
const largestBatch = 1_000;

export class IndexStore {
  readonly #journal: ReturnType<typeof openJournal<Entry>>;
  readonly #indexes = new Map<string, Index>();
  #revision = 0;

  /** Opens what is kept in `folder`; without one, everything is forgotten at the end. */
  constructor(folder: string | undefined) {
    this.#journal = openJournal<Entry>(folder, "search");
    for (const entry of this.#journal.entries) this.#replay(entry);
    this.#journal.compact(this.#snapshot());
  }

  list(): readonly Index[] {
    return [...this.#indexes.values()].sort((left, right) => (left.definition.name < right.definition.name ? -1 : 1));
  }

  get(name: string): Index | undefined {
    return this.#indexes.get(name);
  }

  /** Throws 404. */
  require(name: string): Index {
    const index = this.get(name);
    if (index) return index;
    throw new Refusal(404, "ResourceNotFound", `No index with the name '${name}' was found in the service.`);
  }

  /** Makes an index, or changes it where that leaves its documents valid. Throws 400. */
  put(definition: Definition): Index {
    const before = this.get(definition.name);
    if (before) requireCompatible(before.definition, definition);
    this.#revision += 1;
    const entry: Entry = { kind: "index", definition, revision: this.#revision };
    this.#journal.append(entry);
    return this.#replay(entry) as Index;
  }

  remove(name: string): void {
    this.#revision += 1;
    const entry: Entry = { kind: "no-index", name, revision: this.#revision };
    this.#journal.append(entry);
    this.#replay(entry);
  }

  /** Does the actions in order. A document that does not fit refuses the whole batch (400), a merge into nothing only itself. */
  apply({ definition, documents }: Index, body: unknown): readonly ActionResult[] {
    const batch = (body as { readonly value?: unknown } | null)?.value;
    if (!Array.isArray(batch) || batch.length === 0)
      throw invalid('A batch is {"value": [documents with "@search.action"]}, with one at least.');
    if (batch.length > largestBatch)
      throw invalid(`A batch takes at most ${largestBatch} documents; ${batch.length} were given.`);
    const wanted = (batch as Document[]).map((given) => {
      const { "@search.action": action = "upload", ...document } = given;
      if (!actions.includes(action as Action))
        throw invalid(`The action "${String(action)}" is not known; allowed are ${actions.join(", ")}.`);
      return { action: action as Action, key: requireDocument(definition, document), document };
    });
    const touched = new Set(wanted.map(({ key }) => key));
    const results = wanted.map(({ action, key, document }) => applyOne(documents, action, key, document));
    const put = [...touched].flatMap((key) => (documents.has(key) ? [[key, documents.get(key) as Document] as const] : []));
    const removed = [...touched].filter((key) => !documents.has(key));
    this.#journal.append({ kind: "documents", index: definition.name, put, removed });
    return results;
  }

  close(): void {
    this.#journal.close();
  }

  #replay(entry: Entry): Index | undefined {
    if (entry.kind === "documents") {
      const index = this.#indexes.get(entry.index);
      for (const [key, document] of entry.put) index?.documents.set(key, document);
      for (const key of entry.removed) index?.documents.delete(key);
      return index;
    }
    this.#revision = Math.max(this.#revision, entry.revision);
    if (entry.kind === "no-index") {
      this.#indexes.delete(entry.name);
      return undefined;
    }
    const { definition, revision } = entry;
    const documents = this.#indexes.get(definition.name)?.documents ?? new Map<string, Document>();
    const index = { definition, etag: `"0x${revision.toString(16).toUpperCase().padStart(16, "0")}"`, documents };
    this.#indexes.set(definition.name, index);
    return index;
  }

  *#snapshot(): Iterable<Entry> {
    for (const { definition, etag, documents } of this.#indexes.values()) {
      yield { kind: "index", definition, revision: Number.parseInt(etag.slice(3, -1), 16) };
      for (const [key, document] of documents)
        yield { kind: "documents", index: definition.name, put: [[key, document]], removed: [] };
    }
  }
}

function applyOne(documents: Map<string, Document>, action: Action, key: string, document: Document): ActionResult {
  const before = documents.get(key);
  if (action === "delete") {
    documents.delete(key);
    return { key, status: true, errorMessage: null, statusCode: 200 };
  }
  if (action === "merge" && !before) return { key, status: false, errorMessage: "Document not found.", statusCode: 404 };
  documents.set(key, action === "upload" ? document : { ...before, ...document });
  return { key, status: true, errorMessage: null, statusCode: before ? 200 : 201 };
}
