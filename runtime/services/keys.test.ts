import { describe, expect, test } from "vitest";
import { openSigningKey } from "./keys.ts";

interface Version {
  readonly name: string;
  readonly enabled?: boolean;
  readonly created: number;
  readonly nbf?: number;
  readonly exp?: number;
}

/** A vault with the versions a test gives it, which may fall silent or refuse. Time is in milliseconds from 0. */
function vault(...given: readonly Version[]) {
  const clock = { nowMs: 0 };
  const state = { versions: [...given], status: 200 };
  const asked: string[] = [];
  const http = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(String(url));
    asked.push(`${init?.method ?? "GET"} ${pathname}`);
    if (state.status === 0) throw new TypeError("fetch failed");
    if (state.status !== 200) return Response.json({ error: { code: "x", message: "y" } }, { status: state.status });
    expect(search).toContain("api-version=7.4");
    if (pathname.endsWith("/sign")) {
      const { alg, value } = JSON.parse(String(init?.body)) as { alg: string; value: string };
      return Response.json({ kid: "", value: Buffer.from(`${alg} of ${value}`).toString("base64url") });
    }
    if (pathname.endsWith("/versions")) {
      const value = state.versions.map(({ name, enabled = true, ...attributes }) => ({
        kid: `https://kv.example/keys/visitors/${name}`,
        attributes: { enabled, ...attributes },
      }));
      return Response.json({ value, nextLink: null });
    }
    const [, , , version] = pathname.split("/");
    return Response.json({ key: { kid: "", kty: "EC", crv: "P-256", x: `x of ${version}`, y: "y" } });
  };
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: Number.MAX_VALUE }) };
  const key = openSigningKey({ KEY_VAULT_ENDPOINT: "https://kv.example/", VISITOR_KEY: "visitors" }, credential, {
    http: http as typeof fetch,
    nowMs: () => clock.nowMs,
  });
  return { key, asked, clock, state };
}

const old = { name: "old", created: 100 };
const young = { name: "young", created: 200 };
const minuteMs = 60_000;

describe("the version that signs", () => {
  test("is the newest, in whatever order the vault lists them", async () => {
    expect(await vault(young, old).key.newest()).toBe("young");
    expect(await vault(old, young).key.newest()).toBe("young");
  });

  test.each([
    ["disabled", { ...young, enabled: false }],
    ["over", { ...young, exp: 10 }],
    ["not yet good", { ...young, nbf: 60 }],
  ])("is none that is %s", async (_what, newest) => {
    const { key, clock } = vault(old, newest);
    clock.nowMs = 10_000;
    expect(await key.newest()).toBe("old");
  });

  test("is told to be missing, with what to do", async () => {
    await expect(vault().key.newest()).rejects.toThrow('The vault\'s key "visitors" has no version that may sign now');
  });

  test("is the one made since, within five minutes", async () => {
    const { key, state, clock } = vault(old);
    await key.newest();
    state.versions.push(young);
    clock.nowMs = 5 * minuteMs - 1;
    expect(await key.newest()).toBe("old");
    clock.nowMs = 5 * minuteMs;
    expect(await key.newest()).toBe("young");
  });

  test("signs a digest by ES256", async () => {
    const { key, asked } = vault(old);
    expect(Buffer.from(await key.sign("old", Buffer.from("digest"))).toString()).toBe("ES256 of ZGlnZXN0");
    expect(asked).toEqual(["POST /keys/visitors/old/sign"]);
  });
});

describe("a public part", () => {
  test("is asked for once, and a version that went out of use still has it", async () => {
    const { key, asked, clock } = vault(old, young);
    for (let minute = 0; minute < 20; minute++) {
      clock.nowMs = minute * minuteMs;
      expect((await key.publicPart("old"))?.x).toBe("x of old");
      expect((await key.publicPart("young"))?.x).toBe("x of young");
    }
    expect(asked.filter((each) => !each.endsWith("/versions"))).toEqual(["GET /keys/visitors/old", "GET /keys/visitors/young"]);
    expect(asked.filter((each) => each.endsWith("/versions"))).toHaveLength(4);
  });

  test("of a version that another instance has signed with already is found at once", async () => {
    const { key, state, clock } = vault(old);
    await key.newest();
    state.versions.push(young);
    clock.nowMs = 30_000;
    expect((await key.publicPart("young"))?.x).toBe("x of young");
  });

  test("is no more when its version is disabled", async () => {
    const { key, state, clock } = vault(old, young);
    expect(await key.publicPart("old")).toBeDefined();
    state.versions = [{ ...old, enabled: false }, young];
    clock.nowMs = 5 * minuteMs;
    expect(await key.publicPart("old")).toBeUndefined();
  });

  test("of versions that somebody makes up costs the vault one question in thirty seconds, and hides no real one", async () => {
    const { key, asked, state, clock } = vault(old);
    await key.newest();
    const before = asked.length;
    state.versions.push(young);
    clock.nowMs = 30_000;
    for (let guess = 0; guess < 100; guess++) expect(await key.publicPart(`guess-${guess}`)).toBeUndefined();
    expect(asked.slice(before)).toEqual(["GET /keys/visitors/versions", "GET /keys/visitors/young"]);
    expect(await key.publicPart("young")).toBeDefined();
  });
});

describe("a vault", () => {
  test("that falls silent, or refuses all at once, is no reason to turn away who is known", async () => {
    const { key, state, clock } = vault(old);
    await key.newest();
    for (const status of [0, 503, 403]) {
      state.status = status;
      clock.nowMs += 10 * minuteMs;
      expect((await key.publicPart("old"))?.x).toBe("x of old");
    }
  });

  test.each([
    [0, 'did not read the key "visitors" (no answer)', 2],
    [503, 'did not read the key "visitors" (status 503)', 2],
    [429, 'did not read the key "visitors" (status 429)', 2],
    [403, 'needs "Key Vault Crypto User"', 1],
  ])("that answers %i from the start is told of in words, after as many tries as may help", async (status, words, tries) => {
    const { key, state, asked } = vault(old);
    state.status = status;
    await expect(key.newest()).rejects.toThrow(words);
    await expect(key.publicPart("old")).rejects.toThrow(words);
    expect(asked).toHaveLength(2 * tries);
    await expect(key.sign("old", Buffer.from("digest"))).rejects.toThrow(words.replace("read", "sign with"));
    state.status = 200;
    expect(await key.newest()).toBe("old");
  });
});
