/** Answers that come in pages: queries and the change feed. */
import { createHash } from "node:crypto";
import type { Container } from "./container.ts";
import type { PartitionKey } from "./partition-key.ts";
import { CosmosRefusal, notOnTheLaptop } from "./refusal.ts";
import { parse } from "./sql/parser.ts";
import { run } from "./sql/query.ts";
import type { Json, Value } from "./sql/value.ts";

/** Without `x-ms-max-item-count`, or with -1. Source: Cosmos DB docs, "query pagination". */
const usualPage = 100;
const largestPage = 1_000;

export interface Page {
  readonly rows: readonly Json[];
  /** Where the next page begins; absent on the last. */
  readonly continuation?: string;
}

/** The body of a query request. Throws 400. */
export function requireQuery(body: unknown): { readonly text: string; readonly parameters: ReadonlyMap<string, Value> } {
  const { query, parameters = [] } = (body ?? {}) as { query?: unknown; parameters?: { name: string; value?: Json }[] };
  if (typeof query !== "string" || !Array.isArray(parameters))
    throw new CosmosRefusal(400, 'A query is {"query": text, "parameters": [{"name": "@name", "value": …}]}.');
  return { text: query, parameters: new Map(parameters.map(({ name, value }) => [name, value])) };
}

export function queryPage(container: Container, key: PartitionKey, body: unknown, headers: Headers, nowMs: number): Page {
  const { text, parameters } = requireQuery(body);
  const indexes = container.settings.compositeIndexes ?? [];
  const place = readPlace(container, headers, `${text}${JSON.stringify([...parameters])}`);
  return page(run(parse(text), container.documents(key, place.bornBy), indexes, { parameters, nowMs }), headers, place);
}

export interface ChangesPage {
  readonly rows: readonly Json[];
  /** Where to go on, as an ETag. */
  readonly etag: string;
}

/** The latest version of what was written since `If-None-Match`, or since the beginning. Removed documents do not appear. */
export function changesPage(container: Container, key: PartitionKey, headers: Headers): ChangesPage {
  const mode = headers.get("a-im");
  if (mode === null) throw notOnTheLaptop("a list of documents without a query", 'Ask "SELECT * FROM c" of one partition.');
  if (mode.toLowerCase() !== "incremental feed")
    throw notOnTheLaptop("a change feed of all versions and deletes", "Read the latest versions (A-IM: Incremental Feed).");
  const since = headers.get("if-none-match");
  const from = since === "*" ? container.sequence : since ? readSequence(since) : 0;
  const notBefore = headers.get("if-modified-since");
  const notBeforeSeconds = notBefore ? Math.floor(Date.parse(notBefore) / 1_000) : 0;
  const later = container.changesAfter(from, key).filter(({ document }) => (document._ts as number) >= notBeforeSeconds);
  const rows = later.slice(0, pageSize(headers));
  const last = rows.length < later.length ? (rows.at(-1)?.sequence ?? from) : container.sequence;
  return { rows: rows.map(({ document, sequence }) => ({ ...document, _lsn: sequence })), etag: `"${last}"` };
}

function readSequence(etag: string): number {
  const sequence = Number(etag.replaceAll('"', ""));
  if (Number.isInteger(sequence) && sequence >= 0) return sequence;
  throw new CosmosRefusal(400, "If-None-Match does not hold a place in this change feed. Use the ETag of an earlier answer.");
}

/**
 * Where a page begins. Documents created after the first page was read do not appear on later ones, so that they push nothing onto a page
 * it was on before.
 */
interface Place {
  readonly owner: string;
  readonly offset: number;
  readonly bornBy: number;
}

/** `of` names what is paged, so that a token of another query is refused. */
function readPlace(container: Container, headers: Headers, of: string): Place {
  const owner = createHash("sha256").update(of).digest("base64url").slice(0, 16);
  const token = headers.get("x-ms-continuation");
  if (!token) return { owner, offset: 0, bornBy: container.sequence };
  const [, given, offset, bornBy] = /^([^:]+):(\d+):(\d+)$/.exec(token) ?? [];
  if (given === owner) return { owner, offset: Number(offset), bornBy: Number(bornBy) };
  throw new CosmosRefusal(
    400,
    "Invalid Continuation Token: it does not belong to this query. Send the token of the query's last page.",
  );
}

function page(rows: readonly Json[], headers: Headers, { owner, offset, bornBy }: Place): Page {
  const end = offset + pageSize(headers);
  return { rows: rows.slice(offset, end), ...(end < rows.length ? { continuation: `${owner}:${end}:${bornBy}` } : {}) };
}

function pageSize(headers: Headers): number {
  const header = headers.get("x-ms-max-item-count") ?? "-1";
  const size = Number(header);
  if (size === -1) return usualPage;
  if (Number.isInteger(size) && size > 0) return Math.min(size, largestPage);
  throw new CosmosRefusal(400, `x-ms-max-item-count "${header}" is invalid; allowed are -1 and 1 to ${largestPage}.`);
}
