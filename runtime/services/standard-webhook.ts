/** What both ends of a webhook compute (standardwebhooks.com): an HMAC over id, time and the very bytes of the body. */
import { createHmac } from "node:crypto";

/** What the standard asks of a key; an empty one would let anybody sign. */
export const leastKeyBytes = 24;
/** Begins a secret whose rest is base64. */
export const secretPrefix = "whsec_";

/** `timestamp` in seconds since 1970, as the header has it. */
export function webhookDigest(key: Buffer, { id, timestamp, body }: { id: string; timestamp: string; body: string }): Buffer {
  return createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
}
