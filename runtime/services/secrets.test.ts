import { describe, expect, test } from "vitest";
import { openSecrets } from "./secrets.ts";

/** A vault that answers what a test says, one answer after the other, and the last one for ever. */
function vault(...answers: (number | string | "no answer")[]) {
  const asked: string[] = [];
  const clock = { nowMs: 0 };
  const http = async (url: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(`${String(url)} ${new Headers(init?.headers).get("authorization")}`);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === "no answer") throw new TypeError("fetch failed");
    if (typeof answer === "number") return Response.json({ error: { code: "x", message: "y" } }, { status: answer });
    return Response.json({ value: answer });
  };
  const credential = {
    getToken: async (scopes: string | string[]) => ({ token: `for ${String(scopes)}`, expiresOnTimestamp: Number.MAX_VALUE }),
  };
  const secrets = openSecrets({ KEY_VAULT_ENDPOINT: "https://kv.example/" }, credential, {
    http: http as typeof fetch,
    nowMs: () => clock.nowMs,
  });
  return { secrets, asked, clock };
}

describe("a secret", () => {
  test("is asked for by name, with a token for vaults", async () => {
    const { secrets, asked } = vault("one");
    expect(await secrets.read("twilio-auth-token")).toBe("one");
    expect(asked).toEqual([
      "https://kv.example/secrets/twilio-auth-token?api-version=7.4 Bearer for https://vault.azure.net/.default",
    ]);
  });

  test("is kept for five minutes, each name by itself, then asked for again", async () => {
    const { secrets, asked, clock } = vault("one", "other", "two");
    expect([await secrets.read("twilio-auth-token"), await secrets.read("openai-webhook-secret")]).toEqual(["one", "other"]);
    clock.nowMs = 299_999;
    expect(await secrets.read("twilio-auth-token")).toBe("one");
    clock.nowMs = 300_000;
    expect(await secrets.read("twilio-auth-token")).toBe("two");
    expect(asked).toHaveLength(3);
  });

  test("is asked for once by many who need it at the same time", async () => {
    const { secrets, asked } = vault("one");
    expect(await Promise.all([1, 2, 3].map(() => secrets.read("twilio-auth-token")))).toEqual(["one", "one", "one"]);
    expect(asked).toHaveLength(1);
  });

  test("that is missing is looked for again a quarter of a minute later", async () => {
    const { secrets, asked, clock } = vault(404, "put there");
    expect(await secrets.read("twilio-auth-token")).toBeUndefined();
    expect(await secrets.read("twilio-auth-token")).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.nowMs = 15_000;
    expect(await secrets.read("twilio-auth-token")).toBe("put there");
  });
});

describe("a vault that fails", () => {
  test.each([503, 500, 429, "no answer"] as const)("with %s is asked once more", async (fault) => {
    const { secrets, asked } = vault(fault, "one");
    expect(await secrets.read("twilio-auth-token")).toBe("one");
    expect(asked).toHaveLength(2);
  });

  test("twice is a failure, and asked again by the next who needs it", async () => {
    const { secrets } = vault(503, 503, "one");
    await expect(secrets.read("twilio-auth-token")).rejects.toThrow("status 503");
    expect(await secrets.read("twilio-auth-token")).toBe("one");
  });

  test("does not take away what is known", async () => {
    const { secrets, clock } = vault("one", "no answer", 503, "two");
    await secrets.read("twilio-auth-token");
    clock.nowMs = 300_000;
    expect(await secrets.read("twilio-auth-token")).toBe("one");
    clock.nowMs = 315_000;
    expect(await secrets.read("twilio-auth-token")).toBe("two");
  });

  test("by refusing is not asked again, and takes away what was known", async () => {
    const { secrets, asked, clock } = vault("one", 403);
    await secrets.read("twilio-auth-token");
    clock.nowMs = 300_000;
    await expect(secrets.read("twilio-auth-token")).rejects.toThrow('needs "Key Vault Secrets User"');
    expect(asked).toHaveLength(2);
  });
});
