/** `@azure/app-configuration` against the laptop's store, or against a real one: set CONTRACT_APP_CONFIGURATION_ENDPOINT. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { AppConfigurationClient, featureFlagContentType, featureFlagPrefix } from "@azure/app-configuration";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppConfigurationStandIn, createAppConfiguration } from "../../laptop/app-configuration/app-configuration.ts";
import type { RoleName } from "../../laptop/identity/roles.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_APP_CONFIGURATION_ENDPOINT;
const storeId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.AppConfiguration/configurationStores/laptop";

let world: World;
let store: AppConfigurationStandIn;
let endpoint = real ?? "";
let owner: TokenCredential = new DefaultAzureCredential();

function openStore(folder: string): AppConfigurationStandIn {
  return createAppConfiguration({ access: world.directory, storeId, clock: world.clock, folder: join(world.home, folder) });
}

beforeAll(async () => {
  if (real) return;
  world = await openWorld();
  store = openStore("app-configuration");
  endpoint = (await world.start(store)).url;
  owner = identity("App Configuration Data Owner");
});

afterAll(() => world?.close());

function identity(...roles: readonly RoleName[]): TokenCredential {
  const { objectId, credential } = world.identity();
  for (const role of roles) world.grant({ objectId, role, scope: storeId });
  return credential;
}

function client(credential = owner, url = endpoint): AppConfigurationClient {
  return new AppConfigurationClient(url, credential, { retryOptions: { maxRetries: 0 } });
}

async function keys(filter: { keyFilter?: string; labelFilter?: string }): Promise<string[]> {
  const found = [];
  for await (const { key, label } of client().listConfigurationSettings(filter)) found.push(label ? `${key}@${label}` : key);
  return found;
}

const refusal = (statusCode: number) => expect.objectContaining({ statusCode });

describe("one setting", () => {
  test("is added once, read, changed and deleted", async () => {
    const key = `vad/threshold ${randomUUID()}`;
    await client().addConfigurationSetting({ key, value: "0.5" });
    await expect(client().addConfigurationSetting({ key, value: "0.6" })).rejects.toThrow();
    expect(await client().getConfigurationSetting({ key })).toMatchObject({ key, value: "0.5", isReadOnly: false });
    await client().setConfigurationSetting({ key, value: "false", contentType: "text/plain", tags: { owner: "us" } });
    expect(await client().getConfigurationSetting({ key })).toMatchObject({
      value: "false",
      contentType: "text/plain",
      tags: { owner: "us" },
    });
    await client().deleteConfigurationSetting({ key });
    await expect(client().getConfigurationSetting({ key })).rejects.toThrow(refusal(404));
    expect((await client().deleteConfigurationSetting({ key })).statusCode).toBe(204);
  });

  test("has a value of its own under each label", async () => {
    const key = randomUUID();
    await client().setConfigurationSetting({ key, value: "all" });
    await client().setConfigurationSetting({ key, label: "fr", value: "France" });
    expect((await client().getConfigurationSetting({ key })).value).toBe("all");
    expect((await client().getConfigurationSetting({ key, label: "fr" })).value).toBe("France");
    await expect(client().getConfigurationSetting({ key, label: "es" })).rejects.toThrow(refusal(404));
  });

  test("is not sent again to who has it already", async () => {
    const key = randomUUID();
    const setting = await client().setConfigurationSetting({ key, value: "1" });
    expect((await client().getConfigurationSetting(setting, { onlyIfChanged: true })).statusCode).toBe(304);
    await client().setConfigurationSetting({ key, value: "2" });
    expect((await client().getConfigurationSetting(setting, { onlyIfChanged: true })).value).toBe("2");
  });

  test("of two writers with the same etag, the second is refused", async () => {
    const key = randomUUID();
    const setting = await client().setConfigurationSetting({ key, value: "1" });
    await client().setConfigurationSetting({ ...setting, value: "2" }, { onlyIfUnchanged: true });
    await expect(client().setConfigurationSetting({ ...setting, value: "3" }, { onlyIfUnchanged: true })).rejects.toThrow(
      refusal(412),
    );
    await expect(client().deleteConfigurationSetting(setting, { onlyIfUnchanged: true })).rejects.toThrow(refusal(412));
  });

  test("that is locked is not changed until it is unlocked", async () => {
    const key = randomUUID();
    await client().setConfigurationSetting({ key, value: "1" });
    await client().setReadOnly({ key }, true);
    await expect(client().setConfigurationSetting({ key, value: "2" })).rejects.toThrow(refusal(409));
    await client().setReadOnly({ key }, false);
    expect((await client().setConfigurationSetting({ key, value: "2" })).value).toBe("2");
  });

  test("may be a feature flag", async () => {
    const name = randomUUID();
    const flag = { key: `${featureFlagPrefix}${name}`, contentType: featureFlagContentType, isReadOnly: false };
    await client().addConfigurationSetting({ ...flag, value: { id: name, enabled: true, conditions: { clientFilters: [] } } });
    const { value } = await client().getConfigurationSetting({ key: flag.key });
    expect(JSON.parse(value ?? "")).toMatchObject({ id: name, enabled: true });
    expect(await keys({ keyFilter: `${featureFlagPrefix}${name}*` })).toEqual([flag.key]);
  });

  test("that is too large is refused", async () => {
    await expect(client().setConfigurationSetting({ key: randomUUID(), value: "x".repeat(20_000) })).rejects.toThrow(
      refusal(413),
    );
  });
});

describe("a list", () => {
  test("is filtered by key and label", async () => {
    const prefix = randomUUID();
    for (const [key, label] of [
      ["a", undefined],
      ["a", "fr"],
      ["b", "fr"],
    ] as const)
      await client().setConfigurationSetting({ key: `${prefix}/${key}`, value: "1", ...(label ? { label } : {}) });
    expect(await keys({ keyFilter: `${prefix}/*` })).toEqual([`${prefix}/a`, `${prefix}/a@fr`, `${prefix}/b@fr`]);
    expect(await keys({ keyFilter: `${prefix}/*`, labelFilter: "\0" })).toEqual([`${prefix}/a`]);
    expect(await keys({ keyFilter: `${prefix}/a,${prefix}/b`, labelFilter: "fr" })).toEqual([`${prefix}/a@fr`, `${prefix}/b@fr`]);
  });

  test("has only the fields asked for", async () => {
    const key = randomUUID();
    await client().setConfigurationSetting({ key, value: "1", contentType: "text/plain" });
    for await (const setting of client().listConfigurationSettings({ keyFilter: key, fields: ["key", "value"] })) {
      expect(setting).toMatchObject({ key, value: "1" });
      expect(setting.contentType).toBeUndefined();
    }
    expect((await client().getConfigurationSetting({ key }, { fields: ["value"] })).contentType).toBeUndefined();
  });

  test("comes in pages, and an unchanged page is not sent again", async () => {
    const prefix = randomUUID();
    const names = Array.from({ length: 101 }, (_, index) => `${prefix}/${String(index).padStart(3, "0")}`);
    await Promise.all(names.map((key) => client().setConfigurationSetting({ key, value: "1" })));
    const filter = { keyFilter: `${prefix}/*` };
    const pages = [];
    for await (const page of client().listConfigurationSettings(filter).byPage()) pages.push(page);
    expect(pages.map(({ items }) => items.length)).toEqual([100, 1]);
    expect(pages.flatMap(({ items }) => items.map(({ key }) => key))).toEqual(names);
    await client().setConfigurationSetting({ key: names[100] ?? "", value: "2" });
    const statuses = [];
    const pageEtags = pages.map(({ etag }) => etag ?? "");
    for await (const page of client()
      .listConfigurationSettings({ ...filter, pageEtags })
      .byPage())
      statuses.push(Number(page._response?.status));
    expect(statuses).toEqual([304, 200]);
    const checked = [];
    for await (const page of client()
      .checkConfigurationSettings({ ...filter, pageEtags })
      .byPage())
      checked.push(page.items.length);
    expect(checked).toEqual([0, 0]);
  });
});

describe("who may do what", () => {
  test.skipIf(real)("a reader reads and does not write (skipped on a real store: needs another identity)", async () => {
    const key = randomUUID();
    await client().setConfigurationSetting({ key, value: "1" });
    const reader = client(identity("App Configuration Data Reader"));
    expect((await reader.getConfigurationSetting({ key })).value).toBe("1");
    await expect(reader.setConfigurationSetting({ key, value: "2" })).rejects.toThrow(refusal(403));
    await expect(reader.setReadOnly({ key }, true)).rejects.toThrow(refusal(403));
  });

  test.skipIf(real)("without a role nothing is read (skipped on a real store: needs another identity)", async () => {
    await expect(client(identity()).getConfigurationSetting({ key: "a" })).rejects.toThrow(refusal(403));
  });

  test.skipIf(real)("a token for another service is refused (skipped on a real store: needs a token to give away)", async () => {
    const { objectId } = world.identity();
    const token = await world.directory.token({ objectId, audience: "https://search.azure.com" });
    const credential: TokenCredential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
    await expect(client(credential).getConfigurationSetting({ key: "a" })).rejects.toThrow(refusal(401));
  });

  test("no token is refused", async () => {
    const answer = await fetch(`${endpoint}/kv?api-version=2023-11-01`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
  });

  test("an api version that is missing or does not exist is refused", async () => {
    const { token } = (await owner.getToken("https://azconfig.io/.default")) ?? { token: "" };
    const headers = { authorization: `Bearer ${token}` };
    for (const query of ["", "?api-version=1999-01-01"]) {
      const answer = await fetch(`${endpoint}/kv${query}`, { headers });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(await answer.json()).toMatchObject({ name: "api-version", status: 400 });
    }
  });
});

describe.skipIf(real)("what only the laptop's store can show (skipped on a real store: written by its graph)", () => {
  test("the graph's settings are there, and setting the same again changes nothing", async () => {
    store.set({ key: "recording_enabled", value: "false" });
    const { etag } = await client().getConfigurationSetting({ key: "recording_enabled" });
    store.set({ key: "recording_enabled", value: "false" });
    expect(await client().getConfigurationSetting({ key: "recording_enabled" })).toMatchObject({ value: "false", etag });
    store.remove({ key: "recording_enabled" });
    await expect(client().getConfigurationSetting({ key: "recording_enabled" })).rejects.toThrow(refusal(404));
  });

  test("what it cannot do it says", async () => {
    const revisions = client().listRevisions({ keyFilter: "a" }).next();
    await expect(revisions).rejects.toThrow(refusal(501));
  });

  test("settings outlive the store's process, etags included", async () => {
    const before = openStore("kept");
    const first = await world.start(before);
    const { etag } = await client(owner, first.url).setConfigurationSetting({ key: "a", label: "fr", value: "1" });
    await client(owner, first.url).setConfigurationSetting({ key: "b", value: "1" });
    await client(owner, first.url).deleteConfigurationSetting({ key: "b" });
    before.close();
    const second = await world.start(openStore("kept"));
    expect(await client(owner, second.url).getConfigurationSetting({ key: "a", label: "fr" })).toMatchObject({
      value: "1",
      etag,
    });
    await expect(client(owner, second.url).getConfigurationSetting({ key: "b" })).rejects.toThrow(refusal(404));
  });
});
