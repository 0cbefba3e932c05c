/** One person's messages never reach another's client, whatever that one tries; shown with the official client on both ends. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { groupOf } from "../../runtime/services/signalr.ts";
import { type Chat, type Chatter, hub, openChat, type Tab } from "./chatters.ts";
import { openOffice } from "./office.ts";

let chat: Chat;
beforeAll(async () => {
  chat = await openChat();
});
afterEach(() => chat.leave());
afterAll(() => chat.close());

let ann: Chatter;
let bob: Chatter;
let eve: Chatter;
/** Two people and a visitor, each with a page. */
let tabs: { ann: Tab; bob: Tab; eve: Tab };
let annsSession: string;
beforeEach(async () => {
  [ann, bob, eve] = [await chat.person(), await chat.person(), await chat.visitor()];
  annsSession = await chat.session(ann);
  tabs = { ann: await chat.tab(ann), bob: await chat.tab(bob), eve: await chat.tab(eve) };
});

const everybodyIsQuiet = () => chat.quiet([ann, tabs.ann], [bob, tabs.bob], [eve, tabs.eve]);
const tellAnn = (message: string) => chat.post("/api/SignalRMessages", ann, { message, sessionId: annsSession });
const words = (tab: Tab) => tab.heard.flatMap(({ message }) => message ?? []);

describe("who it is for", () => {
  test("hears what is said in their session, on every page of theirs, and nobody else does", async () => {
    const other = await chat.tab(ann);
    expect((await tellAnn("for Ann")).status).toBe(200);
    const told = { type: "ai-response", message: "for Ann", sessionId: annsSession };
    for (const tab of [tabs.ann, other]) expect(await tab.hears((each) => each.message === "for Ann")).toMatchObject(told);
    await everybodyIsQuiet();
    expect([words(tabs.ann), words(other), tabs.bob.heard, tabs.eve.heard]).toEqual([["for Ann"], ["for Ann"], [], []]);
  });

  test("hears what is sent to themselves, and a visitor is somebody as well", async () => {
    await chat.post("/api/SignalRMessages", eve, { message: "for Eve", userId: ann.id, model: "gpt", timestamp: "yesterday" });
    const told = await tabs.eve.hears((each) => each.message === "for Eve");
    expect(told).toEqual({ type: "ai-response", message: "for Eve", model: "gpt", timestamp: expect.stringMatching(/^20\d\d-/) });
    const session = await chat.session(eve);
    await chat.post("/api/SignalRMessages", eve, { message: "in Eve's session", sessionId: session });
    await everybodyIsQuiet();
    expect([words(tabs.ann), words(tabs.bob), words(tabs.eve)]).toEqual([[], [], ["for Eve", "in Eve's session"]]);
  });

  test("hears which model was chosen for them, and what it answered", async () => {
    await chat.post("/api/ModelRouter", ann, { message: "Hello", sessionId: annsSession });
    const chosen = { type: "decision", sessionId: annsSession, choice: expect.stringMatching(/cheap|strong/) };
    expect(await tabs.ann.hears(({ type }) => type === "decision")).toMatchObject(chosen);
    await chat.post("/api/chat/turns", ann, { message: "Hello", sessionId: annsSession });
    expect(await tabs.ann.hears(({ type }) => type === "ai-response")).toMatchObject({ message: "You said: Hello" });
    await everybodyIsQuiet();
    expect([tabs.bob.heard, tabs.eve.heard]).toEqual([[], []]);
  });

  test("joins their session by asking, says something to all their pages in it, and leaves it", async () => {
    const other = await chat.tab(ann);
    expect(await tabs.ann.connection.invoke("joinSession", annsSession)).toEqual({ status: "Joined", sessionId: annsSession });
    expect(await tabs.ann.connection.invoke("say", annsSession, "hello me")).toMatchObject({ status: "Message sent" });
    expect(await other.hears((each) => each.message === "hello me")).toMatchObject({ type: "said", sessionId: annsSession });
    expect(await other.connection.invoke("leaveSession", annsSession)).toEqual({ status: "Left", sessionId: annsSession });
    await chat.publisher.sendToGroup(annsSession, "messageReceived", { message: "too late" });
    await everybodyIsQuiet();
    expect([words(tabs.ann), tabs.bob.heard, tabs.eve.heard]).toEqual([["hello me"], [], []]);
  });

  test("is still in the session after a line that broke", async () => {
    await tabs.ann.connection.invoke("joinSession", annsSession);
    const back = new Promise((resolve) => tabs.ann.connection.onreconnected(resolve));
    tabs.ann.breakLine();
    await back;
    await chat.appKnows("/connections/disconnected", ann);
    await chat.publisher.sendToGroup(annsSession, "messageReceived", { message: "welcome back" });
    expect(await tabs.ann.hears((each) => each.message === "welcome back")).toBeDefined();
  });
});

describe("what is left behind", () => {
  test("is nothing when somebody closes their last page; another page of theirs keeps them in", async () => {
    const other = await chat.tab(ann);
    await tabs.ann.connection.invoke("joinSession", annsSession);
    const before = chat.signalR.membershipCount();
    await other.connection.stop();
    await chat.appKnows("/connections/disconnected", ann);
    expect(chat.signalR.membershipCount()).toBe(before);
    await tabs.ann.connection.stop();
    await chat.appKnows("/connections/disconnected", ann);
    expect(chat.signalR.membershipCount()).toBe(before - 1);
  });

  test("of whoever is cut off and never returns is over in an hour", async () => {
    await tabs.ann.connection.invoke("joinSession", annsSession);
    const before = chat.signalR.membershipCount();
    expect(before).toBeGreaterThan(0);
    chat.ahead.ms = 3_601_000;
    expect(chat.signalR.membershipCount()).toBe(0);
    await chat.publisher.sendToGroup(annsSession, "messageReceived", { message: "to nobody" });
    await everybodyIsQuiet();
    expect(tabs.ann.heard).toEqual([]);
    await tellAnn("in again");
    await everybodyIsQuiet();
    expect(words(tabs.ann)).toEqual(["in again"]);
  });
});

describe("somebody else", () => {
  test.each([
    ["an address that names another", () => ({ query: `?userId=${ann.id}` })],
    ["headers that name another", () => ({ more: { "x-ms-signalr-userid": ann.id, "x-ms-client-principal-id": ann.id } })],
  ])("connects as themselves with %s", async (_what, forged) => {
    const tab = await chat.tab(bob, forged());
    await tellAnn("for Ann");
    await chat.publisher.sendToUser(ann.id, "messageReceived", { message: "to Ann" });
    await chat.quiet([ann, tabs.ann], [bob, tab]);
    expect([words(tabs.ann), tab.heard]).toEqual([["for Ann", "to Ann"], []]);
  });

  test("is given a token of their own by a body that names another", async () => {
    for (const path of ["/api/SignalRInfo", "/api/SignalRInfo/negotiate?negotiateVersion=1"]) {
      const answer = await chat.post(path, bob, { userId: ann.id, user: ann.id });
      const { accessToken } = (await answer.json()) as { accessToken: string };
      expect(claimsOf(accessToken)).toMatchObject({ "asrs.s.uid": bob.id });
      expect(accessToken).not.toContain(ann.id);
    }
  });

  test("is refused another's session, an unknown one, and the group's own name, all in the same words", async () => {
    for (const tab of [tabs.bob, tabs.eve])
      for (const guess of [annsSession, randomUUID(), groupOf(annsSession)])
        for (const method of ["joinSession", "leaveSession"])
          await expect(tab.connection.invoke(method, guess)).rejects.toThrow("This session is not one of yours.");
    await tellAnn("for Ann");
    await everybodyIsQuiet();
    expect([words(tabs.ann), tabs.bob.heard, tabs.eve.heard]).toEqual([["for Ann"], [], []]);
  });

  test.each([
    ["more than one", (session: string) => [session, session]],
    ["none", () => []],
    ["what is no name", () => ["../../groups"]],
    ["an object", (session: string) => [{ sessionId: session }]],
  ])("is told what a session is when they name %s", async (_what, given) => {
    await expect(tabs.bob.connection.invoke("joinSession", ...given(annsSession))).rejects.toThrow("Validation error");
  });

  test("says nothing in another's session", async () => {
    for (const [chatter, tab] of [
      [bob, tabs.bob],
      [eve, tabs.eve],
    ] as const) {
      const answer = await chat.post("/api/SignalRMessages", chatter, { message: "boo", sessionId: annsSession, userId: ann.id });
      expect(answer.status).toBe(403);
      await expect(tab.connection.invoke("say", annsSession, "boo")).rejects.toThrow("not one of yours");
      await chat.post("/api/SignalRMessages", chatter, { message: "boo", userId: ann.id });
    }
    await everybodyIsQuiet();
    expect([tabs.ann.heard, words(tabs.bob), words(tabs.eve)]).toEqual([[], ["boo"], ["boo"]]);
  });

  test("invokes nothing that there is not", async () => {
    for (const method of ["sendToAll", "constructor", "joinGroup"])
      await expect(tabs.bob.connection.invoke(method, ann.id)).rejects.toThrow("status code 404");
  });

  test("invokes no faster than a person can", async () => {
    const asked = Array.from({ length: 125 }, () => tabs.bob.connection.invoke("leaveSession", annsSession));
    const refusals = (await Promise.allSettled(asked)).map((each) => String((each as PromiseRejectedResult).reason));
    expect(refusals.filter((each) => each.includes("more requests than a person can send")).length).toBeGreaterThanOrEqual(5);
    expect((await tellAnn("for Ann")).status).toBe(200);
  });

  test("is nobody without a token or a visit", async () => {
    for (const headers of [{}, { authorization: "Bearer forged" }, { cookie: eve.headers.cookie ?? "" }])
      expect([401, 403]).toContain((await chat.post("/api/SignalRInfo/negotiate", { headers })).status);
  });
});

describe("a token that was negotiated", () => {
  const negotiated = async (of: Chatter) => {
    const answer = await chat.post("/api/SignalRInfo", of);
    return (await answer.json()) as { url: string; accessToken: string };
  };

  /** Both ways in: the service's own negotiation, and a socket without one. */
  async function statuses(url: string, token: string): Promise<(number | undefined)[]> {
    const address = new URL(url);
    const socket = new WebSocket(`${url.replace("https", "wss")}&access_token=${token}`);
    const refused = new Promise<number | undefined>((resolve) => {
      socket.on("open", () => resolve(101));
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("error", () => {});
    });
    const negotiation = await fetch(`${address.origin}/client/negotiate${address.search}&negotiateVersion=1`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    const both = [negotiation.status, await refused];
    socket.terminate();
    return both;
  }

  test("is good for minutes, and replayed after that for nothing", async () => {
    const { url, accessToken } = await negotiated(ann);
    expect(await statuses(url, accessToken)).toEqual([200, 101]);
    chat.ahead.ms = 6 * 60_000;
    expect(await statuses(url, accessToken)).toEqual([401, 401]);
    const fresh = await negotiated(ann);
    expect(fresh.accessToken).not.toBe(accessToken);
    expect(await statuses(fresh.url, fresh.accessToken)).toEqual([200, 101]);
  });

  test("is for one customer's hub", async () => {
    const { url, accessToken } = await negotiated(ann);
    expect(await statuses(url.replace(hub, "chathub_fabrikam"), accessToken)).toEqual([401, 401]);
  });

  test("with another name in it, or no signature, is nobody's", async () => {
    const { url, accessToken } = await negotiated(bob);
    const [head = "", , signature = ""] = accessToken.split(".");
    const forged = encoded({ ...claimsOf(accessToken), "asrs.s.uid": ann.id, sub: ann.id });
    expect(await statuses(url, `${head}.${forged}.${signature}`)).toEqual([401, 401]);
    expect(await statuses(url, `${encoded({ alg: "none", typ: "JWT" })}.${forged}.`)).toEqual([401, 401]);
  });
});

describe("R10: an event that SignalR tells of", () => {
  const event = { invocationId: "1", type: 1, target: "joinSession" };
  async function tells(
    authorization: string | undefined,
    {
      path = `/api/signalr/${hub}/messages/joinSession`,
      headers = {},
      body,
    }: { path?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> {
    const [, , , told = "", category = "", name = ""] = path.split("/");
    const asrs = { hub: told, category, event: name, "user-id": ann.id, "connection-id": "c" };
    const named = Object.fromEntries(Object.entries(asrs).map(([key, value]) => [`x-asrs-${key}`, value]));
    const given = { ...named, ...headers, ...(authorization ? { authorization: `Bearer ${authorization}` } : {}) };
    return chat.post(path, { headers: given }, body ?? { ...event, target: name, arguments: [annsSession] });
  }
  const service = () => chat.token(chat.serviceObjectId);

  test("is believed when it shows the service's own token", async () => {
    const answer = await tells(await service());
    expect([answer.status, await answer.text()]).toEqual([
      200,
      `{"type":3,"invocationId":"1","result":{"status":"Joined","sessionId":"${annsSession}"}}\u001e`,
    ]);
  });

  test("is nobody's without one, with a person's, another service's, one for another app, or an old one", async () => {
    const before = chat.signalR.membershipCount();
    const tokens = [
      undefined,
      "forged",
      bob.headers.authorization?.replace("Bearer ", ""),
      await chat.token(randomUUID()),
      await chat.token(chat.serviceObjectId, "https://signalr.azure.com"),
      await chat.token(chat.serviceObjectId, `api://${randomUUID()}`),
      await chat.token(chat.serviceObjectId, undefined, -120_000),
    ];
    const answers = await Promise.all(tokens.map((each) => tells(each)));
    expect(answers.map((each) => each.status)).toEqual(tokens.map(() => 401));
    const { cookie = "", origin = "" } = eve.headers;
    expect((await tells(undefined, { headers: { cookie, origin } })).status).toBe(401);
    expect(chat.signalR.membershipCount()).toBe(before);
  });

  test.each([
    ["of another customer's hub", { path: "/api/signalr/chathub_fabrikam/messages/joinSession" }, 403],
    ["whose address says another hub than its headers", { headers: { "x-asrs-hub": "chathub_fabrikam" } }, 403],
    ["whose address says another event than its headers", { headers: { "x-asrs-event": "say" } }, 400],
    ["whose body invokes another method", { body: { ...event, target: "say", arguments: [] } }, 400],
    ["of a connection that is nobody's", { headers: { "x-asrs-user-id": "" } }, 403],
    ["of a kind there is not", { path: `/api/signalr/${hub}/connections/upgraded` }, 404],
    ["in a category there is not", { path: `/api/signalr/${hub}/groups/joined` }, 404],
    ["in another protocol", { headers: { "content-type": "application/x-msgpack" } }, 415],
    ["that is no JSON", { body: "{" }, 400],
    ["that is too large", { body: { ...event, arguments: ["x".repeat(41_000)] } }, 413],
  ])("%s is refused", async (_what, given, status) => {
    expect((await tells(await service(), given)).status).toBe(status);
  });

  test("is read only once its sender is known", async () => {
    expect((await tells(undefined, { body: "{" })).status).toBe(401);
    expect((await tells("forged", { body: "x".repeat(50_000) })).status).toBe(401);
  });
});

test("while SignalR does not answer, people are told so and nothing of them is logged, and chatting goes on without it", async () => {
  const down = () => Promise.reject(new Error("said about Ada"));
  const publisher = { ...chat.publisher, negotiate: down, sendToUser: down, sendToSession: down };
  const office = await openOffice({ services: { publisher } });
  const asks = async (path: string, body: object) => {
    const answer = await office.request("viewer", "POST", path, body);
    return { status: answer.status, said: (await answer.json()) as { sessionId: string } };
  };
  const { status, said } = await asks("/api/ModelRouter", { message: "Hello" });
  expect(status).toBe(200);
  for (const [path, body] of [
    ["/api/SignalRInfo", {}],
    ["/api/SignalRMessages", { message: "Hello" }],
    ["/api/SignalRMessages", { message: "Hello", sessionId: said.sessionId }],
  ] as const)
    expect((await asks(path, body)).status).toBe(503);
  expect(office.done.logged.length).toBeGreaterThan(0);
  const logged = JSON.stringify(office.done.logged);
  for (const theirs of ["Ada", said.sessionId]) expect(logged).not.toContain(theirs);
});

test("no log line says who chats, in which session, or what", () => {
  const logged = JSON.stringify(chat.office.done.logged);
  expect(chat.secrets.length).toBeGreaterThan(100);
  for (const secret of [...chat.secrets, "for Ann", "boo"]) expect(logged).not.toContain(secret);
});

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
