/** Partial updates. Pure: the document is rebuilt along the path, never changed in place. */
import type { Document } from "./document.ts";
import { isSystemProperty } from "./document.ts";
import { CosmosRefusal } from "./refusal.ts";
import { isArray, isObject, type Json, member } from "./sql/value.ts";

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
  readonly from?: string;
}

export interface Patch {
  readonly operations: readonly PatchOperation[];
  /** Such as `from c where c.status = 'open'`. */
  readonly condition?: string;
}

/** Source: Cosmos DB docs, "partial document update", limits. */
const mostOperations = 10;

/** A patch is a list of operations, or an object of them and a condition. Throws 400. */
export function requirePatch(body: unknown): Patch {
  const patch = (Array.isArray(body) ? { operations: body } : body) as Partial<Patch> | null | undefined;
  const operations = patch?.operations;
  if (!Array.isArray(operations) || operations.length === 0)
    throw new CosmosRefusal(400, "A patch needs at least one operation.");
  if (operations.length > mostOperations)
    throw new CosmosRefusal(
      400,
      `The number of patch operations can't exceed '${mostOperations}'; ${operations.length} were given.`,
    );
  return { operations, ...(patch?.condition ? { condition: patch.condition } : {}) };
}

/** The document after all operations, in order. Throws 400 at the first that cannot be done. */
export function patched(document: Document, operations: readonly PatchOperation[]): Json {
  return operations.reduce<Json>(applyOne, document);
}

function applyOne(document: Json, operation: PatchOperation): Json {
  const path = segments(operation, operation.path);
  const { op, value } = operation;
  if (op === "remove") return edit(document, path, operation, removed);
  if (op === "move") {
    const from = segments(operation, operation.from ?? "");
    const moved = from.reduce<Json | undefined>(step, document);
    if (moved === undefined) throw refused(operation, "there is nothing at the path it moves from");
    const without = edit(document, from, operation, removed);
    return edit(without, path, operation, (holder, key) => added(holder, key, moved));
  }
  if (value === undefined) throw refused(operation, "it has no value");
  if (op === "add") return edit(document, path, operation, (holder, key) => added(holder, key, value));
  if (op === "set") return edit(document, path, operation, (holder, key) => set(holder, key, value));
  if (op === "replace")
    return edit(document, path, operation, (holder, key) =>
      step(holder, key) === undefined ? undefined : put(holder, key, value),
    );
  if (op === "incr") return edit(document, path, operation, (holder, key) => increased(holder, key, value));
  throw refused(operation, "allowed are add, set, replace, remove, incr and move");
}

/** A path's keys; `id` and what the service writes cannot be patched. */
function segments(operation: PatchOperation, path: string): string[] {
  const keys = typeof path === "string" && path.startsWith("/") ? path.slice(1).split("/") : [];
  if (keys.length === 0 || keys.includes("")) throw refused(operation, "its path must begin with / and name a property");
  if (keys.length === 1 && (keys[0] === "id" || isSystemProperty(keys[0] as string)))
    throw refused(operation, "id and system properties cannot be patched");
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Change = (holder: Json, key: string) => Json | undefined;

/** Rebuilds `value` with the holder at the end of `path` changed; the way there must exist. */
function edit(value: Json, path: readonly string[], operation: PatchOperation, change: Change): Json {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    const changed = change(value, key);
    if (changed === undefined) throw refused(operation, "its path does not lead to a place where this can be done");
    return changed;
  }
  const inner = step(value, key);
  if (inner === undefined) throw refused(operation, "its path does not exist");
  return put(value, key, edit(inner, rest, operation, change));
}

function step(value: Json | undefined, key: string): Json | undefined {
  return member(value, isArray(value) ? position(key) : key);
}

function position(key: string): number {
  return /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
}

/** Puts a value at a key that exists, or a new property. */
function put(holder: Json, key: string, value: Json): Json {
  return isArray(holder) ? holder.with(position(key), value) : { ...(holder as object), [key]: value };
}

function added(holder: Json, key: string, value: Json): Json | undefined {
  if (isObject(holder)) return put(holder, key, value);
  if (!isArray(holder)) return undefined;
  const index = key === "-" ? holder.length : position(key);
  return index >= 0 && index <= holder.length ? holder.toSpliced(index, 0, value) : undefined;
}

function set(holder: Json, key: string, value: Json): Json | undefined {
  return isArray(holder) && step(holder, key) !== undefined ? put(holder, key, value) : added(holder, key, value);
}

function removed(holder: Json, key: string): Json | undefined {
  if (step(holder, key) === undefined) return undefined;
  if (isArray(holder)) return holder.toSpliced(position(key), 1);
  return Object.fromEntries(Object.entries(holder as object).filter(([name]) => name !== key));
}

function increased(holder: Json, key: string, by: Json): Json | undefined {
  const before = step(holder, key) ?? (isObject(holder) ? 0 : undefined);
  return typeof before === "number" && typeof by === "number" ? put(holder, key, before + by) : undefined;
}

function refused({ op, path }: PatchOperation, why: string): CosmosRefusal {
  return new CosmosRefusal(400, `For Patch operation: ${op} at ${path} failed: ${why}.`);
}
