/**
 * Azure AI Search on a laptop: the REST protocol that `@azure/search-documents` speaks, for indexes, documents, and search by text (BM25),
 * by vectors (cosine) and by both. The semantic ranker, facets, suggestions, indexers and skills answer 501.
 */
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import type { Service } from "../service.ts";
import { requireDefinition } from "./definition.ts";
import { shown } from "./document.ts";
import { type Index, IndexStore } from "./index-store.ts";
import { answerSearch, readSelect } from "./query.ts";
import { invalid, notOnTheLaptop, refusalAnswer } from "./refusal.ts";

export interface SearchOptions {
  readonly access: Access;
  /** ARM id of the search service, which roles are granted on. */
  readonly serviceId: string;
  readonly clock: Clock;
  /** Where indexes are kept between starts; without it they are forgotten. */
  readonly folder?: string;
}

export interface SearchStandIn extends Service {
  close(): void;
}

const audience = "https://search.azure.com";
const versions = ["2023-11-01", "2024-07-01", "2025-09-01", "2026-04-01"];

const mayDefine: readonly RoleName[] = ["Search Service Contributor"];
const mayWrite: readonly RoleName[] = ["Search Index Data Contributor"];
const mayRead: readonly RoleName[] = ["Search Index Data Reader", "Search Index Data Contributor"];

export function createSearch({ access, serviceId, clock, folder }: SearchOptions): SearchStandIn {
  const store = new IndexStore(folder);
  const permit = async (request: Request, anyOf: readonly RoleName[], index?: string) => {
    const scope = index ? `${serviceId}/indexes/${index}` : serviceId;
    await access.require(request.headers.get("authorization"), { audiences: [audience], scope, anyOf });
  };
  return {
    async fetch(request) {
      const startMs = clock.nowMs();
      const answer = await route(request, store, permit).catch(refused);
      answer.headers.set("elapsed-time", String(clock.nowMs() - startMs));
      return answer;
    },
    close: () => store.close(),
  };
}

function refused(error: unknown): Response {
  if (error instanceof Refusal) return refusalAnswer(error);
  if (error instanceof SyntaxError) return refusalAnswer(invalid("The request's body is not JSON."));
  if (error instanceof URIError) return refusalAnswer(invalid("The address holds a % that encodes nothing."));
  throw error;
}

type Permit = (request: Request, anyOf: readonly RoleName[], index?: string) => Promise<void>;

/** `/indexes('name')/docs('key')` and `/indexes/name/docs/key` say the same. */
const addresses =
  /^\/indexes(?:(?:\('([^']+)'\)|\/([^/()]+))(?:\/(docs|search\.stats|stats)(?:\('((?:[^']|'')+)'\)|\/(.+))?)?)?$/;

async function route(request: Request, store: IndexStore, permit: Permit): Promise<Response> {
  const url = new URL(request.url);
  requireVersion(url.searchParams.get("api-version"));
  const path = decodeURIComponent(url.pathname);
  const { method } = request;
  const [address, quoted, plain, part, quotedKey, tail] = addresses.exec(path) ?? [];
  const name = quoted ?? plain;
  if (address === undefined) {
    await permit(request, mayDefine);
    throw notOnTheLaptop(`${method} ${path}`, "It serves indexes, documents and search.");
  }
  if (name === undefined) return defineAny(request, store, permit);
  if (part !== "docs") {
    await permit(request, mayDefine, name);
    return part === undefined ? define(request, store, name) : statistics(store.require(name));
  }
  const operation = quotedKey === undefined ? `${method} ${tail ?? ""}` : "";
  if (operation === "POST search.index" || operation === "POST index") {
    await permit(request, mayWrite, name);
    const results = store.apply(store.require(name), await request.json());
    return Response.json({ value: results }, { status: results.every(({ status }) => status) ? 200 : 207 });
  }
  await permit(request, mayRead, name);
  const index = store.require(name);
  if (operation === "POST search.post.search" || operation === "POST search") return search(request, index, path);
  if (operation === "GET $count")
    return new Response(String(index.documents.size), { headers: { "content-type": "text/plain" } });
  const key = quotedKey?.replaceAll("''", "'") ?? tail;
  if (method !== "GET" || key === undefined || /^(search\.|suggest|autocomplete)/.test(tail ?? ""))
    throw notOnTheLaptop(`${method} ${path}`, "Search with POST search.post.search.");
  return read(index, key, url.searchParams.get("$select"));
}

function requireVersion(version: string | null): void {
  if (version !== null && versions.includes(version)) return;
  const given = version === null ? "none was given" : `"${version}" does not exist`;
  throw invalid(`Invalid or missing api-version query string parameter: ${given}; known are ${versions.join(", ")}.`);
}

/** `/indexes`: all of them, or a new one. */
async function defineAny(request: Request, store: IndexStore, permit: Permit): Promise<Response> {
  await permit(request, mayDefine);
  if (request.method === "GET") return Response.json({ value: store.list().map(described) });
  if (request.method !== "POST") throw new Refusal(405, "MethodNotAllowed", `${request.method} is not a verb for this address.`);
  const definition = requireDefinition(await request.json());
  if (store.get(definition.name))
    throw new Refusal(409, "ResourceNameAlreadyInUse", `Cannot create index '${definition.name}' because it already exists.`);
  return Response.json(described(store.put(definition)), { status: 201 });
}

async function define(request: Request, store: IndexStore, name: string): Promise<Response> {
  const { method, headers } = request;
  if (method === "GET") return Response.json(described(store.require(name)));
  const before = store.get(name);
  requireMatch(headers, before);
  if (method === "DELETE") {
    store.remove(store.require(name).definition.name);
    return new Response(null, { status: 204 });
  }
  if (method !== "PUT") throw new Refusal(405, "MethodNotAllowed", `${method} is not a verb for this address.`);
  const definition = requireDefinition(await request.json());
  if (definition.name !== name)
    throw invalid(`The index is named "${definition.name}" in the body and "${name}" in the address.`);
  return Response.json(described(store.put(definition)), { status: before ? 200 : 201 });
}

/** Throws 412. */
function requireMatch(headers: Headers, index: Index | undefined): void {
  const ifMatch = headers.get("if-match");
  const changed = ifMatch !== null && (!index || (ifMatch !== "*" && ifMatch !== index.etag));
  if (!changed && !(index && headers.get("if-none-match") === "*")) return;
  throw new Refusal(
    412,
    "PreconditionFailed",
    "The precondition given in one of the request headers evaluated to false. Read the index again.",
  );
}

function described({ definition, etag }: Index): Record<string, unknown> {
  return { ...definition, "@odata.etag": etag };
}

function statistics({ documents }: Index): Response {
  const storageSize = Buffer.byteLength(JSON.stringify([...documents.values()]));
  return Response.json({ documentCount: documents.size, storageSize, vectorIndexSize: 0 });
}

async function search(request: Request, { definition, documents }: Index, path: string): Promise<Response> {
  const found = answerSearch(definition, [...documents.values()], await request.json());
  const more = "@search.nextPageParameters" in found;
  const { origin, search } = new URL(request.url);
  return Response.json({ ...found, ...(more ? { "@odata.nextLink": `${origin}${path}${search}` } : {}) });
}

function read({ definition, documents }: Index, key: string, select: string | null): Response {
  const document = documents.get(key);
  if (!document) throw new Refusal(404, "ResourceNotFound", "No document with that key was found in the index.");
  return Response.json(shown(definition, document, readSelect(select, definition.fields)));
}
