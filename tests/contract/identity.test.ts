import { randomUUID } from "node:crypto";
import { ManagedIdentityCredential } from "@azure/identity";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../laptop/identity/access.ts";
import { openWorld, type World } from "../support/stand-in.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/a";
const need = {
  audiences: ["https://cosmos.azure.com"],
  scope: `${scope}/databases/d`,
  anyOf: ["Storage Blob Data Reader"] as const,
};

async function refusal(attempt: Promise<unknown>): Promise<Refusal> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refusal)) throw new Error("it was not refused");
  return error;
}

test("an app gets tokens of its own identity from its managed-identity endpoint, and they verify against the published keys", async () => {
  const identity = world.identity();
  Object.assign(process.env, world.directory.machine([identity.clientId]));
  const credential = new ManagedIdentityCredential({ clientId: identity.clientId });
  const { token } = await credential.getToken("https://cosmos.azure.com/.default");
  const metadata = (await (await fetch(`${world.directory.issuer}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string;
    issuer: string;
  };
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: "https://cosmos.azure.com",
  });
  expect(payload).toMatchObject({ oid: identity.objectId, appid: identity.clientId, tid: world.directory.tenantId });
});

test("an app cannot get a token of an identity that is not assigned to it", async () => {
  Object.assign(process.env, world.directory.machine([world.identity().clientId]));
  const stranger = new ManagedIdentityCredential({ clientId: world.identity().clientId });
  await expect(stranger.getToken("https://cosmos.azure.com/.default")).rejects.toThrow(/managed identity|invalid_request|400/i);
});

test("an app that requires an assignment is open to the identities that hold one, with their roles, and to no other", async () => {
  const [admitted, stranger] = [world.identity(), world.identity()];
  const clientId = randomUUID();
  world.directory.addApplication({
    clientId,
    redirectUris: [],
    roles: [],
    federatedSubjects: new Set(),
    assigned: new Map([[admitted.objectId, new Set(["service"])]]),
  });
  const ask = async ({ clientId: own }: { clientId: string }) => {
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = world.directory.machine([own]);
    const query = new URLSearchParams({ "api-version": "2019-08-01", resource: `api://${clientId}`, client_id: own });
    const answer = await fetch(`${IDENTITY_ENDPOINT}?${query}`, { headers: { "x-identity-header": IDENTITY_HEADER } });
    return { status: answer.status, body: (await answer.json()) as { access_token: string; error_description: string } };
  };
  const { body } = await ask(admitted);
  expect(decodeJwt(body.access_token)).toMatchObject({ oid: admitted.objectId, roles: ["service"] });
  expect(await ask(stranger)).toMatchObject({ status: 400, body: { error_description: expect.stringMatching(/^AADSTS501051/) } });
});

test("the endpoint refuses a caller that does not know its header", async () => {
  const answer = await fetch(`${world.directory.origin}/msi/token?api-version=2019-08-01&resource=https://cosmos.azure.com`);
  expect(answer.status).toBe(401);
});

test("a role counts on its scope and below it, and nowhere else", async () => {
  const identity = world.identity();
  const authorization = `Bearer ${await world.directory.token({ objectId: identity.objectId, audience: "https://cosmos.azure.com/" })}`;
  expect(await refusal(world.directory.require(authorization, need))).toMatchObject({ status: 403 });
  world.grant({ objectId: identity.objectId, role: "Storage Blob Data Reader", scope: scope.toUpperCase() });
  expect(await world.directory.require(authorization, need)).toMatchObject({ objectId: identity.objectId });
  expect(await refusal(world.directory.require(authorization, { ...need, scope: `${scope}2` }))).toMatchObject({ status: 403 });
});

test("no token, a key, another audience, a token of another directory and an expired one are each a 401 that says why", async () => {
  const identity = world.identity();
  const other = await openWorld();
  const bearer = async (directory: World["directory"], more = {}) =>
    `Bearer ${await directory.token({ objectId: identity.objectId, audience: "https://cosmos.azure.com", ...more })}`;
  const unsigned = `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.`;
  const attempts = [
    undefined,
    "SharedKey account:abc",
    await bearer(world.directory, { audience: "https://vault.azure.net" }),
    await bearer(other.directory),
    await bearer(world.directory, { lifetimeMs: -60_000 }),
    unsigned,
  ];
  const messages = await Promise.all(attempts.map(async (each) => (await refusal(world.directory.require(each, need))).message));
  expect(messages).toEqual([
    "No access token: send `Authorization: Bearer <Entra token>`. Keys are disabled.",
    "No access token: send `Authorization: Bearer <Entra token>`. Keys are disabled.",
    'The token is for "https://vault.azure.net"; this service takes "https://cosmos.azure.com".',
    expect.stringMatching(/issuer|"iss"|signature/),
    "The access token has expired.",
    "The access token must be signed with RS256.",
  ]);
  await other.close();
});
