/** The tree of a query: what the parser makes and the evaluation walks. */
import type { Json } from "./value.ts";

export type BinaryOperator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "||" | "??" | "AND" | "OR";

export type Expression =
  | { readonly kind: "literal"; readonly value: Json | undefined }
  | { readonly kind: "parameter"; readonly name: string }
  /** The document itself: the one alias of FROM. */
  | { readonly kind: "document" }
  | { readonly kind: "member"; readonly of: Expression; readonly key: Expression }
  | { readonly kind: "unary"; readonly operator: "NOT" | "-" | "+"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "in"; readonly of: Expression; readonly list: readonly Expression[] }
  | { readonly kind: "between"; readonly of: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: "like"; readonly of: Expression; readonly pattern: Expression; readonly escape?: Expression }
  | { readonly kind: "choice"; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "aggregate"; readonly name: AggregateName; readonly of: Expression };

export const aggregateNames = ["COUNT", "SUM", "AVG", "MIN", "MAX"] as const;
export type AggregateName = (typeof aggregateNames)[number];

export interface Ordering {
  /** Property names from the document down, as in `/a/b` of a composite index. */
  readonly path: readonly string[];
  readonly descending: boolean;
}

export type Selection =
  | { readonly kind: "everything" }
  | { readonly kind: "value"; readonly of: Expression }
  | { readonly kind: "properties"; readonly properties: readonly (readonly [string, Expression])[] };

export interface Query {
  readonly distinct: boolean;
  readonly top?: Expression;
  readonly selection: Selection;
  readonly where?: Expression;
  readonly orderBy: readonly Ordering[];
  readonly offset?: Expression;
  readonly limit?: Expression;
  /** Whether the selection aggregates: one row comes out, however many go in. */
  readonly aggregates: boolean;
}
