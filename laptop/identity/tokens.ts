/** Signing and checking the directory's tokens: RS256 as Entra does it, with a key pair kept in the laptop's home. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CryptoKey,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWK,
  jwtVerify,
  SignJWT,
} from "jose";
import type { Clock } from "../clock.ts";
import { Refusal } from "./access.ts";

export interface TokenKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** What the JWKS publishes. */
  readonly publicJwk: JWK;
}

/** Opens the key kept as `name` in `folder`, or makes one; readable by the owner only. */
export async function tokenKey(folder: string, name: string): Promise<TokenKey> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.pem`);
  const privateKey = await readKey(file).catch(async () => {
    const made = await generateKeyPair("RS256", { extractable: true });
    await writeFile(file, await exportPKCS8(made.privateKey));
    await chmod(file, 0o600);
    return made.privateKey;
  });
  const { kty, n, e } = await exportJWK(privateKey);
  if (!kty || !n || !e) throw new Error(`${file} holds no RSA key; delete it and start again.`);
  const publicJwk = { kty, n, e, alg: "RS256", use: "sig", kid: n.slice(0, 16) };
  const publicKey = (await importJWK(publicJwk, "RS256")) as CryptoKey;
  return { privateKey, publicKey, publicJwk };
}

async function readKey(file: string): Promise<CryptoKey> {
  return importPKCS8(await readFile(file, "utf8"), "RS256", { extractable: true });
}

export interface TokenFacts {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly lifetimeMs: number;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A signed token that is valid from `clock`'s now for `lifetimeMs`. */
export function sign(key: TokenKey, facts: TokenFacts, clock: Clock): Promise<string> {
  const nowSeconds = Math.floor(clock.nowMs() / 1_000);
  return new SignJWT({ ...facts.claims })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.publicJwk.kid ?? "" })
    .setIssuer(facts.issuer)
    .setAudience(facts.audience)
    .setSubject(facts.subject)
    .setIssuedAt(nowSeconds)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + Math.floor(facts.lifetimeMs / 1_000))
    .sign(key.privateKey);
}

/** The claims of a token of ours; throws `Refusal` 401 that says what is wrong with it, never what is in it. */
export async function verify(key: TokenKey, token: string, issuer: string, clock: Clock): Promise<Record<string, unknown>> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      issuer,
      algorithms: ["RS256"],
      currentDate: new Date(clock.nowMs()),
      clockTolerance: 5,
    });
    return payload;
  } catch (error) {
    throw new Refusal(401, "InvalidAuthenticationToken", reason(error));
  }
}

function reason(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "The access token has expired.";
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token's claim "${error.claim}" is not acceptable.`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The access token's signature is not from this directory.";
  if (error instanceof errors.JOSEAlgNotAllowed) return "The access token must be signed with RS256.";
  return "The access token could not be read.";
}
