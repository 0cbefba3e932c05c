/**
 * Is a request Twilio's? It signs each with the account's auth token: HMAC-SHA1 over the address it was told, then every form field's name
 * and value, sorted by name; a body that is not a form is signed by its digest in the address. Source: Twilio docs, "Webhooks security",
 * and twilio-node's src/webhooks/webhooks.ts.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface SignedRequest {
  /** The public address as Twilio was told it, query included; never put together from what the request says of itself. */
  readonly url: string;
  /** The header `X-Twilio-Signature`. */
  readonly signature: string | undefined;
  /** The body; a form's is taken apart, another's must have its SHA-256 in the address as `bodySHA256`. Empty for a socket's upgrade. */
  readonly body?: string;
}

export function isSignedByTwilio({ url, signature = "", body = "" }: SignedRequest, authToken: string): boolean {
  const digest = new URL(url).searchParams.get("bodySHA256");
  if (digest !== null && !same(digest, createHash("sha256").update(body).digest("hex"))) return false;
  const fields = digest === null ? fieldsOf(body) : "";
  // Compared with every form before anything is answered, so that time tells nothing.
  return spellings(url).reduce((found, each) => same(signature, signatureOf(each + fields, authToken)) || found, false);
}

const signatureOf = (text: string, authToken: string): string => createHmac("sha1", authToken).update(text).digest("base64");

/** Each value of a repeated field counts once. */
function fieldsOf(body: string): string {
  const form = new URLSearchParams(body);
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join("");
}

/** Twilio signs some requests with the scheme's own port in the address and some without any. */
function spellings(url: string): string[] {
  const [, origin = "", host = "", port, rest = ""] = /^(\w+:\/\/)([^/?#]*?)(:\d+)?([/?#].*)?$/s.exec(url) ?? [];
  const usual = /^(https|wss):/.test(origin) ? ":443" : ":80";
  return [url, ...(port === undefined ? [origin + host + usual + rest] : port === usual ? [origin + host + rest] : [])];
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
