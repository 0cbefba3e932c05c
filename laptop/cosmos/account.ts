/** The databases and containers of one Cosmos DB account, kept in a journal. */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { openJournal } from "../journal.ts";
import { type Change, Container, type ContainerSettings } from "./container.ts";
import { CosmosRefusal } from "./refusal.ts";

type Entry =
  | { readonly kind: "database"; readonly database: string }
  | { readonly kind: "no-database"; readonly database: string }
  | ({ readonly kind: "container"; readonly settings: ContainerSettings; readonly sequence: number } & Place)
  | ({ readonly kind: "no-container" } & Place)
  | ({ readonly kind: "changes"; readonly changes: readonly Change[] } & Place);

interface Place {
  readonly database: string;
  /** Of the container: a name may be given again after a removal, a resource id may not. */
  readonly rid: string;
}

/** Source: Cosmos DB docs, "service quotas": at most 255 characters, none of `/ \ # ?`. */
const nameShape = /^[^/\\#?]{1,255}$/;

export class Account {
  readonly #clock: Clock;
  readonly #journal: ReturnType<typeof openJournal<Entry>>;
  readonly #databases = new Map<string, Map<string, Container>>();

  /** Opens what is kept in `folder`; without one, everything is forgotten at the end. */
  constructor(clock: Clock, folder: string | undefined) {
    this.#clock = clock;
    this.#journal = openJournal<Entry>(folder, "cosmos");
    for (const entry of this.#journal.entries) this.#replay(entry);
    this.#journal.compact(this.#snapshot());
  }

  /** Makes sure that a database is there. */
  createDatabase(name: string): void {
    requireName("database", name);
    if (this.#databases.has(name)) return;
    this.#databases.set(name, new Map());
    this.#journal.append({ kind: "database", database: name });
  }

  removeDatabase(name: string): void {
    if (this.#databases.delete(name)) this.#journal.append({ kind: "no-database", database: name });
  }

  /** Makes sure that a container is there with these settings; its documents stay. Throws when its partition key would change. */
  createContainer(database: string, settings: ContainerSettings): void {
    requireName("container", settings.name);
    if (settings.partitionKeyPaths.length < 1 || settings.partitionKeyPaths.length > 3)
      throw new Error(
        `Container "${settings.name}": a partition key has one to three paths, ${settings.partitionKeyPaths.length} given.`,
      );
    const there = this.database(database).get(settings.name);
    if (there) this.#update(there, settings);
    else {
      const rid = resourceId(`${database}/${settings.name}/${this.#clock.nowMs()}`);
      this.#add(database, rid, settings);
      this.#journal.append({ kind: "container", database, rid, settings, sequence: 0 });
    }
  }

  /** Removes a container and its documents for good. */
  removeContainer(database: string, name: string): void {
    const there = this.#databases.get(database)?.get(name);
    if (!there) return;
    this.#databases.get(database)?.delete(name);
    this.#journal.append({ kind: "no-container", database, rid: there.rid });
  }

  /** Its containers by name. Throws 404. */
  database(name: string): ReadonlyMap<string, Container> {
    const there = this.#databases.get(name);
    if (there) return there;
    throw new CosmosRefusal(404, `Message: {"Errors":["Resource Not Found. The database '${name}' does not exist."]}`, 1003);
  }

  /** Throws 404. */
  container(database: string, name: string): Container {
    const there = this.database(database).get(name);
    if (there) return there;
    throw new CosmosRefusal(404, `Message: {"Errors":["Owner resource does not exist: no container '${name}'."]}`, 1003);
  }

  close(): void {
    this.#journal.close();
  }

  #update(container: Container, settings: ContainerSettings): void {
    if (container.settings.partitionKeyPaths.join() !== settings.partitionKeyPaths.join())
      throw new Error(
        `Container "${settings.name}" is partitioned by ${container.settings.partitionKeyPaths.join()}; that cannot become ` +
          `${settings.partitionKeyPaths.join()}. Remove the container first, which removes its documents.`,
      );
    container.settings = settings;
    const { database, rid, sequence } = container;
    this.#journal.append({ kind: "container", database, rid, settings, sequence });
  }

  #add(database: string, rid: string, settings: ContainerSettings): Container {
    const keep = (changes: readonly Change[]) => this.#journal.append({ kind: "changes", database, rid, changes });
    const container = new Container(settings, { database, rid }, this.#clock, keep);
    this.#databases.get(database)?.set(settings.name, container);
    return container;
  }

  #replay(entry: Entry): void {
    const { database } = entry;
    if (entry.kind === "database") this.#databases.set(database, new Map());
    else if (entry.kind === "no-database") this.#databases.delete(database);
    else if (entry.kind === "container") {
      const container = this.#byRid(entry) ?? this.#add(database, entry.rid, entry.settings);
      container.settings = entry.settings;
      container.resumeAfter(entry.sequence);
    } else {
      const container = this.#byRid(entry);
      if (!container) return;
      if (entry.kind === "no-container") this.#databases.get(database)?.delete(container.settings.name);
      else for (const change of entry.changes) container.replay(change);
    }
  }

  #byRid({ database, rid }: Place): Container | undefined {
    return [...(this.#databases.get(database)?.values() ?? [])].find((container) => container.rid === rid);
  }

  *#snapshot(): Iterable<Entry> {
    for (const [database, containers] of this.#databases) {
      yield { kind: "database", database };
      for (const container of containers.values()) {
        const { rid, settings, sequence } = container;
        yield { kind: "container", database, rid, settings, sequence };
        for (const change of container.snapshot()) yield { kind: "changes", database, rid, changes: [change] };
      }
    }
  }
}

function requireName(what: string, name: string): void {
  if (!nameShape.test(name))
    throw new Error(`"${name}" cannot name a ${what}: 1 to 255 characters are allowed, without / \\ # and ?.`);
}

/** Eight bytes in the base64 that Cosmos DB uses for resource ids, where `-` stands for `/`. */
function resourceId(of: string): string {
  return createHash("sha256").update(of).digest().subarray(0, 8).toString("base64").replaceAll("/", "-");
}
