/** What an expression is worth for a document. Three-valued: `undefined` is neither true nor false, and WHERE keeps only `true`. */
import { CosmosRefusal } from "../refusal.ts";
import { aggregateFunctions, functions } from "./functions.ts";
import type { BinaryOperator, Expression } from "./syntax.ts";
import { compare, equal, type Json, member, typeOf, type Value } from "./value.ts";

export interface Surroundings {
  readonly parameters: ReadonlyMap<string, Value>;
  readonly nowMs: number;
}

/** `rows` is what aggregates run over; an expression without one looks at `document` only. */
export function evaluate(of: Expression, document: Value, rows: readonly Json[], around: Surroundings): Value {
  const worth = (inner: Expression) => evaluate(inner, document, rows, around);
  switch (of.kind) {
    case "literal":
      return of.value;
    case "parameter":
      return parameter(of.name, around);
    case "document":
      return document;
    case "member":
      return member(worth(of.of), worth(of.key));
    case "unary":
      return unary(of.operator, worth(of.of));
    case "binary":
      return binary(of.operator, worth(of.left), () => worth(of.right));
    case "in":
      return among(worth(of.of), of.list.map(worth));
    case "between":
      return and(ordered(">=", worth(of.of), worth(of.low)), ordered("<=", worth(of.of), worth(of.high)));
    case "like":
      return like(worth(of.of), worth(of.pattern), of.escape && worth(of.escape));
    case "choice":
      return worth(of.condition) === true ? worth(of.then) : worth(of.otherwise);
    case "array":
      return of.items.map(worth).filter((item) => item !== undefined);
    case "object":
      return object(of.entries.map(([key, value]) => [key, worth(value)]));
    case "call":
      return functions.get(of.name)?.apply(of.given.map(worth), around.nowMs);
    case "aggregate":
      return aggregateFunctions[of.name](rows.map((row) => evaluate(of.of, row, [], around)));
  }
}

/** An object of the entries that are there. */
export function object(entries: readonly (readonly [string, Value])[]): Json {
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined));
}

function parameter(name: string, { parameters }: Surroundings): Value {
  if (parameters.has(name)) return parameters.get(name);
  throw new CosmosRefusal(400, `The query names the parameter ${name}, but no value was given for it.`);
}

function unary(operator: "NOT" | "-" | "+", value: Value): Value {
  if (operator === "NOT") return typeof value === "boolean" ? !value : undefined;
  return typeof value === "number" ? (operator === "-" ? -value : value) : undefined;
}

function binary(operator: BinaryOperator, left: Value, later: () => Value): Value {
  if (operator === "AND") return left === false ? false : and(left, later());
  if (operator === "OR") return left === true ? true : or(left, later());
  if (operator === "??") return left === undefined ? later() : left;
  const right = later();
  if (operator === "=" || operator === "!=") {
    if (left === undefined || right === undefined) return undefined;
    return equal(left, right) === (operator === "=");
  }
  if (operator === "||") return typeof left === "string" && typeof right === "string" ? left + right : undefined;
  if (operator === "<" || operator === "<=" || operator === ">" || operator === ">=") return ordered(operator, left, right);
  return typeof left === "number" && typeof right === "number" ? arithmetic(operator, left, right) : undefined;
}

function and(left: Value, right: Value): Value {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
}

function or(left: Value, right: Value): Value {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
}

/** Only strings, numbers and booleans have an order, and only among themselves. */
function ordered(operator: "<" | "<=" | ">" | ">=", left: Value, right: Value): Value {
  const type = typeOf(left);
  if (type !== typeOf(right) || !["boolean", "number", "string"].includes(type)) return undefined;
  const order = compare(left, right);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function arithmetic(operator: "+" | "-" | "*" | "/" | "%", left: number, right: number): Value {
  const result = { "+": left + right, "-": left - right, "*": left * right, "/": left / right, "%": left % right }[operator];
  return Number.isFinite(result) ? result : undefined;
}

function among(value: Value, list: readonly Value[]): Value {
  return value === undefined ? undefined : list.some((item) => item !== undefined && equal(value, item));
}

/** `%` stands for any run of characters, `_` for any one; `escaping` makes the next of them stand for itself. */
function like(value: Value, pattern: Value, escaping: Value): Value {
  if (typeof value !== "string" || typeof pattern !== "string") return undefined;
  let shape = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const sign = pattern.charAt(index);
    if (sign === escaping) shape += quoted(pattern.charAt(++index));
    else shape += sign === "%" ? "[\\s\\S]*" : sign === "_" ? "[\\s\\S]" : quoted(sign);
  }
  return new RegExp(`^${shape}$`).test(value);
}

function quoted(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|]/, "\\$&");
}
