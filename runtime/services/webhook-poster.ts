/**
 * Posts JSON to an address a customer named: signed (Standard Webhooks, https://www.standardwebhooks.com), to public hosts only, without
 * following anybody anywhere.
 */
import { request } from "node:https";
import { parsedJson } from "../parsed-json.ts";
import { addressFault, guardedLookup } from "./public-address.ts";
import type { Secrets } from "./secrets.ts";
import { leastKeyBytes, secretPrefix, webhookDigest } from "./standard-webhook.ts";

export interface Poster {
  /**
   * Resolves with the answer when it was a 2xx. `id` is the same for every attempt, so that the receiver can tell a repetition. Throws
   * `Undelivered` otherwise, also when nobody has put the signing secret into the vault.
   */
  post(address: string, id: string, body: unknown): Promise<unknown>;
}

/** Why a post did not arrive; words without the address, which may name a customer's own network. */
export class Undelivered extends Error {
  /** Whether another attempt may succeed without anybody changing something. */
  readonly worthRepeating: boolean;
  constructor(reason: string, worthRepeating: boolean) {
    super(reason);
    this.name = "Undelivered";
    this.worthRepeating = worthRepeating;
  }
}

const withinMs = 10_000;
const largestAnswerBytes = 65_536;

/** `now` is the signature's time. */
export function openPoster(settings: { WEBHOOK_PRIVATE_HOSTS: string }, secrets: Secrets, now: () => Date): Poster {
  const privateHosts = settings.WEBHOOK_PRIVATE_HOSTS;
  return {
    async post(address, id, body) {
      const fault = addressFault(address, privateHosts);
      if (fault) throw new Undelivered(`The address ${fault}.`, false);
      const secret = await secrets.read("webhook-signing-secret");
      const key = keyOf(secret ?? "");
      if (key.length < leastKeyBytes)
        throw new Undelivered(
          "Nothing is sent unsigned: put a secret named webhook-signing-secret (whsec_ and 24 to 64 bytes in base64) into the stack's key vault.",
          true,
        );
      const text = JSON.stringify(body);
      return send(address, text, signature(key, id, now(), text), privateHosts);
    },
  };
}

/** The three headers of a signed webhook. */
function signature(key: Buffer, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const digest = webhookDigest(key, { id, timestamp, body }).toString("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${digest}` };
}

/** `whsec_` and base64, or base64 alone. */
const keyOf = (secret: string): Buffer =>
  Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, "base64");

function send(address: string, body: string, headers: Record<string, string>, privateHosts: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string, worthRepeating: boolean) => reject(new Undelivered(reason, worthRepeating));
    const post = request(address, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      lookup: guardedLookup(address, privateHosts),
      signal: AbortSignal.timeout(withinMs),
      agent: false,
    });
    post.on("error", () => failed("The host could not be reached, or its address is not public.", true));
    post.on("response", (response) => {
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > largestAnswerBytes) response.destroy();
        else chunks.push(chunk);
      });
      response.on("error", () => failed("The answer broke off.", true));
      response.on("close", () => {
        if (status >= 200 && status < 300 && bytes <= largestAnswerBytes) resolve(parsedJson(Buffer.concat(chunks).toString()));
        // A redirect could lead anywhere, and most refusals stay refusals; these may pass.
        else failed(`The host answered ${status}.`, status === 408 || status === 425 || status === 429 || status >= 500);
      });
    });
    post.end(body);
  });
}
