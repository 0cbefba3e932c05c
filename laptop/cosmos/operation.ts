/** What may be done to one document, alone or in a batch, and what must hold before it is done. */
import type { Container } from "./container.ts";
import type { Document } from "./document.ts";
import { type PartitionKey, partitionKeyOf } from "./partition-key.ts";
import { patched, requirePatch } from "./patch.ts";
import { CosmosRefusal } from "./refusal.ts";
import { parseCondition } from "./sql/parser.ts";
import { run } from "./sql/query.ts";
import { isObject, type Json } from "./sql/value.ts";

export const operationTypes = ["Create", "Upsert", "Read", "Replace", "Patch", "Delete"] as const;
export type OperationType = (typeof operationTypes)[number];

export interface Operation {
  readonly type: OperationType;
  /** Of the document; Create and Upsert have it in their body. */
  readonly id?: string | undefined;
  readonly body?: unknown;
  readonly ifMatch?: string | null | undefined;
  readonly ifNoneMatch?: string | null | undefined;
}

export interface Outcome {
  readonly status: number;
  readonly document?: Document;
}

/** Does it, or throws the refusal: 400, 404, 409, 412, 413. `nowMs` is the time of a patch's condition. */
export function perform(container: Container, key: PartitionKey, operation: Operation, nowMs: number): Outcome {
  const { type, body } = operation;
  const id = type === "Create" || type === "Upsert" ? idOf(body) : operation.id;
  const current = id === undefined ? undefined : container.read(key, id);
  if (type === "Create") {
    if (current) throw new CosmosRefusal(409, "Entity with the specified id already exists in the system.");
    return { status: 201, document: container.put(key, body) };
  }
  if (type === "Upsert") {
    if (current) requireMatch(operation, current);
    return { status: current ? 200 : 201, document: container.put(key, body) };
  }
  if (!current) throw new CosmosRefusal(404, "Entity with the specified id does not exist in the system.");
  if (type === "Read") return operation.ifNoneMatch === current._etag ? { status: 304 } : { status: 200, document: current };
  requireMatch(operation, current);
  if (type === "Delete") {
    container.remove(key, current.id);
    return { status: 204 };
  }
  return {
    status: 200,
    document: container.put(key, type === "Patch" ? applyPatch(container, current, body, nowMs) : renamed(body, current.id)),
  };
}

function idOf(body: unknown): string | undefined {
  return isObject(body as Json) && typeof (body as { id?: unknown }).id === "string" ? (body as { id: string }).id : undefined;
}

function requireMatch({ ifMatch, ifNoneMatch }: Operation, current: Document): void {
  if ((!ifMatch || ifMatch === "*" || ifMatch === current._etag) && ifNoneMatch !== "*") return;
  throw new CosmosRefusal(
    412,
    "Operation cannot be performed because one of the specified precondition is not met. Read the document again and apply the change to it.",
  );
}

function renamed(body: unknown, id: string): unknown {
  const given = idOf(body);
  if (given === undefined || given === id) return body;
  throw new CosmosRefusal(400, "The id in the body differs from the id in the path: replacing a document cannot rename it.");
}

function applyPatch(container: Container, current: Document, body: unknown, nowMs: number): Json {
  const { operations, condition } = requirePatch(body);
  if (condition !== undefined && run(parseCondition(condition), [current], [], { parameters: new Map(), nowMs }).length === 0)
    throw new CosmosRefusal(412, "One of the specified pre-condition is not met: the patch's condition does not hold.", 1110);
  const after = patched(current, operations);
  const paths = container.settings.partitionKeyPaths;
  if (partitionKeyOf(after, paths).join() !== partitionKeyOf(current, paths).join())
    throw new CosmosRefusal(400, "For Patch operation: the partition key cannot be patched.");
  return after;
}
