/** Tokens for browsers: signed by the service itself with a key of this process, good for one hub and one user until they expire. */
import { randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../clock.ts";

export interface ClientClaims {
  readonly hub: string;
  readonly userId: string | undefined;
}

export interface ClientTokens {
  /** `origin` is the service's address; the audience is the client endpoint of `hub` there, as in the service's own tokens. */
  issue(options: {
    readonly origin: string;
    readonly hub: string;
    readonly userId?: string;
    readonly lifetimeMs: number;
  }): Promise<string>;
  /** `undefined` when the token is forged, expired or for another hub. */
  verify(token: string | null | undefined, hub: string): Promise<ClientClaims | undefined>;
}

/** The claim the service's own libraries put the user id in (Azure/azure-signalr, Constants.ClaimType). */
const userClaim = "asrs.s.uid";

export function clientTokens(clock: Clock): ClientTokens {
  const key = randomBytes(32);
  return {
    issue({ origin, hub, userId, lifetimeMs }) {
      const nowSeconds = Math.floor(clock.nowMs() / 1_000);
      return new SignJWT(userId === undefined ? {} : { [userClaim]: userId, sub: userId })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setAudience(`${origin}${endpoint(hub)}`)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + Math.floor(lifetimeMs / 1_000))
        .sign(key);
    },
    async verify(token, hub) {
      if (!token) return undefined;
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], currentDate: new Date(clock.nowMs()) });
        // Browsers may come by another address than servers (a gateway), so the host in the audience is not compared.
        const isForHub = typeof payload.aud === "string" && payload.aud.endsWith(endpoint(hub));
        const userId = payload[userClaim];
        return isForHub ? { hub, userId: typeof userId === "string" ? userId : undefined } : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

const endpoint = (hub: string): string => `/client/?hub=${hub}`;
