/**
 * Key Vault, as runtime/services/secrets.ts asks it: there is no SDK between them. `CONTRACT_KEY_VAULT_ENDPOINT` runs the same against a
 * real vault, signed in as whoever AZURE_CLIENT_ID names, with the secret `openai-webhook-secret` set and no `webhook-signing-secret`.
 */
import { ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKeyVault } from "../../laptop/key-vault/key-vault.ts";
import { openSecrets } from "../../runtime/services/secrets.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const vaultId = "/subscriptions/1/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/kv-contoso";
const real = process.env.CONTRACT_KEY_VAULT_ENDPOINT;

let world: World;
let endpoint: string;
let reader: TokenCredential;
let officer: TokenCredential;

beforeAll(async () => {
  world = await openWorld();
  endpoint = real ?? (await open("first"));
  const app = world.identity();
  const person = world.identity();
  world.grant({ objectId: app.objectId, role: "Key Vault Secrets User", scope: vaultId });
  world.grant({ objectId: person.objectId, role: "Key Vault Secrets Officer", scope: "/subscriptions/1" });
  reader = real ? new ManagedIdentityCredential({ clientId: process.env.AZURE_CLIENT_ID ?? "" }) : app.credential;
  officer = person.credential;
  if (!real) await put("openai-webhook-secret", "whsec_bGFwdG9w");
});
afterAll(() => world.close());

async function open(folder: string): Promise<string> {
  const { directory, clock, home } = world;
  const authority = `${directory.origin}/${directory.tenantId}`;
  return (await world.start(createKeyVault({ access: directory, vaultId, authority, clock, folder: `${home}/${folder}` }))).url;
}

async function ask(path: string, { as, method = "GET", body }: { as?: TokenCredential; method?: string; body?: unknown } = {}) {
  const token = await as?.getToken("https://vault.azure.net/.default");
  const answer = await fetch(`${endpoint}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token.token}` } : {}) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const said = (await answer.json()) as { error?: { code: string; message: string }; value?: string; id?: string };
  return { status: answer.status, challenge: answer.headers.get("www-authenticate"), ...said };
}

const put = (name: string, value: unknown, as = officer) =>
  ask(`/secrets/${name}?api-version=7.4`, { as, method: "PUT", body: { value } });

describe("a secret", () => {
  test("is read by an app that may", async () => {
    expect(await openSecrets({ KEY_VAULT_ENDPOINT: endpoint }, reader).read("openai-webhook-secret")).toMatch(/./);
  });

  test("that nobody has put there is none, and no failure", async () => {
    expect(await openSecrets({ KEY_VAULT_ENDPOINT: `${endpoint}/` }, reader).read("webhook-signing-secret")).toBeUndefined();
  });
});

describe.skipIf(real)("the laptop's vault", () => {
  test("answers the newest version, and an earlier one by its id", async () => {
    const first = await put("twilio-auth-token", "first");
    await put("twilio-auth-token", "second");
    expect(await ask("/secrets/twilio-auth-token?api-version=7.4", { as: reader })).toMatchObject({ value: "second" });
    expect(await ask("/secrets/TWILIO-auth-token/?api-version=7.4", { as: reader })).toMatchObject({ value: "second" });
    const { pathname } = new URL(first.id ?? "");
    expect(await ask(`${pathname}?api-version=7.4`, { as: reader })).toMatchObject({ value: "first" });
  });

  test("keeps secrets over a restart", async () => {
    const before = endpoint;
    endpoint = await open("kept");
    await put("twilio-auth-token", "kept");
    endpoint = await open("kept");
    const found = await ask("/secrets/twilio-auth-token?api-version=7.4", { as: reader });
    endpoint = before;
    expect(found.value).toBe("kept");
  });

  test("tells whoever has no token where to get one", async () => {
    const { status, challenge } = await ask("/secrets/twilio-auth-token?api-version=7.4");
    expect(status).toBe(401);
    expect(challenge).toBe(
      `Bearer authorization="${world.directory.origin}/${world.directory.tenantId}", resource="https://vault.azure.net"`,
    );
  });

  test("takes no token that is for another service", async () => {
    const elsewhere = { getToken: () => reader.getToken("https://storage.azure.com/.default") };
    expect(await ask("/secrets/twilio-auth-token?api-version=7.4", { as: elsewhere })).toMatchObject({ status: 401 });
  });

  test("gives nothing to an identity without a role, and lets a reader set nothing", async () => {
    const nobody = world.identity().credential;
    const refused = await ask("/secrets/openai-webhook-secret?api-version=7.4", { as: nobody });
    expect(refused).toMatchObject({ status: 403, error: { code: "Forbidden" } });
    expect(await put("openai-webhook-secret", "mine", reader)).toMatchObject({ status: 403 });
    expect(await openSecrets({ KEY_VAULT_ENDPOINT: endpoint }, reader).read("openai-webhook-secret")).toBe("whsec_bGFwdG9w");
    await expect(openSecrets({ KEY_VAULT_ENDPOINT: endpoint }, nobody).read("openai-webhook-secret")).rejects.toThrow(
      'needs "Key Vault Secrets User"',
    );
  });

  test.each([
    ["a secret that is not there", "GET", "/secrets/nothing?api-version=7.4", undefined, 404, "SecretNotFound"],
    ["no api version", "GET", "/secrets/nothing", undefined, 400, "BadParameter"],
    ["an unknown api version", "GET", "/secrets/nothing?api-version=1.0", undefined, 400, "BadParameter"],
    ["a name with other characters", "GET", "/secrets/no_thing?api-version=7.4", undefined, 400, "BadParameter"],
    ["a body that is not JSON", "PUT", "/secrets/a?api-version=7.4", "value", 400, "BadParameter"],
    ["a body without a value", "PUT", "/secrets/a?api-version=7.4", {}, 400, "BadParameter"],
    ["a value that is too long", "PUT", "/secrets/a?api-version=7.4", { value: "x".repeat(25_601) }, 400, "BadParameter"],
    ["a deletion", "DELETE", "/secrets/a?api-version=7.4", undefined, 501, "NotImplemented"],
    ["a key", "GET", "/keys/a?api-version=7.4", undefined, 501, "NotImplemented"],
  ] as const)("refuses %s", async (_what, method, path, body, status, code) => {
    expect(await ask(path, { as: officer, method, body })).toMatchObject({ status, error: { code } });
  });
});
