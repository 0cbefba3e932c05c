/** Whose token is this? Entra's staff and identity tokens, Call Automation's and our own visitors', checked by signature, issuer, audience and time. */
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";

/** The verified claims, or undefined for a token that is not acceptable, whatever the reason. Throws when the keys cannot be had. */
export type Verify = (token: string) => Promise<JWTPayload | undefined>;

export interface Trust {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly keys: JWTVerifyGetKey;
  /** RS256 unless it says otherwise. */
  readonly algorithm?: "RS256" | "ES256";
}

/** What is wrong with a token, as opposed to what keeps us from judging it, such as keys that cannot be had. */
const unacceptable =
  /^ERR_(JWT_|JWS_|JWK_|JWKS_NO_MATCHING_KEY|JWKS_MULTIPLE_MATCHING_KEYS|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/;

/** One algorithm only: the one that the issuer uses, and the end of every algorithm trick. */
export function verifier({ issuer, audience, keys, algorithm = "RS256" }: Trust, now: () => Date): Verify {
  return async (token) => {
    try {
      const options = {
        issuer,
        audience: [...audience],
        algorithms: [algorithm],
        clockTolerance: 60,
        requiredClaims: ["exp"],
        currentDate: now(),
      };
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code === "string" && unacceptable.test(code)) return undefined;
      throw error;
    }
  };
}

/** What the directory's OpenID metadata says, read once it is needed and kept; a failed read is tried again at the next need. */
export interface OpenId {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

export function openId(authority: string): () => Promise<OpenId> {
  let known: Promise<OpenId> | undefined;
  return () => {
    known ??= read(authority).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function read(authority: string): Promise<OpenId> {
  const response = await fetch(`${authority.replace(/\/$/, "")}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`The directory's OpenID metadata could not be read: status ${response.status}.`);
  return (await response.json()) as OpenId;
}

/** Staff and identity tokens of the app registration; the metadata is read at the first token. */
export function staffVerifier(metadata: () => Promise<OpenId>, clientId: string, now: () => Date): Verify {
  let verify: Promise<Verify> | undefined;
  return async (token) => {
    verify ??= metadata().then(({ issuer, jwks_uri }) =>
      verifier({ issuer, audience: [clientId, `api://${clientId}`], keys: keysAt(jwks_uri) }, now),
    );
    verify.catch(() => {
      verify = undefined;
    });
    return (await verify)(token);
  };
}

/** Tokens of Call Automation's callbacks: a new one each, five minutes long, for our resource. */
export function callbackVerifier(
  settings: { CALL_AUTOMATION_AUTHORITY: string; COMMUNICATION_RESOURCE_ID: string },
  now: () => Date,
): Verify {
  const issuer = settings.CALL_AUTOMATION_AUTHORITY.replace(/\/$/, "");
  return verifier({ issuer, audience: [settings.COMMUNICATION_RESOURCE_ID], keys: keysAt(`${issuer}/calling/keys`) }, now);
}

/** Keys are asked for again this often, so that one that its issuer withdrew is believed no longer while the issuer answers. */
const refreshMs = 600_000;
/** How long keys are believed whose issuer does not answer. */
const believedMs = 24 * 3_600_000;
/** Tokens of unknown keys ask the issuer no more often than this. */
const cooldownMs = 30_000;
const timeoutMs = 5_000;

/**
 * The keys an issuer shows at an address, fetched at the first token. While they are refreshed, tokens are judged by those that are known, so
 * that an issuer that is down for a while turns nobody away.
 */
export function keysAt(url: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: believedMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
  });
  // By the process's own clock, as jose keeps the age of keys.
  let askedMs = Date.now();
  return (header, token) => {
    if (Date.now() - askedMs > refreshMs) {
      askedMs = Date.now();
      if (remote.fresh) void remote.reload().catch(() => undefined);
    }
    return remote(header, token);
  };
}
