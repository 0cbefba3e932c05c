/**
 * The documents of one container, by partition. Everything that must hold between documents holds here: ids and unique keys within a
 * partition, expiry by the clock, the order of changes, all or nothing.
 */
import type { Clock } from "../clock.ts";
import { type Document, requireDocument } from "./document.ts";
import { liesUnder, type PartitionKey, partitionKeyOf, valueAt } from "./partition-key.ts";
import { CosmosRefusal } from "./refusal.ts";
import type { CompositeIndex } from "./sql/query.ts";

export interface ContainerSettings {
  readonly name: string;
  /** Such as `["/callId"]`; up to three make a hierarchical key. */
  readonly partitionKeyPaths: readonly string[];
  /** Seconds after its last write at which a document goes; -1 lets single documents carry a `ttl`; absent, nothing expires. */
  readonly defaultTtlSeconds?: number;
  /** Sets of paths whose values together are unique within a partition. */
  readonly uniqueKeys?: readonly (readonly string[])[];
  /** What ORDER BY on several properties needs. */
  readonly compositeIndexes?: readonly CompositeIndex[];
}

export interface Stored {
  readonly document: Document;
  /** Place in the order of all writes to the container. */
  readonly sequence: number;
}

/** What a write did to one document: `document` absent means that it is gone. */
export interface Change {
  readonly key: PartitionKey;
  readonly id: string;
  readonly sequence: number;
  readonly document?: Document;
}

interface Partition {
  readonly key: PartitionKey;
  documents: Map<string, Stored>;
}

export class Container {
  settings: ContainerSettings;
  readonly database: string;
  /** Eight bytes in base64: SDKs file session tokens under it. */
  readonly rid: string;
  readonly #clock: Clock;
  readonly #keep: (changes: readonly Change[]) => void;
  readonly #partitions = new Map<string, Partition>();
  #sequence = 0;
  #changes: Change[] = [];

  /** `keep` is told of every finished write. */
  constructor(
    settings: ContainerSettings,
    identity: { readonly database: string; readonly rid: string },
    clock: Clock,
    keep: (changes: readonly Change[]) => void,
  ) {
    this.settings = settings;
    this.database = identity.database;
    this.rid = identity.rid;
    this.#clock = clock;
    this.#keep = keep;
  }

  /** How many writes there were: the container's session token and the newest place in the change feed. */
  get sequence(): number {
    return this.#sequence;
  }

  read(key: PartitionKey, id: string): Document | undefined {
    return this.#partition(key).documents.get(id)?.document;
  }

  /** Documents under a key (all of them without one), oldest first; with `bornBy`, those that were there at that place in the order. */
  documents(prefix: PartitionKey = [], bornBy = Number.POSITIVE_INFINITY): Document[] {
    const documents = this.#stored(prefix).map(({ document }) => document);
    return documents.filter((document) => bornAt(document) <= bornBy);
  }

  /** What was written after `sequence` and still exists, in the order of the writes; one entry a document, its latest version. */
  changesAfter(sequence: number, prefix: PartitionKey = []): Stored[] {
    const later = this.#stored(prefix).filter((stored) => stored.sequence > sequence);
    return later.sort((left, right) => left.sequence - right.sequence);
  }

  /** Runs `act`, which writes to one partition: when it throws, nothing of it happened. */
  transact<Result>(key: PartitionKey, act: () => Result): Result {
    const partition = this.#partition(key);
    const before = new Map(partition.documents);
    const { sequence } = this;
    try {
      const result = act();
      if (this.#changes.length > 0) this.#keep(this.#changes);
      return result;
    } catch (error) {
      partition.documents = before;
      this.#sequence = sequence;
      throw error;
    } finally {
      this.#changes = [];
    }
  }

  /** Writes a document, new or over its older self; the caller has checked which. Throws 400, 409 or 413. */
  put(key: PartitionKey, body: unknown): Document {
    const given = requireDocument(body);
    if (key.join() !== partitionKeyOf(given, this.settings.partitionKeyPaths).join())
      throw new CosmosRefusal(400, "PartitionKey extracted from document doesn't match the one specified in the header", 1001);
    this.#requireUnique(key, given);
    const sequence = this.#sequence + 1;
    const document = this.#stamped(given, sequence, this.read(key, given.id));
    this.#set({ key, id: document.id, sequence, document });
    return document;
  }

  remove(key: PartitionKey, id: string): void {
    this.#set({ key, id, sequence: this.#sequence + 1 });
  }

  /** Takes in what `keep` was told before a restart. */
  replay(change: Change): void {
    this.#apply(change);
    this.resumeAfter(change.sequence);
  }

  /** Never goes back over a restart, even when the newest documents are gone. */
  resumeAfter(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /** Everything that is there, as changes that would bring it about. */
  *snapshot(): Iterable<Change> {
    for (const { key, documents } of this.#partitions.values())
      for (const [id, stored] of documents) if (!this.#expired(stored)) yield { key, id, ...stored };
  }

  #set(change: Change): void {
    this.#apply(change);
    this.#sequence = change.sequence;
    this.#changes.push(change);
  }

  #apply({ key, id, sequence, document }: Change): void {
    const { documents } = this.#partition(key, false);
    if (document) documents.set(id, { document, sequence });
    else documents.delete(id);
  }

  #partition(key: PartitionKey, expire = true): Partition {
    const name = JSON.stringify(key);
    const partition = this.#partitions.get(name) ?? { key, documents: new Map() };
    this.#partitions.set(name, partition);
    if (expire && this.settings.defaultTtlSeconds !== undefined)
      for (const [id, stored] of partition.documents) if (this.#expired(stored)) partition.documents.delete(id);
    return partition;
  }

  #stored(prefix: PartitionKey): Stored[] {
    const under = [...this.#partitions.values()].filter(({ key }) => liesUnder(key, prefix));
    return under.flatMap(({ documents }) => [...documents.values()]).filter((stored) => !this.#expired(stored));
  }

  #expired({ document }: Stored): boolean {
    const { defaultTtlSeconds } = this.settings;
    if (defaultTtlSeconds === undefined) return false;
    const ttlSeconds = typeof document.ttl === "number" ? document.ttl : defaultTtlSeconds;
    return ttlSeconds > 0 && ((document._ts as number) + ttlSeconds) * 1_000 <= this.#clock.nowMs();
  }

  #requireUnique(key: PartitionKey, given: Document): void {
    for (const paths of this.settings.uniqueKeys ?? []) {
      const values = (document: Document) => JSON.stringify(paths.map((path) => valueAt(document, path) ?? null));
      const taken = this.documents(key).some((other) => other.id !== given.id && values(other) === values(given));
      if (taken) throw new CosmosRefusal(409, "Unique index constraint violation.");
    }
  }

  /** With the properties the service writes. */
  #stamped(given: Document, sequence: number, older: Document | undefined): Document {
    const rid = (older?._rid as string | undefined) ?? documentRid(this.rid, sequence);
    const owner = Buffer.from(this.rid, "base64").toString("hex").slice(0, 8);
    return {
      ...given,
      _rid: rid,
      _self: `dbs/${this.database}/colls/${this.rid}/docs/${rid}/`,
      _etag: `"${owner}-0000-0000-0000-${sequence.toString(16).padStart(12, "0")}"`,
      _attachments: "attachments/",
      _ts: Math.floor(this.#clock.nowMs() / 1_000),
    };
  }
}

/** A document's resource id: its container's, then the place of its first write. */
function documentRid(containerRid: string, sequence: number): string {
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(sequence));
  return Buffer.concat([Buffer.from(containerRid, "base64"), place]).toString("base64");
}

function bornAt({ _rid }: Document): number {
  return Number(Buffer.from(_rid as string, "base64").readBigUInt64LE(8));
}
