import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { signDigest } from "./es256.ts";

test("a digest's signature is one that the platform finds good, and no other message's", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const d = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const isGood = (message: string, signature: Buffer) =>
    verify("sha256", Buffer.from(message), { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
  for (let round = 0; round < 20; round++) {
    const signature = signDigest(createHash("sha256").update(`message ${round}`).digest(), d);
    expect([signature.byteLength, isGood(`message ${round}`, signature), isGood("another", signature)]).toEqual([
      64,
      true,
      false,
    ]);
  }
});
