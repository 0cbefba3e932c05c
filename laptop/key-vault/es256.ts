/**
 * ECDSA on P-256 over a digest that somebody else made, which is what a vault is given. Node's own signing hashes what it is given once more, so
 * the last step is done here; the curve's arithmetic is still the platform's. Source: FIPS 186-5, 6.4.1.
 */
import { createECDH } from "node:crypto";

/** The order of P-256's base point. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const size = 32;

/** The signature, r and s of 32 bytes each, of a 32-byte digest by the private part `d`. */
export function signDigest(digest: Uint8Array, d: Uint8Array): Buffer {
  for (;;) {
    const ephemeral = createECDH("prime256v1");
    const point = ephemeral.generateKeys();
    const r = number(point.subarray(1, 1 + size)) % order;
    const s = (inverse(number(ephemeral.getPrivateKey())) * (number(digest) + r * number(d))) % order;
    if (r !== 0n && s !== 0n) return Buffer.concat([bytes(r), bytes(s)]);
  }
}

const number = (given: Uint8Array): bigint => BigInt(`0x${Buffer.from(given).toString("hex")}`);
const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");

/** By Fermat's little theorem, the order being prime. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value % order];
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % order;
    base = (base * base) % order;
  }
  return result;
}
