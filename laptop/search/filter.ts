/**
 * `$filter`: a part of OData. Comparisons, `and`, `or`, `not`, `search.in`, and `any`/`all` over collections, read by recursive descent.
 * Source: AI Search docs, "OData expression syntax reference".
 */
import type { Field, FieldType } from "./definition.ts";
import type { Document } from "./document.ts";
import { invalid, notOnTheLaptop } from "./refusal.ts";

export type Filter = (document: Document) => boolean;

type Literal = string | number | boolean | null;
type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";

/** A value to compare: a field of the document, or one element of a collection within `any` and `all`. */
interface Operand {
  readonly name: string;
  readonly type: FieldType;
  readonly value: (document: Document, element: unknown) => unknown;
}

type Test = (document: Document, element: unknown) => boolean;

const tokenShape =
  /\s+|'(?:[^']|'')*'|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_][\w.]*|[(),:/]/y;

/** Throws 400 for what is no filter over these fields, 501 for what only AI Search can. */
export function readFilter(text: string, fields: readonly Field[]): Filter {
  const test = new FilterReader(text, fields).whole();
  return (document) => test(document, undefined);
}

class FilterReader {
  readonly #fields: readonly Field[];
  readonly #tokens: readonly string[];
  #position = 0;
  /** The name that `any(x: …)` gave the element, and its type. */
  #range: { readonly name: string; readonly type: FieldType } | undefined;

  constructor(text: string, fields: readonly Field[]) {
    this.#fields = fields;
    this.#tokens = tokens(text);
  }

  whole(): Test {
    const test = this.#or();
    if (this.#position < this.#tokens.length) throw this.#syntax();
    return test;
  }

  get #next(): string {
    return this.#tokens[this.#position] ?? "";
  }

  #take(): string {
    const token = this.#next;
    this.#position += 1;
    return token;
  }

  #takes(token: string): boolean {
    if (this.#next !== token) return false;
    this.#position += 1;
    return true;
  }

  #needs(token: string): void {
    if (!this.#takes(token)) throw this.#syntax(`'${token}' is expected`);
  }

  #syntax(what = "this is not expected") {
    const near = this.#next === "" ? "the end" : `'${this.#next}'`;
    return invalid(`Invalid expression: Syntax error at ${near} in the $filter: ${what}.`);
  }

  #or(): Test {
    const tests = [this.#and()];
    while (this.#takes("or")) tests.push(this.#and());
    return tests.length === 1 ? (tests[0] as Test) : (document, element) => tests.some((test) => test(document, element));
  }

  #and(): Test {
    const tests = [this.#unary()];
    while (this.#takes("and")) tests.push(this.#unary());
    return tests.length === 1 ? (tests[0] as Test) : (document, element) => tests.every((test) => test(document, element));
  }

  #unary(): Test {
    if (this.#takes("not")) {
      const test = this.#unary();
      return (document, element) => !test(document, element);
    }
    if (this.#takes("(")) {
      const test = this.#or();
      this.#needs(")");
      return test;
    }
    if (this.#takes("search.in")) return this.#searchIn();
    if (/^(search|geo)\./.test(this.#next))
      throw notOnTheLaptop(`function ${this.#next} in filters`, "It has search.in, any and all.");
    return this.#condition();
  }

  #condition(): Test {
    const operand = this.#operand();
    if (this.#takes("/")) return this.#quantified(operand);
    const operator = comparisons.find((each) => this.#takes(each));
    if (!operator) {
      if (operand.type !== "Edm.Boolean") throw this.#syntax("a comparison is expected");
      return (document, element) => operand.value(document, element) === true;
    }
    const literal = this.#literal(operand);
    return (document, element) => compare(operator, comparable(operand, operand.value(document, element)), literal);
  }

  #operand(): Operand {
    const name = this.#take();
    const range = this.#range;
    if (range?.name === name) return { ...range, value: (_, element) => element };
    const field = this.#fields.find((each) => each.name === name);
    if (!field)
      throw invalid(
        `Invalid expression: Could not find a property named '${name}' on type 'search.document'. Parameter name: $filter`,
      );
    if (!field.filterable)
      throw invalid(
        `Invalid expression: '${name}' is not a filterable field. Only filterable fields can be used in filter expressions.`,
      );
    return { name, type: field.type, value: (document) => document[name] };
  }

  #quantified({ name, type, value }: Operand): Test {
    const every = this.#takes("all");
    if (!every) this.#needs("any");
    const element = /^Collection\((.+)\)$/.exec(type)?.[1] as FieldType | undefined;
    if (!element) throw invalid(`Invalid expression: '${name}' is not a collection; any and all need one.`);
    this.#needs("(");
    const items = (document: Document) => (value(document, undefined) ?? []) as readonly unknown[];
    if (!every && this.#takes(")")) return (document) => items(document).length > 0;
    this.#range = { name: this.#take(), type: element };
    this.#needs(":");
    const test = this.#or();
    this.#needs(")");
    this.#range = undefined;
    return (document) => items(document)[every ? "every" : "some"]((item) => test(document, item));
  }

  /** `search.in(field, 'a,b'[, 'separators'])`. */
  #searchIn(): Test {
    this.#needs("(");
    const operand = this.#operand();
    if (operand.type !== "Edm.String")
      throw invalid(`Invalid expression: search.in needs a text field; '${operand.name}' is ${operand.type}.`);
    this.#needs(",");
    const list = String(this.#literal(operand));
    const separators = this.#takes(",") ? String(this.#literal(operand)) : " ,";
    this.#needs(")");
    const wanted = new Set(separated(list, separators));
    return (document, element) => wanted.has(operand.value(document, element) as string);
  }

  #literal(operand: Operand): Literal {
    const token = this.#take();
    const literal = readLiteral(token);
    if (literal === undefined)
      throw invalid(`Invalid expression: '${token}' in the $filter is no literal. Write text in single quotes.`);
    if (literal === null) return null;
    const isText = operand.type === "Edm.String";
    const fits = isText
      ? token.startsWith("'")
      : operand.type === "Edm.Boolean"
        ? typeof literal === "boolean"
        : !token.startsWith("'") && typeof literal !== "boolean";
    if (!fits)
      throw invalid(
        `Invalid expression: A binary operator with incompatible types was detected: '${operand.name}' is ${operand.type}, not ${token}.`,
      );
    return comparable(operand, literal) as Literal;
  }
}

const comparisons: readonly Comparison[] = ["eq", "ne", "gt", "ge", "lt", "le"];

function tokens(text: string): string[] {
  const found: string[] = [];
  for (let position = 0; position < text.length; position = tokenShape.lastIndex) {
    tokenShape.lastIndex = position;
    const token = tokenShape.exec(text)?.[0];
    if (token === undefined) throw invalid(`Invalid expression: Syntax error at position ${position} in the $filter.`);
    if (token.trim() !== "") found.push(token);
  }
  return found;
}

function separated(list: string, separators: string): string[] {
  const items = [""];
  for (const sign of list) {
    if (separators.includes(sign)) items.push("");
    else items[items.length - 1] += sign;
  }
  return items.filter((item) => item !== "");
}

function readLiteral(token: string): Literal | undefined {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (token === "true" || token === "false") return token === "true";
  if (token === "null") return null;
  if (/^\d{4}-/.test(token)) return token;
  return /^-?\d/.test(token) ? Number(token) : undefined;
}

/** Instants are compared as milliseconds, whatever offset they were written with. */
function comparable({ type }: Operand, value: unknown): unknown {
  return type === "Edm.DateTimeOffset" && typeof value === "string" ? Date.parse(value) : (value ?? null);
}

function compare(operator: Comparison, left: unknown, right: Literal): boolean {
  if (operator === "eq") return left === right;
  if (operator === "ne") return left !== right;
  if (left === null || right === null || typeof left !== typeof right) return false;
  const [one, other] = [left as number, right as number];
  if (operator === "gt") return one > other;
  if (operator === "ge") return one >= other;
  return operator === "lt" ? one < other : one <= other;
}
