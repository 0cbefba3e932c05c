/** Partition keys: the values a document has at its container's paths, and how a request names them. */
import { CosmosRefusal } from "./refusal.ts";
import { type Json, member } from "./sql/value.ts";

/** One text a component, in JSON; `{}` stands for a value that is not there, which is not the same as `null`. */
export type PartitionKey = readonly string[];

const absent = "{}";

/** The key of a document; `paths` such as `/callId` or `/tenant/id`. */
export function partitionKeyOf(document: Json, paths: readonly string[]): PartitionKey {
  return paths.map((path) => component(valueAt(document, path)));
}

export function valueAt(document: Json, path: string): Json | undefined {
  return path
    .split("/")
    .slice(1)
    .reduce<Json | undefined>((value, key) => member(value, key), document);
}

/**
 * Reads the header `x-ms-documentdb-partitionkey`, such as `["call-1"]`. Throws 400 for anything but an array of scalars that is no
 * longer than the container's own key.
 */
export function readPartitionKey(header: string, paths: readonly string[]): PartitionKey {
  const components = parseArray(header);
  if (!components) throw new CosmosRefusal(400, `Partition key ${header} is invalid. It takes a JSON array, such as ["value"].`);
  if (components.length > paths.length)
    throw new CosmosRefusal(
      400,
      "The partition key supplied in x-ms-partitionkey header has more components than defined in the collection.",
    );
  return components.map(component);
}

/** Reading and writing one document takes the whole key; only queries may name its beginning. */
export function requireWhole(key: PartitionKey, paths: readonly string[]): PartitionKey {
  if (key.length === paths.length) return key;
  throw new CosmosRefusal(
    400,
    "The partition key supplied in x-ms-partitionkey header has fewer components than defined in the the collection.",
    1001,
  );
}

/** Whether `key` is `prefix` or lies under it. */
export function liesUnder(key: PartitionKey, prefix: PartitionKey): boolean {
  return prefix.every((component, index) => key[index] === component);
}

function component(value: Json | undefined): string {
  if (value === undefined) return absent;
  if (value !== null && typeof value === "object") {
    if (Object.keys(value).length === 0 && !Array.isArray(value)) return absent;
    throw new CosmosRefusal(400, "A partition key takes strings, numbers, booleans and null, not arrays or objects.");
  }
  return JSON.stringify(value);
}

function parseArray(text: string): Json[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 ? (value as Json[]) : undefined;
  } catch {
    return undefined;
  }
}
