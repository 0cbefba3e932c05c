/** Standard Webhooks (standardwebhooks.com): whether a request is its sender's own, by an HMAC over id, time and the very bytes of the body. */
import { timingSafeEqual } from "node:crypto";
import { leastKeyBytes, secretPrefix, webhookDigest } from "../services/standard-webhook.ts";

/** Older or newer than this, a request is a replay or a wrong clock: the tolerance of the standard's own libraries. */
const toleranceMs = 300_000;
/** More signatures than this are no key rotation. */
const mostSignatures = 8;

export interface SignedRequest {
  /** The value of a request header by its name. */
  readonly header: (name: string) => string | undefined;
  /** As received. */
  readonly body: string;
}

/** `secret` is `whsec_` and base64, as the sender showed it once. False for whatever reason a request is not acceptable at `now`. */
export function isSigned({ header, body }: SignedRequest, secret: string, now: Date): boolean {
  const id = header("webhook-id");
  const timestamp = header("webhook-timestamp");
  const signatures = header("webhook-signature")?.split(" ") ?? [];
  if (!id || !timestamp || !/^\d{1,12}$/.test(timestamp) || signatures.length > mostSignatures) return false;
  if (Math.abs(now.getTime() - Number(timestamp) * 1_000) > toleranceMs) return false;
  const key = keyOf(secret);
  if (key.length < leastKeyBytes) return false;
  const expected = webhookDigest(key, { id, timestamp, body });
  return signatures.some((each) => {
    const given = each.startsWith("v1,") ? Buffer.from(each.slice(3), "base64") : undefined;
    return given?.length === expected.length && timingSafeEqual(given, expected);
  });
}

const keyOf = (secret: string): Buffer => {
  const bare = secret.trim();
  return bare.startsWith(secretPrefix) ? Buffer.from(bare.slice(secretPrefix.length), "base64") : Buffer.from(bare);
};
