/** Reads an expression: one method a level of precedence, loosest first. */
import { type CosmosRefusal, notOnTheLaptop } from "../refusal.ts";
import { functions } from "./functions.ts";
import { type AggregateName, aggregateNames, type BinaryOperator, type Expression } from "./syntax.ts";
import { syntaxError, type Token, tokens } from "./tokens.ts";
import type { Value } from "./value.ts";

/** Words that cannot name a property after a dot or an alias: Cosmos DB wants `c["value"]`. */
const reserved = new Set(
  "AND AS ASC BETWEEN BY DESC DISTINCT EXISTS FALSE FROM GROUP IN JOIN LIKE NOT NULL OR ORDER SELECT TOP TRUE UNDEFINED VALUE WHERE".split(
    " ",
  ),
);

/** What the selection may hold and WHERE may not. */
const aggregates: ReadonlySet<string> = new Set(aggregateNames);

const comparisons: Readonly<Record<string, BinaryOperator>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

export class ExpressionReader {
  readonly #tokens: readonly Token[];
  #position = 0;
  /** How many aggregates were read so far. */
  aggregates = 0;
  /** Names read before FROM told which of them is the document; checked at the end. */
  readonly #names: Token[] = [];

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  get next(): Token {
    return this.#tokens[this.#position] as Token;
  }

  fail(token = this.next): CosmosRefusal {
    const near =
      token.kind === "end" ? "Syntax error, unexpected end of query." : `Syntax error, incorrect syntax near '${token.text}'.`;
    return syntaxError("SC1001", near, token.start, token.end);
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#position += 1;
    return token;
  }

  /** Whether the next token is this keyword or sign, `ahead` tokens further on. */
  sees(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#position + ahead];
    return (token?.kind === "word" && token.text.toUpperCase() === text) || (token?.kind === "sign" && token.text === text);
  }

  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#position += 1;
    return true;
  }

  needs(text: string): void {
    if (!this.takes(text)) throw this.fail();
  }

  /** A name that is not a reserved word. */
  name(): string {
    const token = this.next;
    if (token.kind !== "word" || reserved.has(token.text.toUpperCase())) throw this.fail();
    return this.take().text;
  }

  seesName(): boolean {
    return this.next.kind === "word" && !reserved.has(this.next.text.toUpperCase());
  }

  /** Every bare name must be the alias that FROM gave the document. */
  resolve(alias: string | undefined): void {
    const unknown = this.#names.find((token) => token.text !== alias);
    if (unknown) throw syntaxError("SC2001", `Identifier '${unknown.text}' could not be resolved.`, unknown.start, unknown.end);
  }

  /** How many rows: a number or a parameter, nothing that is computed (in `TOP 2 *` the star is not a product). */
  count(): Expression {
    const token = this.take();
    if (token.kind === "number") return literal(Number(token.text));
    if (token.kind === "parameter") return { kind: "parameter", name: token.text };
    throw this.fail(token);
  }

  expression(): Expression {
    const condition = this.#coalesce();
    if (!this.takes("?")) return condition;
    const then = this.expression();
    this.needs(":");
    return { kind: "choice", condition, then, otherwise: this.expression() };
  }

  #coalesce = () => this.#binary(this.#or, ["??"]);
  #or = () => this.#binary(this.#and, ["OR"]);
  #and = () => this.#binary(this.#not, ["AND"]);
  #sum = () => this.#binary(this.#product, ["+", "-", "||"]);
  #product = () => this.#binary(this.#sign, ["*", "/", "%"]);

  #binary(operand: () => Expression, operators: readonly BinaryOperator[]): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find((candidate) => this.takes(candidate));
      if (!operator) return left;
      left = { kind: "binary", operator, left, right: operand() };
    }
  }

  #not = (): Expression => (this.takes("NOT") ? { kind: "unary", operator: "NOT", of: this.#not() } : this.#comparison());

  #comparison = (): Expression => {
    const left = this.#sum();
    const operator = this.next.kind === "sign" ? comparisons[this.next.text] : undefined;
    if (operator) {
      this.take();
      return { kind: "binary", operator, left, right: this.#sum() };
    }
    const negated = ["IN", "BETWEEN", "LIKE"].some((word) => this.sees(word, 1)) && this.takes("NOT");
    const test = this.#membership(left);
    return negated ? { kind: "unary", operator: "NOT", of: test } : test;
  };

  #membership(of: Expression): Expression {
    if (this.takes("IN")) {
      this.needs("(");
      return { kind: "in", of, list: this.#list(")") };
    }
    if (this.takes("BETWEEN")) {
      const low = this.#sum();
      this.needs("AND");
      return { kind: "between", of, low, high: this.#sum() };
    }
    if (this.takes("LIKE")) {
      const pattern = this.#sum();
      return this.takes("ESCAPE") ? { kind: "like", of, pattern, escape: this.#sum() } : { kind: "like", of, pattern };
    }
    return of;
  }

  #sign = (): Expression => {
    const operator = (["-", "+"] as const).find((sign) => this.takes(sign));
    return operator ? { kind: "unary", operator, of: this.#sign() } : this.#path();
  };

  #path(): Expression {
    let of = this.#primary();
    for (;;) {
      if (this.takes(".")) of = { kind: "member", of, key: { kind: "literal", value: this.name() } };
      else if (this.takes("[")) {
        of = { kind: "member", of, key: this.expression() };
        this.needs("]");
      } else return of;
    }
  }

  #primary(): Expression {
    const token = this.take();
    if (token.kind === "number") return literal(Number(token.text));
    if (token.kind === "string") return literal(token.text);
    if (token.kind === "parameter") return { kind: "parameter", name: token.text };
    if (token.kind === "word") return this.#word(token);
    if (token.text === "[") return { kind: "array", items: this.#list("]") };
    if (token.text === "{") return { kind: "object", entries: this.#entries() };
    if (token.text !== "(") throw this.fail(token);
    if (this.sees("SELECT")) throw notOnTheLaptop("a query inside a query", "Read the documents and filter them in code.");
    const inner = this.expression();
    this.needs(")");
    return inner;
  }

  #word(token: Token): Expression {
    const upper = token.text.toUpperCase();
    if (upper === "TRUE" || upper === "FALSE") return literal(upper === "TRUE");
    if (upper === "NULL") return literal(null);
    if (upper === "UNDEFINED") return literal(undefined);
    if (upper === "EXISTS" || (upper === "ARRAY" && this.sees("(")) || (upper === "UDF" && this.sees(".")))
      throw notOnTheLaptop(`${upper} in a query`, "Use ARRAY_CONTAINS, or read the documents and filter them in code.");
    if (reserved.has(upper)) throw this.fail(token);
    if (this.takes("(")) return this.#call(token, upper);
    this.#names.push(token);
    return { kind: "document" };
  }

  #call(token: Token, name: string): Expression {
    const given = this.#list(")");
    if (aggregates.has(name)) {
      this.aggregates += 1;
      const [of] = given;
      if (!of || given.length > 1) throw wrongCount(token);
      return { kind: "aggregate", name: name as AggregateName, of };
    }
    const known = functions.get(name);
    if (!known) throw notOnTheLaptop(`the function ${name} in a query`, `It knows ${[...functions.keys()].join(", ")}.`);
    if (given.length < known.least || given.length > known.most) throw wrongCount(token);
    return { kind: "call", name, given };
  }

  #list(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.takes(end)) return items;
    do items.push(this.expression());
    while (this.takes(","));
    this.needs(end);
    return items;
  }

  #entries(): [string, Expression][] {
    const entries: [string, Expression][] = [];
    if (this.takes("}")) return entries;
    do {
      const key = this.next.kind === "string" ? this.take().text : this.name();
      this.needs(":");
      entries.push([key, this.expression()]);
    } while (this.takes(","));
    this.needs("}");
    return entries;
  }
}

function literal(value: Value): Expression {
  return { kind: "literal", value };
}

function wrongCount(token: Token): CosmosRefusal {
  const message = `The function '${token.text.toUpperCase()}' is called with an incorrect number of arguments.`;
  return syntaxError("SC2050", message, token.start, token.end);
}
