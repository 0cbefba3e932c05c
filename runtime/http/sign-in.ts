/** Signing in: authorization code with PKCE, redeemed on the server with the app identity's own token instead of a secret. */
import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { Problem } from "../problem.ts";
import { tokenFor } from "../services/credential.ts";
import { signedOut } from "./signed-out.tsx";
import { sessionCookie, type Web } from "./staff.ts";
import type { OpenId, Verify } from "./verify.ts";

export interface SignIn {
  readonly metadata: () => Promise<OpenId>;
  readonly clientId: string;
  readonly functionsUrl: string;
  readonly credential: TokenCredential;
  readonly verify: Verify;
  readonly newNonce: () => string;
}

/** What this browser must bring back; the cookie that keeps it is no more trusted than any other input. */
const attemptSchema = z.object({
  state: z.string().min(1),
  nonce: z.string().min(1),
  verifier: z.string().min(1),
  back: z.string(),
});
type Attempt = z.infer<typeof attemptSchema>;

const attemptSeconds = 600;
/** `__Host-` keeps neighbours under the same domain from planting an attempt of theirs. */
const attemptCookie = (functionsUrl: string): string => (functionsUrl.startsWith("https:") ? "__Host-sign-in" : "sign-in");

/** `GET /sign-in?back=/report`, `GET /sign-in/callback`, `POST /sign-out`. */
export function signInRoutes(options: SignIn): Hono<Web> {
  const { metadata, clientId, verify, newNonce } = options;
  const home = options.functionsUrl.replace(/\/$/, "");
  const secure = home.startsWith("https:");
  const redirectUri = `${home}/sign-in/callback`;
  const cookie = { httpOnly: true, sameSite: "Lax", secure, path: "/" } as const;
  const app = new Hono<Web>();

  app.get("/sign-in", async (context) => {
    const attempt: Attempt = {
      state: newNonce(),
      nonce: newNonce(),
      verifier: newNonce(),
      back: ownPath(context.req.query("back"), home),
    };
    setCookie(context, attemptCookie(home), Buffer.from(JSON.stringify(attempt)).toString("base64url"), {
      ...cookie,
      maxAge: attemptSeconds,
    });
    const address = new URL((await metadata()).authorization_endpoint);
    const asked = {
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid profile",
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: createHash("sha256").update(attempt.verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
    return context.redirect(address.href);
  });

  app.get("/sign-in/callback", async (context) => {
    const attempt = attemptOf(context, home);
    const code = context.req.query("code");
    deleteCookie(context, attemptCookie(home), cookie);
    if (!attempt || !code || context.req.query("state") !== attempt.state)
      throw new Problem(400, "This sign-in was not started in this browser, or more than ten minutes ago.", [
        "Open /sign-in to start again.",
      ]);
    const token = await redeem(options, { code, verifier: attempt.verifier, redirectUri });
    const claims = token && (await verify(token));
    if (!token || !claims || claims.nonce !== attempt.nonce)
      throw new Problem(401, "The directory did not confirm this sign-in.", ["Open /sign-in to start again."]);
    const maxAge = Math.max(60, (claims.exp ?? 0) - (claims.iat ?? claims.exp ?? 0));
    setCookie(context, sessionCookie(home), token, { ...cookie, maxAge });
    return context.redirect(ownPath(attempt.back, home));
  });

  app.post("/sign-out", (context) => {
    if (context.req.header("origin") !== new URL(home).origin)
      throw new Problem(403, "This request did not come from this app's own pages.");
    deleteCookie(context, sessionCookie(home), cookie);
    // A page, not a redirect: /sign-in leads to the directory, where a form of ours may not lead (form-action).
    return signedOut(context, newNonce());
  });
  return app;
}

async function redeem(
  { metadata, clientId, credential }: SignIn,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Promise<string | undefined> {
  const response = await fetch((await metadata()).token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      client_id: clientId,
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await tokenFor(credential, "api://AzureADTokenExchange/.default"),
    }),
    signal: AbortSignal.timeout(10_000),
  });
  return response.ok ? ((await response.json()) as { id_token?: string }).id_token : undefined;
}

function attemptOf(context: Context, home: string): Attempt | undefined {
  try {
    const kept = Buffer.from(getCookie(context, attemptCookie(home)) ?? "", "base64url").toString();
    return attemptSchema.safeParse(JSON.parse(kept)).data;
  } catch {
    return undefined;
  }
}

/**
 * Only a path of this app. Read as a browser reads it, to which `//elsewhere`, `/\elsewhere` and a tab between the slashes are other hosts.
 */
function ownPath(back: string | undefined, home: string): string {
  const address = back?.startsWith("/") && URL.canParse(back, home) ? new URL(back, home) : undefined;
  return address?.origin === new URL(home).origin && !address.pathname.startsWith("//")
    ? `${address.pathname}${address.search}`
    : "/report";
}
