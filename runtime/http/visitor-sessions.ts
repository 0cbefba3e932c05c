/** Sessions of people who are not signed in: tokens of our own, signed by a key in the customer's vault, good for half a day and this app. */
import { createHash } from "node:crypto";
import { errors, importJWK } from "jose";
import type { Services } from "../services/services.ts";
import { type Verify, verifier } from "./verify.ts";

export interface VisitorSessions {
  /** A new visitor. Rejects when the vault does not sign. */
  open(): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** The claims of a session of ours that is not over; `sub` is `visitor:` and a UUID. */
  readonly verify: Verify;
}

export const sessionSeconds = 12 * 3_600;

export function visitorSessions(services: Pick<Services, "visitorKey" | "settings" | "now" | "newId">): VisitorSessions {
  const { visitorKey: key, settings, now, newId } = services;
  // Who the session is from, and whom it is for.
  const address = settings.FUNCTIONS_URL.replace(/\/$/, "");
  return {
    async open() {
      const version = await key.newest();
      const issuedAt = Math.floor(now().getTime() / 1_000);
      const expiresAt = issuedAt + sessionSeconds;
      const claims = { iss: address, aud: address, sub: `visitor:${newId()}`, iat: issuedAt, exp: expiresAt };
      const signed = `${encoded({ alg: "ES256", typ: "JWT", kid: version })}.${encoded(claims)}`;
      const signature = await key.sign(version, createHash("sha256").update(signed).digest());
      return { token: `${signed}.${Buffer.from(signature).toString("base64url")}`, expiresAt: new Date(expiresAt * 1_000) };
    },
    verify: verifier(
      {
        issuer: address,
        audience: [address],
        algorithm: "ES256",
        async keys({ kid }) {
          const found = kid === undefined ? undefined : await key.publicPart(kid);
          if (!found) throw new errors.JWKSNoMatchingKey();
          return importJWK(found, "ES256");
        },
      },
      now,
    ),
  };
}

const encoded = (part: Readonly<Record<string, unknown>>): string => Buffer.from(JSON.stringify(part)).toString("base64url");
