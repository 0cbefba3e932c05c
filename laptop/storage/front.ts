/** The authorising front of one storage service: verifies the token and the role, then hands the request to Azurite. */
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";
import {
  accountUnknown,
  answer,
  badToken,
  keyRefused,
  noAuthentication,
  noBatch,
  noDelegation,
  roleMissing,
  StorageRefusal,
  versionTooOld,
  versionUnknown,
} from "./answer.ts";
import type { Store } from "./azurite.ts";
import { permission } from "./permission.ts";
import { signature } from "./shared-key.ts";

const audience = "https://storage.azure.com";
/** First version that takes bearer tokens (learn.microsoft.com, "Authorize with Microsoft Entra ID (REST)"). */
const firstTokenVersion = "2017-11-09";
/** What the newest pinned client sends (@azure/storage-blob 12.34.0); a later one is a version this stand-in has not seen. */
const newestVersion = "2026-10-06";

/** Serves `store` under `/<accountName>/…` to callers that `access` knows; `accountId` is the account's ARM id. */
export function createFront({
  store,
  access,
  accountId,
  clock,
}: {
  store: Store;
  access: Access;
  accountId: string;
  clock: Clock;
}): Service {
  const agent = new Agent({ keepAlive: true });

  async function authorise(request: Request, url: URL): Promise<void> {
    const authorization = request.headers.get("authorization");
    if (url.searchParams.has("sig") || authorization?.startsWith("SharedKey")) throw keyRefused();
    if (!authorization) throw noAuthentication();
    checkVersion(request.headers.get("x-ms-version"));
    const [account, ...path] = segments(url);
    if (account !== store.accountName) throw accountUnknown();
    const { roles, scope } = permission(store.kind, { method: request.method, path, query: url.searchParams });
    await access.require(authorization, {
      audiences: [audience],
      scope: accountId + scope,
      anyOf: roles === "nobody" ? [] : roles,
    });
    if (roles === "nobody") throw roleMissing();
    if (url.searchParams.get("comp") === "userdelegationkey") throw noDelegation();
    if (store.kind === "blob" && url.searchParams.get("comp") === "batch") throw noBatch();
  }

  return {
    async fetch(request) {
      const url = new URL(request.url);
      try {
        await authorise(request, url);
      } catch (error) {
        return answer(store.kind, refusalOf(error), clock.nowMs());
      }
      return forward(store, agent, request, url, clock.nowMs());
    },
    async close() {
      agent.destroy();
      await store.close();
    },
  };
}

function checkVersion(version: string | null): void {
  if (version === null || (isVersion(version) && version < firstTokenVersion)) throw versionTooOld();
  if (!isVersion(version) || version > newestVersion) throw versionUnknown();
}

const isVersion = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);

function segments(url: URL): string[] {
  return url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
}

function refusalOf(error: unknown): StorageRefusal {
  if (error instanceof StorageRefusal) return error;
  if (error instanceof URIError) return accountUnknown();
  if (!(error instanceof Refusal)) throw error;
  return error.status === 401 ? badToken(error.message) : roleMissing();
}

/** Headers that belong to one hop, or that the front replaces. */
const own = new Set([
  "authorization",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "te",
  "trailer",
]);

async function forward(store: Store, agent: Agent, request: Request, url: URL, nowMs: number): Promise<Response> {
  const headers: Record<string, string> = { host: url.host, "x-ms-date": new Date(nowMs).toUTCString() };
  for (const [name, value] of request.headers) {
    if (!own.has(name) && name !== "x-ms-date" && name !== "date") headers[name] = value;
  }
  // A request without a body still states its length: the store would take the absence for a chunked body.
  if (!request.body && request.method !== "GET" && request.method !== "HEAD") headers["content-length"] = "0";
  headers.authorization = signature(store, { method: request.method, url, headers });
  const response = await exchange(store, agent, request, url, headers);
  const bodiless = request.method === "HEAD" || response.statusCode === 204 || response.statusCode === 304;
  if (bodiless) response.resume();
  const body = bodiless ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>);
  return new Response(body as BodyInit | null, { status: response.statusCode ?? 502, headers: answerHeaders(response) });
}

function exchange(
  store: Store,
  agent: Agent,
  request: Request,
  url: URL,
  headers: Record<string, string>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const path = url.pathname + url.search;
    const outgoing = httpRequest({ agent, host: "127.0.0.1", port: store.port, method: request.method, path, headers }, resolve);
    outgoing.on("error", reject);
    if (!request.body) outgoing.end();
    else {
      Readable.fromWeb(request.body as ReadableStream)
        .on("error", (error) => outgoing.destroy(error))
        .pipe(outgoing);
    }
  });
}

function answerHeaders(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !own.has(name)) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}
