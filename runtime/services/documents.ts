/** Documents with ETags in partitions: the few things the runtime asks of its database. `cosmos.ts` is the real one. */
import type { cosmosContainers } from "../settings.ts";

export type Container = keyof typeof cosmosContainers;

/** A document as it lies in a container: its id, its partition key's property, and whatever else. */
export type Document = { readonly id: string } & Readonly<Record<string, unknown>>;

export interface Stored {
  readonly document: Document;
  readonly etag: string;
}

export interface Page {
  readonly documents: readonly Document[];
  /** Present while there is more; give it back to go on. */
  readonly continuation?: string;
}

export interface PageRequest {
  /** At most this many documents. */
  readonly limit: number;
  /** Property to order by, newest (largest) first; without it the order is the database's. */
  readonly newestBy?: string;
  readonly continuation?: string | undefined;
}

/** A continuation that this list did not give out. */
export class UnknownContinuation extends Error {
  constructor() {
    super("The continuation is not one that a list of calls gave; leave it out to start at the newest call.");
    this.name = "UnknownContinuation";
  }
}

/** What is added to a number of the document `id`. */
export interface Addition {
  readonly id: string;
  readonly property: string;
  readonly amount: number;
}

export interface Documents {
  read(container: Container, partition: string, id: string): Promise<Stored | undefined>;
  /** False when a document with this id is already there; nothing is changed then. */
  create(container: Container, partition: string, document: Document): Promise<boolean>;
  /**
   * Creates the document and adds to a number of another one in its partition: both or neither, however many do so at once. "there already"
   * when the document is, "nothing to add to" when the other one is not.
   */
  createCounted(
    container: Container,
    partition: string,
    document: Document,
    addition: Addition,
  ): Promise<"created" | "there already" | "nothing to add to">;
  /** False when the document has changed since `etag` was read; nothing is changed then. */
  replace(container: Container, partition: string, document: Document, etag: string): Promise<boolean>;
  /** False when there was no such document. */
  remove(container: Container, partition: string, id: string): Promise<boolean>;
  /** Documents of one partition. Throws `UnknownContinuation`. */
  page(container: Container, partition: string, request: PageRequest): Promise<Page>;
}
