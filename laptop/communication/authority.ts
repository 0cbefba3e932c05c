/**
 * Who signs what Call Automation sends to an app: a token of five minutes on every callback and on the upgrade of every media socket.
 * Source: Call Automation docs, "How to secure webhook endpoints" (issuer, keys and lifetime of the real service's authority).
 */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { Clock } from "../clock.ts";
import { sign, tokenKey } from "../identity/tokens.ts";
import type { Service } from "../service.ts";

const tokenLifetimeMs = 300_000;

export interface CallAutomationAuthority {
  /** Metadata at `/calling/.well-known/acsopenidconfiguration`, keys at `/calling/keys`. */
  readonly service: Service;
  readonly issuer: string;
  /** Where `service` listens, `https://localhost:<port>`: set it before the first token is signed. */
  setIssuer(url: string): void;
  /** A fresh RS256 token for the communication resource with the given immutable id. */
  sign(facts: { audience: string }): Promise<string>;
}

/** Opens the authority whose signing key is kept in `folder`. */
export async function createCallAutomationAuthority({
  clock,
  folder,
}: {
  clock: Clock;
  folder: string;
}): Promise<CallAutomationAuthority> {
  const key = await tokenKey(folder, "call-automation");
  let issuer = "";
  const app = new Hono();
  app.get("/calling/keys", (context) => context.json({ keys: [key.publicJwk] }));
  app.get("/calling/.well-known/acsopenidconfiguration", (context) =>
    context.json({
      issuer,
      jwks_uri: `${issuer}/calling/keys`,
      id_token_signing_alg_values_supported: ["RS256"],
      claims_supported: ["aud", "exp", "iss", "nbf"],
    }),
  );
  return {
    service: { fetch: app.fetch },
    get issuer() {
      return issuer;
    },
    setIssuer(url) {
      issuer = url.replace(/\/+$/, "");
    },
    sign({ audience }) {
      if (!issuer) throw new Error("The authority does not know its own address yet: call setIssuer once it listens.");
      return sign(
        key,
        { issuer, audience, subject: audience, lifetimeMs: tokenLifetimeMs, claims: { jti: randomUUID() } },
        clock,
      );
    },
  };
}
