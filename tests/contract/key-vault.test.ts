/**
 * Key Vault, as runtime/services/{secrets,keys}.ts ask it: there is no SDK between them. `CONTRACT_KEY_VAULT_ENDPOINT` runs the same against a
 * real vault, signed in as whoever AZURE_CLIENT_ID names, with the secret `openai-webhook-secret` set, no `webhook-signing-secret`, and the
 * key `chat-visitors`.
 */
import { createHash, createPublicKey, randomUUID, verify } from "node:crypto";
import { ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../laptop/clock.ts";
import { createKeyVault, type KeyVaultStandIn } from "../../laptop/key-vault/key-vault.ts";
import { visitorSessions } from "../../runtime/http/visitor-sessions.ts";
import { openSigningKey } from "../../runtime/services/keys.ts";
import { openSecrets } from "../../runtime/services/secrets.ts";
import type { Services } from "../../runtime/services/services.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const vaultId = "/subscriptions/1/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/kv-contoso";
const real = process.env.CONTRACT_KEY_VAULT_ENDPOINT;

let world: World;
let vault: KeyVaultStandIn;
let endpoint: string;
let reader: TokenCredential;
let officer: TokenCredential;
/** Added to the laptop's vault's time. */
let aheadMs = 0;
const clock: Clock = { nowMs: () => Date.now() + aheadMs, after: () => () => undefined };

beforeAll(async () => {
  world = await openWorld();
  const first = await open("first");
  vault = first.opened;
  endpoint = real ?? first.url;
  const app = world.identity();
  const person = world.identity();
  world.grant({ objectId: app.objectId, role: "Key Vault Secrets User", scope: vaultId });
  world.grant({ objectId: person.objectId, role: "Key Vault Secrets Officer", scope: "/subscriptions/1" });
  reader = real ? new ManagedIdentityCredential({ clientId: process.env.AZURE_CLIENT_ID ?? "" }) : app.credential;
  officer = person.credential;
  for (const name of ["chat-visitors", "often-rotated"])
    world.grant({ objectId: app.objectId, role: "Key Vault Crypto User", scope: `${vaultId}/keys/${name}` });
  if (real) return;
  await put("openai-webhook-secret", "whsec_bGFwdG9w");
  for (const name of ["chat-visitors", "often-rotated", "another"]) vault.createKey({ name, kty: "EC", curve: "P-256" });
});
afterAll(() => world.close());

async function open(folder: string): Promise<{ opened: KeyVaultStandIn; url: string }> {
  const { directory, home } = world;
  const authority = `${directory.origin}/${directory.tenantId}`;
  const opened = createKeyVault({ access: directory, vaultId, authority, clock, folder: `${home}/${folder}` });
  return { opened, url: (await world.start(opened)).url };
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

const words = Buffer.from("what was said");
const digest = createHash("sha256").update(words).digest();

describe("a key", () => {
  const visitors = () => openSigningKey({ KEY_VAULT_ENDPOINT: endpoint, VISITOR_KEY: "chat-visitors" }, reader);

  test("signs a digest, which its public part then finds good for those words alone", async () => {
    const key = visitors();
    const version = await key.newest();
    const signature = await key.sign(version, digest);
    const { kty, crv, x, y } = (await key.publicPart(version)) ?? {};
    const publicKey = createPublicKey({ key: { kty: kty ?? "", crv: crv ?? "", x: x ?? "", y: y ?? "" }, format: "jwk" });
    const isGood = (said: Buffer) => verify("sha256", said, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
    expect([isGood(words), isGood(Buffer.from("something else"))]).toEqual([true, false]);
  });

  test.skipIf(real)(
    "that has a newer version signs visits with that, and those of before go on until it is disabled",
    async () => {
      const settings = { KEY_VAULT_ENDPOINT: endpoint, VISITOR_KEY: "chat-visitors" };
      const visitorKey = openSigningKey(settings, reader, { nowMs: clock.nowMs });
      const { open: visit, verify: judge } = visitorSessions({
        visitorKey,
        settings: { FUNCTIONS_URL: "https://app.example/" } as Services["settings"],
        now: () => new Date(clock.nowMs()),
        newId: randomUUID,
      });
      const versionOf = (token: string) =>
        (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string }).kid;
      const { token: before } = await visit();
      aheadMs += 300_000;
      vault.rotateKey("chat-visitors");
      const { token: after } = await visit();
      expect(versionOf(after)).not.toBe(versionOf(before));
      for (const token of [before, after]) expect((await judge(token))?.sub).toMatch(/^visitor:/);
      const body = { attributes: { enabled: false } };
      await ask(`/keys/chat-visitors/${versionOf(before)}?api-version=7.4`, { as: reader, method: "PATCH", body });
      aheadMs += 300_000;
      expect([await judge(before), (await judge(after))?.iss]).toEqual([undefined, "https://app.example"]);
    },
  );

  test("has no version of a name nobody gave it", async () => {
    expect(await visitors().publicPart("0".repeat(32))).toBeUndefined();
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
    endpoint = (await open("kept")).url;
    await put("twilio-auth-token", "kept");
    endpoint = (await open("kept")).url;
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
    ["a certificate", "GET", "/certificates/a?api-version=7.4", undefined, 501, "NotImplemented"],
  ] as const)("refuses %s", async (_what, method, path, body, status, code) => {
    expect(await ask(path, { as: officer, method, body })).toMatchObject({ status, error: { code } });
  });

  test("never shows a key's private part", async () => {
    const bare = await fetch(`${endpoint}/keys/chat-visitors?api-version=7.4`, {
      headers: { authorization: `Bearer ${(await reader.getToken("https://vault.azure.net/.default"))?.token}` },
    });
    const { key } = (await bare.json()) as { key: Record<string, unknown> };
    expect(Object.keys(key).sort()).toEqual(["crv", "key_ops", "kid", "kty", "x", "y"]);
  });

  test("lists a key's versions page by page", async () => {
    for (let year = 0; year < 30; year++) vault.rotateKey("often-rotated");
    const [first, ...pages] = await pagesOf("/keys/often-rotated/versions?api-version=7.4");
    expect([first?.length, pages.map((each) => each.length)]).toEqual([25, [6]]);
    const names = [first, ...pages].flat().map((each) => each?.kid.split("/").at(-1) ?? "");
    expect(new Set(names).size).toBe(31);
    const key = openSigningKey({ KEY_VAULT_ENDPOINT: endpoint, VISITOR_KEY: "often-rotated" }, reader);
    expect(await Promise.all(names.map(async (each) => (await key.publicPart(each))?.crv))).toEqual(names.map(() => "P-256"));
  });

  async function pagesOf(start: string) {
    const pages: { kid: string }[][] = [];
    for (let path: string | undefined = start; path; ) {
      const page: { value?: unknown; nextLink?: string | null } = await ask(path, { as: reader });
      pages.push(page.value as { kid: string }[]);
      path = page.nextLink?.replace(endpoint, "");
    }
    return pages;
  }

  test("keeps keys over a restart, and makes one once", async () => {
    const before = endpoint;
    const start = async () => {
      const { opened, url } = await open("keys");
      opened.createKey({ name: "chat-visitors", kty: "EC" });
      endpoint = url;
      return (await keyOf("/keys/chat-visitors")).id;
    };
    const [first, second] = [await start(), await start()];
    endpoint = before;
    expect(second).toMatch(/^\/keys\/chat-visitors\/[0-9a-f]{32}$/);
    expect(second).toBe(first);
  });

  async function keyOf(path: string): Promise<{ id: string }> {
    const { key } = (await ask(`${path}?api-version=7.4`, { as: reader })) as unknown as { key: { kid: string } };
    return { id: new URL(key.kid).pathname };
  }

  const signing = { alg: "ES256", value: digest.toString("base64url") };

  test("a disabled version signs nothing, and what it signed is good no longer", async () => {
    vault.rotateKey("chat-visitors");
    const { id } = await keyOf("/keys/chat-visitors");
    const enable = (enabled: boolean) =>
      ask(`${id}?api-version=7.4`, { as: reader, method: "PATCH", body: { attributes: { enabled } } });
    await enable(false);
    expect(await ask(`${id}/sign?api-version=7.4`, { as: reader, method: "POST", body: signing })).toMatchObject({
      status: 403,
      error: { code: "Forbidden", innererror: { code: "KeyDisabled" } },
    });
    const key = openSigningKey({ KEY_VAULT_ENDPOINT: endpoint, VISITOR_KEY: "chat-visitors" }, reader);
    const version = id.split("/").at(-1) ?? "";
    expect([await key.publicPart(version), (await key.newest()) === version]).toEqual([undefined, false]);
    await enable(true);
    expect((await ask(`${id}/sign?api-version=7.4`, { as: reader, method: "POST", body: signing })).status).toBe(200);
  });

  test("a role on one key opens no other, and no secret's role opens a key", async () => {
    for (const [path, as] of [
      ["/keys/another", reader],
      ["/keys/another/versions", reader],
      ["/keys/chat-visitors", officer],
      ["/keys/chat-visitors", world.identity().credential],
    ] as const)
      expect(await ask(`${path}?api-version=7.4`, { as })).toMatchObject({
        status: 403,
        error: { code: "Forbidden", innererror: { code: "ForbiddenByRbac" } },
      });
    const key = openSigningKey({ KEY_VAULT_ENDPOINT: endpoint, VISITOR_KEY: "another" }, reader);
    await expect(key.newest()).rejects.toThrow('needs "Key Vault Crypto User"');
  });

  test.each([
    ["with another algorithm", { ...signing, alg: "RS256" }, 400, "BadParameter", "RS256"],
    [
      "of words instead of a digest",
      { alg: "ES256", value: words.toString("base64url") },
      400,
      "BadParameter",
      "requires 32 bytes",
    ],
    ["of what is not base64url", { alg: "ES256", value: "not base64!" }, 400, "BadParameter", "value"],
    ["of nothing", {}, 400, "BadParameter", "required"],
  ] as const)("refuses a signature %s", async (_what, body, status, code, word) => {
    const answer = await ask("/keys/chat-visitors/sign?api-version=7.4", { as: reader, method: "POST", body });
    expect(answer).toMatchObject({ status, error: { code, message: expect.stringContaining(word) } });
  });

  test.each([
    ["a key that is not there", "GET", "/keys/chat-visitors/00000000000000000000000000000000", 404, "KeyNotFound"],
    ["a key's deletion", "DELETE", "/keys/chat-visitors", 501, "NotImplemented"],
  ] as const)("refuses %s", async (_what, method, path, status, code) => {
    expect(await ask(`${path}?api-version=7.4`, { as: reader, method })).toMatchObject({ status, error: { code } });
  });

  test("makes no key of a kind that it cannot sign with", () => {
    expect(() => vault.createKey({ name: "rsa", kty: "RSA" })).toThrow("EC on P-256");
    expect(() => vault.createKey({ name: "wide", kty: "EC", curve: "P-521" })).toThrow("EC on P-256");
  });
});
