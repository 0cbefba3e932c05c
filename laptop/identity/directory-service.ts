/** What the directory answers over HTTP: OpenID metadata, keys, sign-in for browsers, and tokens for apps' managed identities. */
import { createHash, randomBytes } from "node:crypto";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import type { Service } from "../service.ts";
import { Refusal } from "./access.ts";
import type { Application, Directory } from "./directory.ts";

/** A sign-in between the browser's redirect and the app's redemption; Entra's codes live ten minutes and work once. */
interface Pending {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | undefined;
  readonly role: string;
  readonly expiresAtMs: number;
}
const codeLifetimeMs = 600_000;
const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const tokenExchangeAudience = "api://AzureADTokenExchange";

export function directoryService(directory: Directory): Service {
  const app = new Hono();
  const codes = new Map<string, Pending>();

  const metadata = () => ({
    issuer: directory.issuer,
    // The browser opens this one, and a browser does not know the laptop's authority: plain http on loopback.
    authorization_endpoint: `${directory.origin.replace("https:", "http:")}/${directory.tenantId}/oauth2/v2.0/authorize`,
    token_endpoint: `${directory.origin}/${directory.tenantId}/oauth2/v2.0/token`,
    jwks_uri: `${directory.origin}/${directory.tenantId}/discovery/v2.0/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
  });
  app.get("/:tenant/v2.0/.well-known/openid-configuration", (context) => context.json(metadata()));
  app.get("/:tenant/discovery/v2.0/keys", (context) => context.json({ keys: [directory.key.publicJwk] }));

  app.get("/:tenant/oauth2/v2.0/authorize", (context) => {
    const ask = authorization(directory, (name) => context.req.query(name));
    return context.html(signInPage(ask.application, new URL(context.req.url).search));
  });
  app.post("/:tenant/oauth2/v2.0/authorize", async (context) => {
    const ask = authorization(directory, (name) => context.req.query(name));
    const role = String((await context.req.parseBody()).role ?? "");
    if (!ask.application.roles.includes(role))
      throw new Refusal(
        400,
        "AADSTS50105",
        `"${role}" is not a role of this application; it has ${ask.application.roles.join(", ")}.`,
      );
    const code = randomBytes(32).toString("base64url");
    codes.set(code, { ...ask, clientId: ask.application.clientId, role, expiresAtMs: directory.clock.nowMs() + codeLifetimeMs });
    const back = new URL(ask.redirectUri);
    back.searchParams.set("code", code);
    if (ask.state) back.searchParams.set("state", ask.state);
    return context.redirect(back.href, 302);
  });

  app.post("/:tenant/oauth2/v2.0/token", async (context) => {
    const form = await context.req.parseBody();
    const field = (name: string): string => String(form[name] ?? "");
    if (field("grant_type") !== "authorization_code")
      throw new Refusal(400, "unsupported_grant_type", "This directory redeems authorization codes only.");
    const pending = codes.get(field("code"));
    codes.delete(field("code"));
    if (!pending || pending.expiresAtMs < directory.clock.nowMs())
      throw new Refusal(400, "invalid_grant", "AADSTS70008: the code is unknown, used or expired. Sign in again.");
    const challenge = createHash("sha256").update(field("code_verifier")).digest("base64url");
    if (
      challenge !== pending.challenge ||
      field("redirect_uri") !== pending.redirectUri ||
      field("client_id") !== pending.clientId
    )
      throw new Refusal(
        400,
        "invalid_grant",
        "AADSTS501481: code verifier, redirect address or client differ from the ones the code was made for.",
      );
    await requireAssertion(directory, pending.clientId, field("client_assertion_type"), field("client_assertion"));
    const token = await directory.staffToken({
      clientId: pending.clientId,
      role: pending.role,
      ...(pending.nonce ? { nonce: pending.nonce } : {}),
    });
    return context.json({ token_type: "Bearer", expires_in: 3_600, access_token: token, id_token: token });
  });

  app.get("/msi/token", async (context) => {
    const clientIds = directory.machines.get(context.req.header("x-identity-header") ?? "");
    if (!clientIds)
      throw new Refusal(401, "invalid_request", "The X-IDENTITY-HEADER is missing or is not of an app that runs here.");
    const resource = context.req.query("resource");
    if (context.req.query("api-version") !== "2019-08-01" || !resource)
      throw new Refusal(400, "invalid_request", "Ask with api-version=2019-08-01 and resource=<audience>.");
    const clientId = context.req.query("client_id") ?? (clientIds.size === 1 ? [...clientIds][0] : undefined);
    const objectId = clientId && clientIds.has(clientId) ? directory.objectIdOf(clientId) : undefined;
    if (!clientId || !objectId)
      throw new Refusal(
        400,
        "invalid_request",
        "No such managed identity is assigned to this app; name one of its own by client_id.",
      );
    const audience = resource.replace(/\/?\.default$/, "");
    const token = await directory.identityToken({ objectId, clientId, audience });
    const expiresOn = Math.floor(directory.clock.nowMs() / 1_000) + 86_400;
    return context.json({
      access_token: token,
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
      client_id: clientId,
    });
  });

  app.onError((error, context) => {
    if (!(error instanceof Refusal))
      return context.json({ error: "server_error", error_description: "The laptop's directory failed; see its log." }, 500);
    return context.json({ error: error.code, error_description: error.message }, error.status as 400);
  });
  return { fetch: app.fetch };
}

interface AuthorizationRequest {
  readonly application: Application;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | undefined;
  readonly state: string | undefined;
}

/** Checks a sign-in request as Entra does before it shows a page: an unknown address is never redirected to. */
function authorization(directory: Directory, query: (name: string) => string | undefined): AuthorizationRequest {
  const application = directory.applications.get(query("client_id") ?? "");
  if (!application)
    throw new Refusal(
      400,
      "AADSTS700016",
      "No application with this client_id is registered; the graph registers it as staff access.",
    );
  const redirectUri = query("redirect_uri") ?? "";
  if (!application.redirectUris.includes(redirectUri))
    throw new Refusal(
      400,
      "AADSTS50011",
      `The redirect address is not registered; registered are ${application.redirectUris.join(", ")}.`,
    );
  const challenge = query("code_challenge");
  if (query("response_type") !== "code" || query("code_challenge_method") !== "S256" || !challenge)
    throw new Refusal(400, "AADSTS90014", "Sign-in takes response_type=code with code_challenge and code_challenge_method=S256.");
  return { application, redirectUri, challenge, nonce: query("nonce"), state: query("state") };
}

/** The application proves itself by its managed identity's token: no secret exists. */
async function requireAssertion(directory: Directory, clientId: string, type: string, assertion: string): Promise<void> {
  if (type !== clientAssertionType)
    throw new Refusal(401, "invalid_client", `AADSTS7000218: client_assertion_type must be ${clientAssertionType}.`);
  const claims = await directory.claims(assertion);
  const subjects = directory.applications.get(clientId)?.federatedSubjects;
  if (claims.aud !== tokenExchangeAudience || !subjects?.has(String(claims.oid)))
    throw new Refusal(401, "invalid_client", "AADSTS700213: no federated credential of the application matches this identity.");
}

function signInPage(application: Application, search: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in on this laptop · Switchboard</title>
        <link rel="icon" href="data:," />
        <style>
          ${signInStyle}
        </style>
      </head>
      <body>
        <main>
          <h1>Sign in on this laptop</h1>
          <p>This stands in for Microsoft Entra ID: nobody needs a password here. Choose whom to be.</p>
          <form method="post" action="${search}">
            ${application.roles.map(
              (role) =>
                html`<button name="role" value="${role}"><strong>${role}</strong>${may[role] ? html` <span>${may[role]}</span>` : ""}</button>`,
            )}
          </form>
        </main>
      </body>
    </html>`;
}

/** What the roles that the graph defines allow, in a word for whoever chooses. */
const may: Readonly<Record<string, string>> = {
  viewer: "reads calls and reports",
  supervisor: "also places calls and hangs up",
  admin: "may do everything",
};

const signInStyle = raw(`
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f6f7f9, #111316); color: light-dark(#171b21, #e8ebef); }
  body { display: grid; place-items: center; min-height: 100dvh; margin: 0; padding: 1rem; box-sizing: border-box; }
  main { max-width: 26rem; width: 100%; }
  h1 { font-size: 1.5rem; margin: 0; }
  button { display: block; width: 100%; margin: 0.5rem 0; padding: 0.75rem 1rem; font: inherit; text-align: left; cursor: pointer; color: inherit;
    background: light-dark(#fff, #191c21); border: 1px solid light-dark(#d5d9df, #3b4149); border-radius: 0.6rem; }
  button:hover { border-color: light-dark(#0b57d0, #8ab4f8); }
  :focus-visible { outline: 3px solid light-dark(#0b57d0, #8ab4f8); outline-offset: 2px; }
  strong { display: block; } strong::first-letter { text-transform: uppercase; }
  span { color: light-dark(#565c66, #aab0ba); }
`);
