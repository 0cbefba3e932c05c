import { createHash } from "node:crypto";

/** Any fixed value serves: it only keeps these ids apart from other name-based ones (RFC 9562, version 5). */
const namespace = Buffer.from("5f1c7a0e9a5d4f0f8f3b6a1d2c3e4b5a", "hex");

/** A GUID that follows from a name alone, so that a second run finds the same resource. */
export function stableId(name: string): string {
  const hash = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
