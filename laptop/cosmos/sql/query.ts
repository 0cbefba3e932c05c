/** Runs a query over the documents of one partition. */
import { CosmosRefusal } from "../refusal.ts";
import { evaluate, object, type Surroundings } from "./evaluation.ts";
import type { Expression, Ordering, Query } from "./syntax.ts";
import { compare, equal, type Json, member, type Value } from "./value.ts";

/** One composite index: its paths in order, as in `["/status", "/created_at"]`. */
export type CompositeIndex = readonly { readonly path: string; readonly order: "ascending" | "descending" }[];

/**
 * The rows a query gives, in order. `documents` come in the order they were created, which is the order without ORDER BY.
 * Throws 400 for a parameter without a value, a TOP or LIMIT that is no whole number, or several orderings without their index.
 */
export function run(query: Query, documents: readonly Json[], indexes: readonly CompositeIndex[], around: Surroundings): Json[] {
  requireIndex(query.orderBy, indexes);
  const kept = documents.filter((document) => !query.where || evaluate(query.where, document, [], around) === true);
  const sorted = sort(kept, query.orderBy);
  const picked = query.aggregates
    ? [select(query, undefined, sorted, around)]
    : sorted.map((row) => select(query, row, [], around));
  const rows = picked.filter((row) => row !== undefined);
  const distinct = query.distinct ? rows.filter((row, index) => rows.findIndex((other) => equal(row, other)) === index) : rows;
  const from = count(query.offset, around) ?? 0;
  return distinct.slice(from, from + Math.min(count(query.limit, around) ?? Infinity, count(query.top, around) ?? Infinity));
}

function select(query: Query, document: Value, rows: readonly Json[], around: Surroundings): Value {
  const { selection } = query;
  if (selection.kind === "everything") return document;
  if (selection.kind === "value") return evaluate(selection.of, document, rows, around);
  return object(selection.properties.map(([name, of]) => [name, evaluate(of, document, rows, around)]));
}

function sort(documents: readonly Json[], orderBy: readonly Ordering[]): readonly Json[] {
  if (orderBy.length === 0) return documents;
  return documents.toSorted((left, right) => {
    for (const { path, descending } of orderBy) {
      const order = compare(at(left, path), at(right, path));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function at(document: Json, path: readonly string[]): Value {
  return path.reduce<Value>((value, key) => member(value, key), document);
}

function count(of: Expression | undefined, around: Surroundings): number | undefined {
  if (!of) return undefined;
  const value = evaluate(of, undefined, [], around);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new CosmosRefusal(
    400,
    `TOP, OFFSET and LIMIT take a whole number that is not negative; ${JSON.stringify(value) ?? "nothing"} was given.`,
  );
}

/** Several orderings need a composite index with the same paths, in the same directions or all of them turned round. */
function requireIndex(orderBy: readonly Ordering[], indexes: readonly CompositeIndex[]): void {
  if (orderBy.length < 2) return;
  const served = indexes.some((index) => {
    if (index.length !== orderBy.length) return false;
    const turned = orderBy.map(({ path, descending }, position) => {
      const column = index[position];
      return column?.path === `/${path.join("/")}` ? descending !== (column.order === "descending") : undefined;
    });
    return turned[0] !== undefined && turned.every((turn) => turn === turned[0]);
  });
  if (served) return;
  throw new CosmosRefusal(400, "The order by query does not have a corresponding composite index that it can be served from.");
}
