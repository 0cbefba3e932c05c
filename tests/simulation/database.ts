/** The database: ETags, refusals of what is there already, outages; and a look at everything that is written. */
import type { CallRecord, CallStatus, Message } from "../../runtime/calls/call.ts";
import type { Container, Document, Documents, Page, PageRequest, Stored } from "../../runtime/services/documents.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

const order: readonly CallStatus[] = ["created", "ringing", "connected", "ended"];

export class Database {
  readonly #world: World;
  readonly #partitions = new Map<string, Map<string, Stored>>();
  #version = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The database as a process reaches it. */
  for(process: SimulatedProcess): Documents {
    const ask = <Answer>(perform: () => Answer): Promise<Answer> => process.ask(perform, this.#world.database());
    return {
      read: (container, partition, id) => ask(() => this.#at(container, partition).get(id)),
      create: (container, partition, document) => ask(() => this.#create(container, partition, document)),
      createCounted: () => Promise.reject(new Error("No call is counted.")),
      replace: (container, partition, document, etag) => ask(() => this.#replace(container, partition, document, etag)),
      remove: (container, partition, id) => ask(() => this.#at(container, partition).delete(id)),
      page: (container, partition, request) => ask(() => this.#page(container, partition, request)),
    };
  }

  /** Every call's record, with its messages. */
  calls(): { readonly record: CallRecord; readonly messages: readonly Message[]; readonly isOpen: boolean }[] {
    return [...this.#partitions]
      .filter(([key]) => key.startsWith("calls/"))
      .flatMap(([, documents]) => {
        const record = documents.get("record")?.document.record as CallRecord | undefined;
        if (!record) return [];
        const messages = [...documents.values()].flatMap(({ document }) =>
          document.message ? [document.message as Message] : [],
        );
        return [{ record, messages, isOpen: this.#at("listings", "open").has(record.call_id) }];
      });
  }

  get openCalls(): number {
    return this.#at("listings", "open").size;
  }

  #at(container: Container, partition: string): Map<string, Stored> {
    const key = `${container}/${partition}`;
    const found = this.#partitions.get(key) ?? new Map<string, Stored>();
    this.#partitions.set(key, found);
    return found;
  }

  #create(container: Container, partition: string, document: Document): boolean {
    const place = this.#at(container, partition);
    if (place.has(document.id)) return false;
    this.#put(place, document, partition);
    return true;
  }

  #replace(container: Container, partition: string, document: Document, etag: string): boolean {
    const place = this.#at(container, partition);
    const stored = place.get(document.id);
    if (stored?.etag !== etag) {
      this.#world.saw("a writer was slower than another");
      return false;
    }
    if (document.id === "record") this.#watch(stored.document.record as CallRecord, document.record as CallRecord);
    this.#put(place, document, partition);
    return true;
  }

  #put(place: Map<string, Stored>, document: Document, partition: string): void {
    // Frozen instead of copied: whoever changed what they had read would change the database.
    place.set(document.id, { document: frozen(document), etag: `"${++this.#version}"` });
    this.#world.note(() => `database: ${partition.slice(-6)} ${document.id}${statusOf(document)}`);
  }

  #page(container: Container, partition: string, { limit, newestBy, continuation }: PageRequest): Page {
    const all = [...this.#at(container, partition).values()].map((each) => each.document);
    const ordered = newestBy ? all.sort((one, other) => String(other[newestBy]).localeCompare(String(one[newestBy]))) : all;
    const from = Number(continuation ?? 0);
    const documents = ordered.slice(from, from + limit);
    return { documents, ...(from + limit < ordered.length ? { continuation: String(from + limit) } : {}) };
  }

  #watch(before: CallRecord, after: CallRecord): void {
    const back = order.indexOf(after.status) < order.indexOf(before.status);
    const reasoned = before.ended_reason !== undefined && before.ended_reason !== after.ended_reason;
    if (back || reasoned)
      this.#world.judge.broken(
        "a status only moves forward",
        `${before.status} ${before.ended_reason ?? ""} became ${after.status} ${after.ended_reason ?? ""}`,
      );
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) frozen(each);
  return value;
}

const statusOf = ({ record }: Document): string => (record ? ` is ${(record as CallRecord).status}` : "");
