/**
 * The SignalR browser client and the REST interface against the laptop's service, or against a real one in serverless mode without
 * upstream: CONTRACT_SIGNALR_ENDPOINT=`https://<name>.service.signalr.net`, where DefaultAzureCredential needs "SignalR Service Owner".
 */
import { randomUUID } from "node:crypto";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { HubConnectionBuilder, HubConnectionState, LogLevel } from "@microsoft/signalr";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Clock } from "../../laptop/clock.ts";
import { createSignalR, type SignalRStandIn } from "../../laptop/signalr/signalr.ts";
import { upstreamFor } from "../../laptop/signalr/upstream.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_SIGNALR_ENDPOINT;
const serviceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.SignalRService/signalR/chat";
const hub = "chathub";

let world: World;
let service: SignalRStandIn;
let endpoint: string;
let owner: TokenCredential;
/** Added to the stand-in's time. */
let aheadMs = 0;
const clock: Clock = { nowMs: () => Date.now() + aheadMs, after: () => () => {} };

beforeAll(async () => {
  if (real) {
    endpoint = real.replace(/\/$/, "");
    owner = new DefaultAzureCredential();
    return;
  }
  world = await openWorld();
  service = createSignalR({
    access: world.directory,
    serviceId,
    clock,
    clientOrigins: ["https://chat.example"],
  });
  endpoint = (await world.start(service)).url;
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "SignalR Service Owner", scope: serviceId });
  owner = identity.credential;
});

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  aheadMs = 0;
  await Promise.all(open.splice(0).map((each) => each.stop()));
});
afterAll(() => world?.close());

async function rest(
  method: string,
  path: string,
  { body, credential = owner, version = "2022-11-01" }: { body?: unknown; credential?: TokenCredential; version?: string } = {},
) {
  const token = await credential.getToken("https://signalr.azure.com/.default");
  const mark = path.includes("?") ? "&" : "?";
  return fetch(`${endpoint}/api/hubs/${hub}/${path}${mark}api-version=${version}`, {
    method,
    headers: { authorization: `Bearer ${token?.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const status = async (response: Promise<Response>) => (await response).status;
const someone = () => `user-${randomUUID()}`;

async function tokenFor(user: string, of = hub): Promise<string> {
  const response = await rest("POST", `../${of}/:generateToken?userId=${user}&minutesToExpire=60`);
  return ((await response.json()) as { token: string }).token;
}

async function connected(user: string) {
  const connection = new HubConnectionBuilder()
    .withUrl(`${endpoint}/client/?hub=${hub}`, { accessTokenFactory: () => tokenFor(user) })
    .configureLogging(LogLevel.None)
    .withAutomaticReconnect([0, 0, 0])
    .build();
  await connection.start();
  open.push(connection);
  const waiting: ((said: unknown[]) => void)[] = [];
  const heard: unknown[][] = [];
  connection.on("message", (...said: unknown[]) => {
    const next = waiting.shift();
    if (next) next(said);
    else heard.push(said);
  });
  const hears = () =>
    new Promise<unknown[]>((resolve) => {
      const said = heard.shift();
      if (said) resolve(said);
      else waiting.push(resolve);
    });
  return { connection, hears, id: connection.connectionId ?? "", unheard: heard };
}

const say = (...said: unknown[]) => ({ body: { target: "message", arguments: said } });

describe("publishing", () => {
  test("everyone on the hub hears what is said to all, except who is excluded", async () => {
    const [ann, bob] = await Promise.all([connected(someone()), connected(someone())]);
    expect(await status(rest("POST", `:send?excluded=${ann.id}`, say("first")))).toBe(202);
    expect(await status(rest("POST", ":send", say("second", { deep: ["é", 1] })))).toBe(202);
    expect(await bob.hears()).toEqual(["first"]);
    expect(await bob.hears()).toEqual(["second", { deep: ["é", 1] }]);
    expect(await ann.hears()).toEqual(["second", { deep: ["é", 1] }]);
    expect(ann.unheard).toEqual([]);
  });

  test("a user hears on every connection, and nobody else does", async () => {
    const user = someone();
    const [phone, laptop, other] = await Promise.all([connected(user), connected(user), connected(someone())]);
    expect(await status(rest("POST", `users/${user}/:send`, say("yours")))).toBe(202);
    expect(await Promise.all([phone.hears(), laptop.hears()])).toEqual([["yours"], ["yours"]]);
    await rest("POST", `connections/${other.id}/:send`, say("mine"));
    expect(await other.hears()).toEqual(["mine"]);
  });

  test("a user stays in a group across connections until taken out", async () => {
    const [user, group] = [someone(), randomUUID()];
    expect(await status(rest("PUT", `users/${user}/groups/${group}`))).toBe(200);
    expect(await status(rest("HEAD", `users/${user}/groups/${group}`))).toBe(200);
    const before = await connected(user);
    await rest("POST", `groups/${group}/:send`, say("one"));
    expect(await before.hears()).toEqual(["one"]);
    await before.connection.stop();
    const after = await connected(user);
    await rest("POST", `groups/${group}/:send`, say("two"));
    expect(await after.hears()).toEqual(["two"]);
    expect(await status(rest("DELETE", `users/${user}/groups/${group}`))).toBe(200);
    await rest("POST", `groups/${group}/:send`, say("three"));
    await rest("POST", `users/${user}/:send`, say("four"));
    expect(await after.hears()).toEqual(["four"]);
  });

  test("with a time of nothing a user's connections of now join a group, and those to come do not", async () => {
    const [user, group] = [someone(), randomUUID()];
    const before = await connected(user);
    expect(await status(rest("PUT", `users/${user}/groups/${group}?ttl=0`))).toBe(200);
    const after = await connected(user);
    await rest("POST", `groups/${group}/:send`, say("one"));
    await rest("POST", `users/${user}/:send`, say("two"));
    expect([await before.hears(), await before.hears(), await after.hears()]).toEqual([["one"], ["two"], ["two"]]);
    expect(after.unheard).toEqual([]);
  });

  test("a user is taken out of all groups at once", async () => {
    const [user, one, other] = [someone(), randomUUID(), randomUUID()];
    for (const group of [one, other]) await rest("PUT", `users/${user}/groups/${group}?ttl=60`);
    expect(await status(rest("DELETE", `users/${user}/groups`))).toBe(200);
    for (const group of [one, other]) expect(await status(rest("HEAD", `users/${user}/groups/${group}`))).toBe(404);
  });

  test("a connection joins and leaves a group by itself", async () => {
    const group = randomUUID();
    const { id, hears } = await connected(someone());
    expect(await status(rest("PUT", `groups/${group}/connections/${id}`))).toBe(200);
    expect(await status(rest("HEAD", `groups/${group}`))).toBe(200);
    await rest("POST", `groups/${group}/:send`, say("in"));
    expect(await hears()).toEqual(["in"]);
    expect(await status(rest("DELETE", `groups/${group}/connections/${id}`))).toBe(200);
    expect(await status(rest("HEAD", `groups/${group}`))).toBe(404);
    expect(await status(rest("PUT", `groups/${group}/connections/nobody`))).toBe(404);
  });

  test("who is there can be asked, and sent away with a reason", async () => {
    const user = someone();
    const { connection, id } = await connected(user);
    expect(await status(rest("HEAD", `users/${user}`))).toBe(200);
    expect(await status(rest("HEAD", `connections/${id}`))).toBe(200);
    const closed = new Promise<Error | undefined>((resolve) => connection.onclose(resolve));
    expect(await status(rest("DELETE", `connections/${id}?reason=closing%20time`))).toBe(200);
    expect((await closed)?.message).toContain("closing time");
    expect(await status(rest("HEAD", `users/${user}`))).toBe(404);
    expect(await status(rest("POST", `users/${user}/:closeConnections`))).toBe(204);
  });

  test("a client of a service without upstream that sends is hung up on", async () => {
    const { connection } = await connected(someone());
    const closed = new Promise<Error | undefined>((resolve) => connection.onclose(resolve));
    await expect(connection.invoke("sendMessage", "hello")).rejects.toThrow();
    await closed;
    expect(connection.state).toBe(HubConnectionState.Disconnected);
  });
});

describe("what it refuses", () => {
  test("a request without an api-version, or with one nobody knows", async () => {
    const token = (await owner.getToken("https://signalr.azure.com/.default"))?.token;
    const bare = await fetch(`${endpoint}/api/hubs/${hub}/:send`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(bare.status).toBe(400);
    expect(await status(rest("POST", ":send", { ...say("a"), version: "1999-01-01" }))).toBe(400);
  });

  test("a message that is none", async () => {
    expect(await status(rest("POST", ":send", { body: { arguments: ["no target"] } }))).toBe(400);
  });

  test("a socket or a negotiation with no token, a forged one, or one for another hub", async () => {
    const good = await tokenFor(someone());
    const [head, body] = good.split(".");
    const forged = `${head}.${body}.${Buffer.alloc(32, 7).toString("base64url")}`;
    const wrongHub = await tokenFor(someone(), "otherhub");
    const negotiate = (token: string) =>
      fetch(`${endpoint}/client/negotiate?hub=${hub}&negotiateVersion=1`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
    expect(await status(negotiate(good))).toBe(200);
    for (const token of ["", forged, wrongHub]) {
      expect(await status(negotiate(token))).toBe(401);
      expect(await refusal(`client/?hub=${hub}&access_token=${token}`)).toBe(401);
    }
  });
});

/** The status a socket is turned down with. */
function refusal(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(`${endpoint.replace("https", "wss")}/${path}`, { headers });
  return new Promise((resolve, reject) => {
    socket.on("open", () => {
      socket.terminate();
      reject(new Error("the socket opened"));
    });
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    socket.on("error", () => {});
  });
}

describe.skipIf(real)("what only the laptop's service can show (skipped: a real service is under test)", () => {
  test("a caller without a token, for another audience, or without the role is turned away in the service's shape", async () => {
    const anonymous = await fetch(`${endpoint}/api/hubs/${hub}/:send?api-version=2022-11-01`, { method: "POST" });
    expect([anonymous.status, anonymous.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const { objectId, credential } = world.identity();
    expect(await status(rest("POST", ":send", { ...say("a"), credential }))).toBe(403);
    world.grant({ objectId, role: "SignalR Service Owner", scope: serviceId });
    const token = await world.directory.token({ objectId, audience: "https://storage.azure.com" });
    const elsewhere = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 1_000 }) };
    const answer = await rest("POST", ":send", { ...say("a"), credential: elsewhere });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { code: "InvalidAudience", message: expect.stringContaining("signalr.azure.com") },
    ]);
    expect(await status(rest("POST", ":send", { ...say("a"), credential }))).toBe(202);
  });

  test("a browser token is good for as long as it was asked for, and no longer", async () => {
    const token = await tokenFor(someone());
    aheadMs = 59 * 60_000;
    const negotiate = () =>
      fetch(`${endpoint}/client/negotiate?hub=${hub}`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
    expect(await status(negotiate())).toBe(200);
    aheadMs = 61 * 60_000;
    expect(await status(negotiate())).toBe(401);
    expect(await refusal(`client/?hub=${hub}&access_token=${token}`)).toBe(401);
  });

  test("a user is in a group for as long as was asked for, and without a limit in the newest hundred", async () => {
    const user = someone();
    const isIn = (group: string) => status(rest("HEAD", `users/${user}/groups/${group}`));
    await rest("PUT", `users/${user}/groups/minute?ttl=60`);
    aheadMs = 59_000;
    expect(await isIn("minute")).toBe(200);
    await rest("PUT", `users/${user}/groups/minute?ttl=60`);
    aheadMs = 118_000;
    expect(await isIn("minute")).toBe(200);
    aheadMs = 120_000;
    expect(await isIn("minute")).toBe(404);
    await rest("PUT", `users/${user}/groups/limited?ttl=60`);
    for (let each = 0; each <= 100; each++) await rest("PUT", `users/${user}/groups/lasting-${each}`);
    expect(await Promise.all(["lasting-0", "lasting-1", "lasting-100", "limited"].map(isIn))).toEqual([404, 200, 200, 200]);
    expect(await status(rest("PUT", `users/${user}/groups/minute?ttl=soon`))).toBe(400);
  });

  test("pages of other origins are told nothing, and get no socket", async () => {
    const token = await tokenFor(someone());
    const preflight = (origin: string) =>
      fetch(`${endpoint}/client/negotiate?hub=${hub}`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-headers": "x-signalr-user-agent" },
      });
    expect((await preflight("https://chat.example")).headers.get("access-control-allow-origin")).toBe("https://chat.example");
    expect((await preflight("https://elsewhere.example")).headers.get("access-control-allow-origin")).toBeNull();
    expect(await refusal(`client/?hub=${hub}&access_token=${token}`, { origin: "https://elsewhere.example" })).toBe(403);
  });

  test("a connection token is used once", async () => {
    const token = await tokenFor(someone());
    const answer = await fetch(`${endpoint}/client/negotiate?hub=${hub}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    const { connectionToken } = (await answer.json()) as { connectionToken: string };
    const address = `client/?hub=${hub}&id=${connectionToken}&access_token=${token}`;
    const first = new WebSocket(`${endpoint.replace("https", "wss")}/${address}`);
    await new Promise((resolve) => first.on("open", resolve));
    expect(await refusal(address)).toBe(404);
    first.terminate();
  });

  test("a protocol it does not speak is refused in the handshake", async () => {
    const socket = new WebSocket(
      `${endpoint.replace("https", "wss")}/client/?hub=${hub}&access_token=${await tokenFor(someone())}`,
    );
    const answer = new Promise((resolve) => socket.on("message", (data) => resolve(String(data))));
    socket.on("open", () => socket.send('{"protocol":"messagepack","version":1}\u001e'));
    expect(await answer).toBe('{"error":"The protocol \'messagepack\' is not supported."}\u001e');
  });

  test("a line that breaks is taken up again by the client, as the same user", async () => {
    const user = someone();
    const { connection, id, hears } = await connected(user);
    const back = new Promise((resolve) => connection.onreconnected(resolve));
    (connection as unknown as { connection: { transport: { _webSocket: WebSocket } } }).connection.transport._webSocket.close();
    expect(await back).not.toBe(id);
    await rest("POST", `users/${user}/:send`, say("still you"));
    expect(await hears()).toEqual(["still you"]);
  });

  describe("with an upstream", () => {
    interface Told {
      readonly path: string;
      readonly headers: Headers;
      readonly body: unknown;
    }
    const told: Told[] = [];
    let onTold = () => {};
    const objectId = randomUUID();

    beforeAll(async () => {
      const { url } = await world.start({
        async fetch(request) {
          const path = new URL(request.url).pathname;
          const body = await request.json();
          told.push({ path, headers: request.headers, body });
          onTold();
          if (path.endsWith("/refused")) return new Response(null, { status: 401 });
          if (path.endsWith("/whole")) return new Response('{"type":3,"invocationId":"9","result":"whole"}\u001e');
          return path.includes("/messages/")
            ? Response.json({ echo: (body as { arguments: unknown[] }).arguments })
            : new Response(null);
        },
      });
      const upstream = {
        urlTemplate: `${url}/api/signalr/{hub}/{category}/{event}`,
        audience: "api://chat",
        identityObjectId: objectId,
        directory: world.directory,
      };
      service.configure({
        clientOrigins: [],
        upstreams: [
          { ...upstream, hubPattern: "others, elsewhere", urlTemplate: `${url}/wrong/{hub}/{category}/{event}` },
          { ...upstream, hubPattern: "chathub" },
        ],
      });
    });
    afterAll(() => service.configure({ clientOrigins: [] }));

    async function tells(end: string, of: string): Promise<Told> {
      for (;;) {
        const found = told.findIndex(({ path, headers }) => path.endsWith(end) && headers.get("x-asrs-connection-id") === of);
        if (found >= 0) return told.splice(found, 1)[0]!;
        await new Promise<void>((resolve) => {
          onTold = resolve;
        });
      }
    }

    test("the app learns who came, what they invoke, and that they left, from a caller it can verify", async () => {
      const user = someone();
      const { connection, id } = await connected(user);
      const came = await tells("/api/signalr/chathub/connections/connected", id);
      expect(
        Object.fromEntries(
          ["x-asrs-connection-id", "x-asrs-hub", "x-asrs-user-id"].map((name) => [name, came.headers.get(name)]),
        ),
      ).toEqual({
        "x-asrs-connection-id": id,
        "x-asrs-hub": "chathub",
        "x-asrs-user-id": user,
      });
      const principal = await world.directory.require(came.headers.get("authorization"), {
        audiences: ["api://chat"],
        scope: "",
        anyOf: [],
      });
      expect(principal.objectId).toBe(objectId);
      expect(came.headers.get("x-asrs-client-query")).not.toContain("access_token");
      expect(await connection.invoke("say", "hello", 2)).toEqual({ echo: ["hello", 2] });
      expect((await tells("/messages/say", id)).body).toMatchObject({ type: 1, target: "say", arguments: ["hello", 2] });
      expect(await connection.invoke("whole")).toBe("whole");
      await expect(connection.invoke("refused")).rejects.toThrow("Invocation failed, status code 401");
      await connection.stop();
      expect((await tells("/connections/disconnected", id)).body).toEqual({ error: "" });
    });

    test("the app learns that a line was lost, which nobody meant to leave", async () => {
      const { connection, id } = await connected(someone());
      const back = new Promise((resolve) => connection.onreconnected(resolve));
      (connection as unknown as { connection: { transport: { _webSocket: WebSocket } } }).connection.transport._webSocket.close();
      await back;
      expect((await tells("/connections/disconnected", id)).body).toEqual({ error: "The connection was lost." });
    });

    test("an upstream is told of the hubs, categories and events that it asks for, the first that does alone", () => {
      const upstream = { urlTemplate: "", audience: "", identityObjectId: "", directory: world.directory };
      const some = {
        ...upstream,
        hubPattern: "one,two",
        categoryPattern: "connections",
        eventPattern: "connected, disconnected",
      };
      const rest = { ...upstream, hubPattern: "two", categoryPattern: "*" };
      const toldOf = (hub: string, category: "connections" | "messages", event: string) =>
        [some, rest].indexOf(upstreamFor([some, rest], hub, { category, event }) as typeof some);
      expect(toldOf("one", "connections", "connected")).toBe(0);
      expect(toldOf("TWO", "connections", "disconnected")).toBe(0);
      expect(toldOf("two", "messages", "connected")).toBe(1);
      expect(toldOf("one", "messages", "say")).toBe(-1);
      expect(toldOf("onetwo", "connections", "connected")).toBe(-1);
    });
  });
});
