import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { readAccount, visitorsAccountOf } from "../../runtime/chat/account.ts";
import { costUsd } from "../../runtime/chat/price.ts";
import { keepUsage } from "../../runtime/chat/session.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import type { Services } from "../../runtime/services/services.ts";
import type { TextAsk } from "../../runtime/services/text-models.ts";
import { type Office, openOffice } from "./office.ts";

const origin = "https://app.example";
const chat = (visitors: boolean) => ({ CHAT: JSON.stringify({ ...defaultChatOptions, visitors }) });

let office: Office;
beforeEach(async () => {
  office = await openOffice({ environment: chat(true) });
});

const arrives = (headers: Record<string, string> = { origin }, at = office) =>
  at.request(undefined, "POST", "/api/chat/visitors", undefined, headers);
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
const visitor = async (at = office) => ({ cookie: cookieOf(await arrives({ origin }, at)), origin });
const tokenOf = ({ cookie }: { cookie: string }): string => cookie.split("=")[1] ?? "";
const asks = (headers: Record<string, string>, more: Record<string, unknown> = {}, at = office) =>
  at.request(undefined, "POST", "/api/ModelRouter", { message: "Hello", ...more }, headers);
const negotiated = async (headers: Record<string, string>) => {
  const answer = await office.request(undefined, "POST", "/api/SignalRInfo", {}, headers);
  return ((await answer.json()) as { accessToken?: string }).accessToken;
};

describe("a visit", () => {
  test("is a cookie of half a day that no script reads and no other site sends", async () => {
    const answer = await arrives();
    expect(answer.status).toBe(201);
    const [kept = ""] = answer.headers.getSetCookie();
    expect(kept).toMatch(/^__Host-visitor=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(await answer.json()).toEqual({ status: "A visit has started", expires_at: "2026-11-22T21:00:00.000Z" });
  });

  test("is somebody's alone: each has a name of its own, its own sessions, and nobody else's", async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    const names = [await negotiated(ann), await negotiated(bob)];
    for (const name of names) expect(name).toMatch(/^for visitor:[0-9a-f-]{36}$/);
    expect(names[0]).not.toBe(names[1]);
    const { sessionId } = (await (await asks(ann)).json()) as { sessionId: string };
    expect((await asks(ann, { sessionId })).status).toBe(200);
    expect((await asks(bob, { sessionId })).status).toBe(403);
    expect((await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello", sessionId })).status).toBe(403);
  });

  test("goes on while the browser has its cookie", async () => {
    const ann = await visitor();
    const again = await arrives(ann);
    expect([again.status, again.headers.getSetCookie()]).toEqual([200, []]);
  });

  test("ends after half a day, for whoever kept the cookie too", async () => {
    const ann = await visitor();
    office.clock.nowMs += 12 * 3_600_000;
    expect((await asks(ann)).status).toBe(200);
    office.clock.nowMs += 61_000;
    expect((await asks(ann)).status).toBe(401);
    expect((await arrives(ann)).status).toBe(201);
  });

  test("is plain http's on a laptop, whose browser would refuse the stricter name", async () => {
    const laptop = await openOffice({ environment: { ...chat(true), FUNCTIONS_URL: "http://localhost:7071" } });
    const [kept = ""] = (await arrives({ origin: "http://localhost:7071" }, laptop)).headers.getSetCookie();
    expect(kept).toMatch(/^visitor=.*; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  });
});

describe("a visitor", () => {
  test("has no role: whatever is not the chat turns them away", async () => {
    const ann = await visitor();
    const statuses: Record<string, number> = {};
    for (const { method, path } of office.web.routes.filter(
      (each) => each.method !== "ALL" && !/^\/(health|sign)/.test(each.path),
    )) {
      const address = path.replaceAll(/:\w+/g, "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10");
      statuses[`${method} ${path}`] = (
        await office.request(undefined, method, address, method === "GET" ? undefined : {}, ann)
      ).status;
    }
    const isIn = Object.keys(statuses).filter((each) => ![401, 302].includes(statuses[each] ?? 0));
    expect(isIn.every((each) => / \/(api\/(ModelRouter|SignalR|realtime\/|chat\/)|chat$)/.test(each))).toBe(true);
    expect(isIn).toContain("POST /api/ModelRouter");
    expect(statuses).toMatchObject({
      "GET /report": 302,
      "POST /call": 401,
      "GET /chat/sessions": 401,
      "POST /phone/calls": 401,
    });
    expect(statuses["POST /api/signalr/:hub/:category/:event"]).toBe(401);
  });

  test.each([
    ["from another site", { origin: "https://evil.example" }],
    ["from nowhere", { origin: "" }],
  ])("changes nothing %s, and is not made there", async (_what, elsewhere) => {
    const { cookie } = await visitor();
    expect((await asks({ cookie, ...elsewhere })).status).toBe(403);
    const made = await arrives(elsewhere);
    expect([made.status, made.headers.getSetCookie()]).toEqual([403, []]);
  });

  test("waits until midnight when all visitors together have cost what they may; whoever is signed in does not", async () => {
    office = await openOffice({
      environment: { CHAT: JSON.stringify({ ...defaultChatOptions, visitors: true, visitors_budget_usd: 1 }) },
    });
    const [ann, bob] = [await visitor(), await visitor()];
    const { sessionId } = (await (await asks(ann)).json()) as { sessionId: string };
    const usage = { output_token_details: { audio_tokens: 50_000 } };
    const used = {
      of: "resp_1",
      at: office.services.now(),
      kind: "voice",
      deployment: "realtime-cheap",
      choice: "cheap",
    } as const;
    await keepUsage(office.services.documents, sessionId, { ...used, usage });
    const refused = await asks(bob);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(15 * 3_600)]);
    expect(await refused.text()).toContain("closed to visitors");
    expect((await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello" })).status).toBe(200);
    office.clock.nowMs += 15 * 3_600_000;
    expect((await asks(await visitor())).status).toBe(200);
  });

  test("and many others at once cannot spend more than all of them may, by more than one answer", async () => {
    const dearest = costUsd("cheap", "text", { completion_tokens: 4_000 });
    const visitors_budget_usd = 5.5 * dearest;
    let waiting = 0;
    let answerAll: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      answerAll = resolve;
    });
    const answer = async ({ choice }: TextAsk) => {
      waiting++;
      await gate;
      return { text: "Well.", deployment: "chat-fast", model: "m", choice, usage: { completion_tokens: 4_000 } };
    };
    office = await openOffice({
      environment: { CHAT: JSON.stringify({ ...defaultChatOptions, visitors: true, visitors_budget_usd }) },
      services: { textModels: { answer } },
    });
    const many = await Promise.all(
      Array.from({ length: 20 }, async (_, each) => {
        const made = await arrives({ origin, "x-forwarded-for": `198.51.100.${each}` });
        return { cookie: cookieOf(made), origin };
      }),
    );
    const write = (headers: Record<string, string>) =>
      office.request(undefined, "POST", "/api/chat/turns", { message: "Hello" }, headers);
    const refusals: Response[] = [];
    const all = many.map(async (each) => {
      const answer = await write(each);
      if (answer.status !== 200) refusals.push(answer);
    });
    await vi.waitFor(() => expect(waiting + refusals.length).toBe(20), { timeout: 20_000 });
    expect(refusals.map((each) => [each.status, each.headers.get("retry-after")])).toEqual(refusals.map(() => [429, "5"]));
    answerAll();
    await Promise.all(all);
    const { documents, now } = office.services;
    const { spentUsd, holds } = await readAccount(documents, visitorsAccountOf(now()), now());
    expect(holds).toEqual([]);
    expect(spentUsd).toBeGreaterThan(visitors_budget_usd - dearest);
    expect(spentUsd).toBeLessThanOrEqual(visitors_budget_usd + dearest);
    expect(await (await write(many[0]!)).text()).toContain("visitors-budget");
  });

  test("who also shows a token of the directory's is judged by that alone", async () => {
    const ann = await visitor();
    expect((await asks({ ...ann, authorization: "Bearer forged" })).status).toBe(401);
    expect(await negotiated({ ...ann, authorization: `Bearer ${await office.staffToken("viewer")}` })).toBe("for person-1");
  });

  test("cannot come as staff: the session is no bearer token and no session of staff's", async () => {
    const token = tokenOf(await visitor());
    expect((await asks({ authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await asks({ cookie: `__Host-session=${token}`, origin })).status).toBe(401);
    const staff = await office.staffToken("admin");
    expect((await asks({ cookie: `__Host-visitor=${staff}`, origin })).status).toBe(401);
  });
});

describe("where people must sign in", () => {
  test("nobody is made a visitor, and one of before is none any more", async () => {
    const ann = await visitor();
    const closed = await openOffice({ environment: chat(false), services: { visitorKey: office.services.visitorKey } });
    expect((await asks(ann, {}, closed)).status).toBe(401);
    const answer = await arrives({ origin }, closed);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    expect(await answer.text()).toContain("chat.visitors");
    const open = await openOffice({ environment: chat(true), services: { visitorKey: office.services.visitorKey } });
    expect((await asks(ann, {}, open)).status).toBe(200);
  });
});

describe("a session that is not ours", () => {
  const claims = { iss: origin, aud: origin, sub: `visitor:${randomUUID()}`, iat: 1_795_338_000, exp: 1_795_381_200 };
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

  async function made(header: object, told: object, by: Services["visitorKey"] = office.services.visitorKey) {
    const signed = `${encoded(header)}.${encoded(told)}`;
    const signature = await by.sign("version-1", createHash("sha256").update(signed).digest());
    return `${signed}.${Buffer.from(signature).toString("base64url")}`;
  }
  const header = { alg: "ES256", typ: "JWT", kid: "version-1" };
  const status = async (token: string) => (await asks({ cookie: `__Host-visitor=${token}`, origin })).status;

  test("but well made is one, so that what follows is refused for its own reason", async () => {
    expect(await status(await made(header, claims))).toBe(200);
  });

  test.each([
    ["for another app", { aud: "https://other.example" }],
    ["from another app", { iss: "https://other.example" }],
    ["without an end", { exp: undefined }],
    ["without a name", { sub: undefined }],
    ["of somebody of the directory's", { sub: "person-1" }],
  ])("%s opens nothing", async (_what, changed) => {
    expect(await status(await made(header, { ...claims, ...changed }))).toBe(401);
  });

  test.each([
    ["a version nobody knows", { ...header, kid: "version-2" }],
    ["no version", { alg: "ES256" }],
  ])("signed with %s opens nothing", async (_what, told) => {
    expect(await status(await made(told, claims))).toBe(401);
  });

  test("altered, unsigned, signed by another key, or with our public key for a secret opens nothing", async () => {
    const [, payload = "", signature = ""] = (await made(header, claims)).split(".");
    expect(await status(`${encoded(header)}.${encoded({ ...claims, sub: `visitor:${randomUUID()}` })}.${signature}`)).toBe(401);
    expect(await status(`${encoded({ ...header, alg: "none" })}.${payload}.`)).toBe(401);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(await status(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey))).toBe(401);
    const secret = Buffer.from(JSON.stringify(await office.services.visitorKey.publicPart("version-1")));
    expect(await status(await new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(secret))).toBe(401);
  });
});

describe("how many come", () => {
  const from = (forwarded: string) => arrives({ origin, "x-forwarded-for": forwarded });
  const come = async (...places: string[]) => {
    const statuses: number[] = [];
    for (const place of places) statuses.push((await from(place)).status);
    return statuses;
  };
  const ten = Array.from({ length: 10 });

  test("from one place at once is ten, then one every six seconds; other places have ten of their own", async () => {
    expect(await come(...ten.map((_, port) => `198.51.100.7:${5_000 + port}`))).toEqual(ten.map(() => 201));
    expect(await come("198.51.100.7:80", "198.51.100.8:80")).toEqual([429, 201]);
    expect((await from("198.51.100.7:80")).headers.get("retry-after")).toBe("6");
    office.clock.nowMs += 6_000;
    expect(await come("198.51.100.7:80", "198.51.100.7:80")).toEqual([201, 429]);
  });

  test("is not helped by an address that the client wrote itself", async () => {
    expect(await come(...ten.map((_, each) => `203.0.113.${each}, 198.51.100.7:99`))).toEqual(ten.map(() => 201));
    expect(await come("203.0.113.99, 198.51.100.7:99")).toEqual([429]);
  });

  test("from a household of IPv6 is ten, whatever addresses it makes up", async () => {
    expect(await come(...ten.map((_, each) => `[2001:db8:1:2::${each}]:443`))).toEqual(ten.map(() => 201));
    expect(await come("2001:db8:1:2:ffff:ffff:ffff:ffff", "[2001:0db8:0001:0002:0::1]:1", "2001:db8:1:3::1")).toEqual([
      429, 429, 201,
    ]);
  });

  test("counts nobody who is there already", async () => {
    const ann = await visitor();
    for (const _ of ten) expect((await arrives(ann)).status).toBe(200);
  });
});

test("while the vault does not sign, nobody is let in, and what is logged says no more than that", async () => {
  const visitorKey = { ...office.services.visitorKey, sign: () => Promise.reject(new Error("said about Ada")) };
  const closed = await openOffice({ environment: chat(true), services: { visitorKey } });
  const answer = await arrives({ origin }, closed);
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
  expect(JSON.stringify(closed.done.logged)).toContain("could not be signed");
  expect(JSON.stringify(closed.done.logged)).not.toContain("Ada");
});
