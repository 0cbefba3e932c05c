/** Reads `SELECT … FROM … WHERE … ORDER BY … OFFSET … LIMIT …` over the documents of one container. */
import { notOnTheLaptop } from "../refusal.ts";
import { ExpressionReader } from "./expressions.ts";
import type { Expression, Ordering, Query, Selection } from "./syntax.ts";
import { syntaxError } from "./tokens.ts";

/** The query that `text` says. Throws 400 as Cosmos DB does when it says none, 501 for what only Cosmos DB can. */
export function parse(text: string): Query {
  const reader = new ExpressionReader(text);
  reader.needs("SELECT");
  const distinct = reader.takes("DISTINCT");
  const top = reader.takes("TOP") ? reader.count() : undefined;
  const selection = readSelection(reader);
  const aggregates = reader.aggregates > 0;
  const alias = reader.takes("FROM") ? readSource(reader) : undefined;
  const where = reader.takes("WHERE") ? reader.expression() : undefined;
  if (reader.sees("GROUP")) throw notOnTheLaptop("GROUP BY", "Read the documents and group them in code.");
  const orderBy = reader.takes("ORDER") ? readOrderings(reader) : [];
  const page = readPage(reader);
  if (reader.next.kind !== "end") throw reader.fail();
  if (reader.aggregates > 0 && !aggregates)
    throw syntaxError("SC2201", "Aggregates are only allowed in the SELECT list.", 0, text.length);
  reader.resolve(alias);
  if (aggregates) selected(selection).forEach(holdsNoLoosePath);
  return { distinct, selection, orderBy, aggregates, ...(top && { top }), ...(where && { where }), ...page };
}

/** The condition of a patch: a query without its SELECT, such as `from c where c.status = 'open'`. */
export function parseCondition(text: string): Query {
  return parse(`SELECT * ${text}`);
}

function readSelection(reader: ExpressionReader): Selection {
  if (reader.takes("*")) return { kind: "everything" };
  if (reader.takes("VALUE")) return { kind: "value", of: reader.expression() };
  const properties: [string, Expression][] = [];
  let unnamed = 0;
  do {
    const of = reader.expression();
    if (reader.takes("AS") || (reader.seesName() && !reader.sees("OFFSET"))) properties.push([reader.name(), of]);
    else properties.push([ownName(of) ?? `$${++unnamed}`, of]);
  } while (reader.takes(","));
  return { kind: "properties", properties };
}

/** `c.a.b` comes out as `b`. */
function ownName(of: Expression): string | undefined {
  return of.kind === "member" && of.key.kind === "literal" && typeof of.key.value === "string" ? of.key.value : undefined;
}

function readSource(reader: ExpressionReader): string {
  const source = reader.name();
  if (reader.sees(".") || reader.sees("[") || reader.sees("IN"))
    throw notOnTheLaptop("FROM a part of the document", "Select the documents and take them apart in code.");
  const clause = ["ORDER", "WHERE", "OFFSET", "GROUP", "JOIN"].some((word) => reader.sees(word));
  const alias = reader.takes("AS") || (reader.seesName() && !clause) ? reader.name() : source;
  if (reader.sees("JOIN")) throw notOnTheLaptop("JOIN", "Use ARRAY_CONTAINS, or read the documents and take them apart in code.");
  return alias;
}

function readOrderings(reader: ExpressionReader): Ordering[] {
  reader.needs("BY");
  const orderings: Ordering[] = [];
  do {
    const { start } = reader.next;
    const path = pathOf(reader.expression());
    if (!path) {
      const message = "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path.";
      throw syntaxError("SC2206", message, start, reader.next.start);
    }
    const descending = reader.takes("DESC") || (reader.takes("ASC") && false);
    orderings.push({ path, descending });
  } while (reader.takes(","));
  return orderings;
}

function pathOf(of: Expression): string[] | undefined {
  const path: string[] = [];
  let at = of;
  while (at.kind === "member" && at.key.kind === "literal" && typeof at.key.value === "string") {
    path.unshift(at.key.value);
    at = at.of;
  }
  return at.kind === "document" && path.length > 0 ? path : undefined;
}

function readPage(reader: ExpressionReader): Pick<Query, "offset" | "limit"> {
  if (!reader.takes("OFFSET")) return {};
  const offset = reader.count();
  reader.needs("LIMIT");
  return { offset, limit: reader.count() };
}

function selected(selection: Selection): readonly Expression[] {
  if (selection.kind === "properties") return selection.properties.map(([, of]) => of);
  return selection.kind === "value" ? [selection.of] : [];
}

/** Beside an aggregate, a property of a single document has no meaning. */
function holdsNoLoosePath(of: Expression): void {
  const name = ownName(of);
  if (name === undefined && of.kind !== "document") return;
  const message = `Property reference '${name ?? "document"}' is invalid in the select list because it is not contained in an aggregate function.`;
  throw syntaxError("SC2103", message, 0, 0);
}
