/** Cuts a query into words, literals and signs. */
import { CosmosRefusal } from "../refusal.ts";

export type TokenKind = "word" | "parameter" | "string" | "number" | "sign" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, what it means. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const shapes: readonly (readonly [TokenKind | "gap", RegExp])[] = [
  ["gap", /(?:\s|--[^\n]*)+/y],
  ["number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["parameter", /@[\p{L}_][\p{L}\p{N}_]*/uy],
  ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["string", /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y],
  ["sign", /<=|>=|!=|<>|\|\||\?\?|[-+*/%=<>()[\]{},.:?]/y],
];

/** The tokens of `text`, ended by one of kind `end`. Throws Cosmos DB's 400 at a character that begins nothing. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const token = tokenAt(text, position);
    if (token.kind !== "gap")
      found.push({ ...token, kind: token.kind, text: token.kind === "string" ? unquote(token) : token.text });
    position = token.end;
  }
  return [...found, { kind: "end", text: "", start: text.length, end: text.length }];
}

function tokenAt(text: string, start: number): Omit<Token, "kind"> & { readonly kind: TokenKind | "gap" } {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = start;
    const matched = shape.exec(text)?.[0];
    if (matched !== undefined) return { kind, text: matched, start, end: start + matched.length };
  }
  throw syntaxError("SC1010", "Syntax error, invalid token.", start, start + 1);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function unquote({ text }: { readonly text: string }): string {
  return text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, sign: string) =>
      code === undefined ? (escapes[sign] ?? sign) : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

/** Cosmos DB's answer to a query it cannot read; `start` and `end` count characters from 0. */
export function syntaxError(code: string, message: string, start: number, end: number): CosmosRefusal {
  return new CosmosRefusal(400, JSON.stringify({ errors: [{ severity: "Error", location: { start, end }, code, message }] }));
}
