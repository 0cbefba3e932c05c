/**
 * The signature Azurite demands of every request. Only the front makes it, with a key that never leaves this process.
 * Source: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key (2015-02-21 and later for blobs and queues;
 * Shared Key Lite for tables).
 */
import { createHmac } from "node:crypto";
import type { Store } from "./azurite.ts";

export interface Signable {
  readonly method: string;
  /** Path and query as they go on the wire, starting with `/<account>`. */
  readonly url: URL;
  /** Lower-case names; must hold `x-ms-date`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The `Authorization` header value. */
export function signature(store: Pick<Store, "kind" | "accountName" | "key">, request: Signable): string {
  const scheme = store.kind === "table" ? "SharedKeyLite" : "SharedKey";
  const text = store.kind === "table" ? tableText(store.accountName, request) : text2015(store.accountName, request);
  const mac = createHmac("sha256", store.key).update(text, "utf8").digest("base64");
  return `${scheme} ${store.accountName}:${mac}`;
}

const signedHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

function text2015(accountName: string, { method, url, headers }: Signable): string {
  const values = signedHeaders.map((name) => (name === "content-length" && headers[name] === "0" ? "" : (headers[name] ?? "")));
  const own = Object.keys(headers)
    .filter((name) => name.startsWith("x-ms-"))
    .sort((a, b) => a.localeCompare(b))
    .map((name) => `${name}:${headers[name]?.trimStart()}\n`);
  const query = [...url.searchParams]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `\n${name}:${value}`);
  return `${[method, ...values].join("\n")}\n${own.join("")}/${accountName}${url.pathname}${query.join("")}`;
}

function tableText(accountName: string, { url, headers }: Signable): string {
  const component = url.searchParams.get("comp");
  const resource = `/${accountName}${url.pathname}${component === null ? "" : `?comp=${component}`}`;
  return `${headers.date ?? headers["x-ms-date"] ?? ""}\n${resource}`;
}
