/** Values as Cosmos DB's SQL sees them: JSON, and `undefined` for what is not there. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Value = Json | undefined;

/** The order of types in ORDER BY, MIN and MAX. Source: Cosmos DB docs, "ORDER BY clause", remarks. */
const typeRank = { undefined: 0, null: 1, boolean: 2, number: 3, string: 4, array: 5, object: 6 } as const;
type TypeName = keyof typeof typeRank;

export function typeOf(value: Value): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as TypeName;
}

/** Deep equality; the order of an object's keys does not matter. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isArray(left) && isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  );
}

/** Below, at or above zero, over all types: first by type, then by value. Arrays and objects of one type tie. */
export function compare(left: Value, right: Value): number {
  const byType = typeRank[typeOf(left)] - typeRank[typeOf(right)];
  if (byType !== 0) return byType;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === "number" || typeof left === "boolean") return Number(left) - Number(right);
  return 0;
}

export function isArray(value: Value): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Value): value is { readonly [key: string]: Json } {
  return typeOf(value) === "object";
}

/** The member of an object or array, own properties only; `undefined` for anything else. */
export function member(value: Value, key: Value): Value {
  if (isArray(value)) return typeof key === "number" ? value[key] : undefined;
  if (isObject(value) && typeof key === "string" && Object.hasOwn(value, key)) return value[key];
  return undefined;
}
