/** Built-in functions of the query language. An argument of the wrong type makes the result undefined, never an error. */
import { compare, equal, isArray, isObject, type Json, member, type Value } from "./value.ts";

interface BuiltIn {
  /** Fewest and most arguments. */
  readonly least: number;
  readonly most: number;
  /** `nowMs` is the time of the query. */
  readonly apply: (given: readonly Value[], nowMs: number) => Value;
}

/** By name in upper case. */
export const functions: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ["IS_DEFINED", one((value) => value !== undefined)],
  ["IS_NULL", one((value) => value === null)],
  ["IS_BOOL", one((value) => typeof value === "boolean")],
  ["IS_NUMBER", one((value) => typeof value === "number")],
  ["IS_STRING", one((value) => typeof value === "string")],
  ["IS_ARRAY", one(isArray)],
  ["IS_OBJECT", one(isObject)],
  ["IS_PRIMITIVE", one((value) => value !== undefined && !isArray(value) && !isObject(value))],
  ["ARRAY_CONTAINS", { least: 2, most: 3, apply: ([array, value, partly]) => arrayContains(array, value, partly === true) }],
  ["ARRAY_LENGTH", one((value) => (isArray(value) ? value.length : undefined))],
  ["STARTSWITH", textTest((text, part) => text.startsWith(part))],
  ["ENDSWITH", textTest((text, part) => text.endsWith(part))],
  ["CONTAINS", textTest((text, part) => text.includes(part))],
  ["STRINGEQUALS", textTest((text, part) => text === part)],
  ["LOWER", ofText((text) => text.toLowerCase())],
  ["UPPER", ofText((text) => text.toUpperCase())],
  ["TRIM", ofText((text) => text.trim())],
  ["LENGTH", ofText((text) => text.length)],
  ["SUBSTRING", { least: 3, most: 3, apply: ([text, from, length]) => substring(text, from, length) }],
  ["CONCAT", { least: 2, most: Number.POSITIVE_INFINITY, apply: concat }],
  ["ABS", ofNumber(Math.abs)],
  ["FLOOR", ofNumber(Math.floor)],
  ["CEILING", ofNumber(Math.ceil)],
  ["ROUND", ofNumber(Math.round)],
  ["GETCURRENTTIMESTAMP", { least: 0, most: 0, apply: (_, nowMs) => nowMs }],
  ["GETCURRENTDATETIME", { least: 0, most: 0, apply: (_, nowMs) => new Date(nowMs).toISOString().replace("Z", "0000Z") }],
]);

function one(apply: (value: Value) => Value): BuiltIn {
  return { least: 1, most: 1, apply: ([value]) => apply(value) };
}

function ofText(apply: (text: string) => Value): BuiltIn {
  return one((value) => (typeof value === "string" ? apply(value) : undefined));
}

function ofNumber(apply: (number: number) => number): BuiltIn {
  return one((value) => (typeof value === "number" ? apply(value) : undefined));
}

/** The third argument, when true, ignores case. */
function textTest(apply: (text: string, part: string) => boolean): BuiltIn {
  return {
    least: 2,
    most: 3,
    apply: ([text, part, ignoreCase]) => {
      if (typeof text !== "string" || typeof part !== "string") return undefined;
      return ignoreCase === true ? apply(text.toLowerCase(), part.toLowerCase()) : apply(text, part);
    },
  };
}

/** `partly`: an object counts when it has all the properties of `value`. */
function arrayContains(array: Value, value: Value, partly: boolean): Value {
  if (!isArray(array) || value === undefined) return undefined;
  return array.some((item) => equal(item, value) || (partly && isObject(value) && hasAll(item, value)));
}

function hasAll(item: Json, wanted: { readonly [key: string]: Json }): boolean {
  return isObject(item) && Object.entries(wanted).every(([key, value]) => equal(member(item, key), value));
}

function substring(text: Value, from: Value, length: Value): Value {
  if (typeof text !== "string" || typeof from !== "number" || typeof length !== "number") return undefined;
  return text.slice(Math.max(0, from), Math.max(0, from) + Math.max(0, length));
}

function concat(given: readonly Value[]): Value {
  return given.every((value) => typeof value === "string") ? given.join("") : undefined;
}

/** Over the values of one aggregate's argument, undefined ones included. */
export const aggregateFunctions = {
  COUNT: (values: readonly Value[]): Value => defined(values).length,
  SUM: (values: readonly Value[]): Value => sum(defined(values)),
  AVG: (values: readonly Value[]): Value => {
    const counted = defined(values);
    const total = sum(counted);
    return counted.length > 0 && total !== undefined ? total / counted.length : undefined;
  },
  MIN: (values: readonly Value[]): Value =>
    defined(values).reduce<Value>(
      (least, value) => (least === undefined || compare(value, least) < 0 ? value : least),
      undefined,
    ),
  MAX: (values: readonly Value[]): Value =>
    defined(values).reduce<Value>((most, value) => (most === undefined || compare(value, most) > 0 ? value : most), undefined),
};

function defined(values: readonly Value[]): Json[] {
  return values.filter((value) => value !== undefined);
}

/** Undefined as soon as one value is not a number. */
function sum(values: readonly Json[]): number | undefined {
  return values.every((value) => typeof value === "number") ? values.reduce((total, value) => total + value, 0) : undefined;
}
