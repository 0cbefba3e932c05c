import { createHash, generateKeyPairSync } from "node:crypto";
import { UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { documentedBody, type Office, openOffice, staffClientId } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => vi.unstubAllGlobals());

const cookie = async (role: string) => ({ cookie: `__Host-session=${await office.staffToken(role)}` });

describe("roles", () => {
  test.each([
    ["viewer", "GET", "/call", 200],
    ["viewer", "POST", "/call", 403],
    ["supervisor", "POST", "/call", 201],
    ["admin", "POST", "/call", 201],
    ["admin", "GET", "/report", 200],
    ["caretaker", "GET", "/report", 403],
    // The apps and SignalR call each other with it; nobody chats or reads as one of them.
    ["service", "GET", "/call", 401],
    ["service", "POST", "/api/ModelRouter", 401],
  ])("%s: %s %s answers %i", async (role, method, path, status) => {
    expect((await office.request(role, method, path, method === "POST" ? documentedBody : undefined)).status).toBe(status);
  });

  // Where visitors are let in, they come by a route of their own (visitors.test.ts), which lets nobody in here.
  test("every route but health and sign-in turns away who is not signed in", async () => {
    expect((await office.request(undefined, "POST", "/api/chat/visitors", {})).status).toBe(403);
    const open = office.web.routes.filter(
      (each) => each.method !== "ALL" && !/^\/(health|sign|api\/chat\/visitors$)/.test(each.path),
    );
    expect(new Set(open.map((each) => each.path)).size).toBeGreaterThanOrEqual(10);
    for (const { method, path } of open) {
      const response = await office.request(
        undefined,
        method,
        path.replaceAll(/:\w+/g, "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10"),
        method === "GET" ? undefined : {},
      );
      expect([`${method} ${path}`, response.status]).toEqual([
        `${method} ${path}`,
        /^\/(report|chat$|phone$)/.test(path) ? 302 : 401,
      ]);
    }
  });
});

test("no answer of the API is kept by anyone on its way", async () => {
  for (const [role, path] of [
    ["viewer", "/call"],
    ["viewer", "/call/+33612345678"],
    [undefined, "/call"],
  ] as const)
    expect((await office.request(role, "GET", path)).headers.get("cache-control")).toBe("no-store");
});

describe("tokens", () => {
  test.each(["none", "HS256"])("a token signed with %s opens nothing", async (algorithm) => {
    const claims = new UnsecuredJWT({ oid: "x", roles: ["admin"] })
      .setIssuer("https://login.example/tenant/v2.0")
      .setAudience(staffClientId)
      .setExpirationTime("1h")
      .encode();
    const [, payload] = claims.split(".");
    const header = Buffer.from(JSON.stringify({ alg: algorithm })).toString("base64url");
    const response = await office.request(undefined, "GET", "/call", undefined, {
      authorization: `Bearer ${header}.${payload}.${algorithm === "none" ? "" : "c2lnbmF0dXJl"}`,
    });
    expect(response.status).toBe(401);
  });

  test("a callback's token is for callbacks and a person's for the API, never the other way round", async () => {
    expect(
      (await office.request(undefined, "GET", "/call", undefined, { authorization: `Bearer ${await office.callbackToken()}` }))
        .status,
    ).toBe(401);
    const event = [{ type: "Microsoft.Communication.CallConnected", data: { callConnectionId: "c" } }];
    expect((await office.request("admin", "POST", "/acs/callback/7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10", event)).status).toBe(401);
  });
});

describe("the session cookie", () => {
  test("shows pages and reads the API", async () => {
    expect((await office.request(undefined, "GET", "/report", undefined, await cookie("viewer"))).status).toBe(200);
    expect((await office.request(undefined, "GET", "/call", undefined, await cookie("viewer"))).status).toBe(200);
  });

  test("changes something only from our own pages", async () => {
    const headers = await cookie("supervisor");
    expect((await office.request(undefined, "POST", "/call", documentedBody, headers)).status).toBe(403);
    expect(
      (await office.request(undefined, "POST", "/call", documentedBody, { ...headers, origin: "https://evil.example" })).status,
    ).toBe(403);
    expect(
      (await office.request(undefined, "POST", "/call", documentedBody, { ...headers, origin: "https://app.example" })).status,
    ).toBe(201);
  });
});

describe("signing in", () => {
  const start = async (back = "/report") => {
    const response = await office.request(undefined, "GET", `/sign-in?back=${encodeURIComponent(back)}`);
    const address = new URL(response.headers.get("location") ?? "");
    const kept = response.headers.getSetCookie()[0] ?? "";
    return { address, kept, cookie: kept.split(";")[0] ?? "" };
  };
  const directoryAnswers = (idToken: string): URLSearchParams[] => {
    const forms: URLSearchParams[] = [];
    vi.stubGlobal("fetch", async (_address: unknown, init: { body: URLSearchParams }) => {
      forms.push(init.body);
      return Response.json({ id_token: idToken });
    });
    return forms;
  };

  test("asks for a code with PKCE, state and nonce, and keeps them where scripts cannot read", async () => {
    const { address, kept } = await start();
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      client_id: staffClientId,
      response_type: "code",
      redirect_uri: "https://app.example/sign-in/callback",
      code_challenge_method: "S256",
    });
    expect(kept).toMatch(/HttpOnly/);
    expect(kept).toMatch(/SameSite=Lax/);
    expect(kept).toMatch(/Secure/);
  });

  test("redeems the code with the verifier and the identity's own token, and leads back", async () => {
    const { address, cookie } = await start("/report/7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10");
    const nonce = address.searchParams.get("nonce") ?? "";
    const idToken = await office.staffToken("viewer", { nonce });
    const forms = directoryAnswers(idToken);
    const response = await office.request(
      undefined,
      "GET",
      `/sign-in/callback?code=abc&state=${address.searchParams.get("state")}`,
      undefined,
      { cookie },
    );
    expect(response.headers.get("location")).toBe("/report/7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10");
    const form = forms[0] ?? new URLSearchParams();
    expect(
      createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url"),
    ).toBe(address.searchParams.get("code_challenge"));
    expect(form.get("client_assertion")).toBe("identity");
    expect(form.has("client_secret")).toBe(false);
    expect(response.headers.getSetCookie().find((each) => each.startsWith("__Host-session="))).toMatch(
      /HttpOnly.*Secure.*SameSite=Lax/,
    );
  });

  test("another state, another nonce or another browser ends it", async () => {
    const { address, cookie } = await start();
    const state = address.searchParams.get("state");
    directoryAnswers(await office.staffToken("viewer", { nonce: "another" }));
    expect((await office.request(undefined, "GET", "/sign-in/callback?code=abc&state=other", undefined, { cookie })).status).toBe(
      400,
    );
    expect((await office.request(undefined, "GET", `/sign-in/callback?code=abc&state=${state}`)).status).toBe(400);
    expect(
      (await office.request(undefined, "GET", `/sign-in/callback?code=abc&state=${state}`, undefined, { cookie })).status,
    ).toBe(401);
  });

  test.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
  ])("never leads to %j", async (back) => {
    const { address, cookie } = await start(back);
    directoryAnswers(await office.staffToken("viewer", { nonce: address.searchParams.get("nonce") ?? "" }));
    const response = await office.request(
      undefined,
      "GET",
      `/sign-in/callback?code=abc&state=${address.searchParams.get("state")}`,
      undefined,
      { cookie },
    );
    expect(response.headers.get("location")).toBe("/report");
  });

  test("leads to another place in the app with its query", async () => {
    const { address, cookie } = await start("/report?limit=5");
    directoryAnswers(await office.staffToken("viewer", { nonce: address.searchParams.get("nonce") ?? "" }));
    const path = `/sign-in/callback?code=abc&state=${address.searchParams.get("state")}`;
    const response = await office.request(undefined, "GET", path, undefined, { cookie });
    expect(response.headers.get("location")).toBe("/report?limit=5");
  });

  test.each([
    ["that leads elsewhere", { state: "s", nonce: "n", verifier: "v", back: "https://evil.example" }, 302],
    ["without state, nonce and verifier", { back: "/report" }, 400],
    ["that is nothing", null, 400],
  ])("trusts no kept attempt %s", async (_what, attempt, status) => {
    const asked = { state: "", nonce: "", ...attempt };
    directoryAnswers(await office.staffToken("viewer", { nonce: asked.nonce }));
    const kept = Buffer.from(JSON.stringify(attempt)).toString("base64url");
    const path = `/sign-in/callback?code=abc${asked.state && `&state=${asked.state}`}`;
    const response = await office.request(undefined, "GET", path, undefined, { cookie: `__Host-sign-in=${kept}` });
    expect([response.status, response.headers.get("location")]).toEqual([status, status === 302 ? "/report" : null]);
  });

  test("signing out takes the session away, from our own pages only", async () => {
    expect((await office.request(undefined, "POST", "/sign-out")).status).toBe(403);
    const response = await office.request(undefined, "POST", "/sign-out", undefined, { origin: "https://app.example" });
    expect(response.headers.getSetCookie()[0]).toMatch(/__Host-session=;.*Max-Age=0/);
  });
});

test("a key of one's own making does not sign callbacks", async () => {
  const { SignJWT } = await import("jose");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer("https://calls.example")
    .setExpirationTime("5m")
    .sign(privateKey);
  const response = await office.request(undefined, "POST", "/acs/callback/7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10", [], {
    authorization: `Bearer ${token}`,
  });
  expect(response.status).toBe(401);
});
