/** What may be stored: the limits and shapes that Cosmos DB holds every document to. */
import { CosmosRefusal } from "./refusal.ts";
import { isObject, type Json } from "./sql/value.ts";

export interface Document {
  readonly id: string;
  readonly [property: string]: Json;
}

/** 2 MB as UTF-8 text. Source: Cosmos DB docs, "service quotas", per-item limits. */
const largestDocumentBytes = 2 * 1024 * 1024;
/** Source: same page, "maximum length of ID value". */
const longestIdBytes = 1_023;
const longestTtlSeconds = 2_147_483_647;

/** Properties that the service writes. */
const systemProperties = new Set(["_rid", "_self", "_etag", "_attachments", "_ts"]);

/** The document in a request's body. Throws 400 or 413. */
export function requireDocument(body: unknown): Document {
  const document = body as Json | undefined;
  if (!isObject(document)) throw new CosmosRefusal(400, "The input content is invalid: the body must be a JSON object.");
  const { id, ttl } = document;
  if (typeof id !== "string" || id === "")
    throw new CosmosRefusal(400, "The input content is invalid because the required properties - 'id; ' - are missing.");
  requireId(id);
  if (ttl !== undefined) requireTtl(ttl);
  if (Buffer.byteLength(JSON.stringify(document)) > largestDocumentBytes)
    throw new CosmosRefusal(413, "Request size is too large. A document takes at most 2 MB.");
  return { ...document, id };
}

function requireId(id: string): void {
  if (/[/\\?#]/.test(id))
    throw new CosmosRefusal(400, "The id holds an illegal character; it must not hold '/', '\\', '?' or '#'.");
  if (Buffer.byteLength(id) > longestIdBytes)
    throw new CosmosRefusal(400, `The id is too long: ${Buffer.byteLength(id)} bytes, at most ${longestIdBytes} are allowed.`);
}

function requireTtl(ttl: Json): void {
  if (typeof ttl === "number" && Number.isInteger(ttl) && (ttl === -1 || (ttl > 0 && ttl <= longestTtlSeconds))) return;
  throw new CosmosRefusal(
    400,
    `The input ttl '${JSON.stringify(ttl)}' is invalid. Ensure to provide a nonzero positive integer less than or equal to ` +
      `'${longestTtlSeconds}', or '-1' which means never expire.`,
  );
}

export function isSystemProperty(name: string): boolean {
  return systemProperties.has(name);
}
