/**
 * The running whole: two people and a visitor chat on one laptop, each with the official SignalR client, and try to hear each other. What the app
 * refuses in detail, and what a token is good for over time, is in tests/functions/signalr.test.ts.
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HubConnection, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshHome, type RunningLaptop, startLaptop } from "../support/laptop.ts";

let laptop: RunningLaptop;
let app: string;
const open: HubConnection[] = [];
beforeAll(async () => {
  const home = await freshHome();
  await writeFile(join(home, "settings.yaml"), JSON.stringify({ config: { chat: { visitors: true } } }));
  laptop = await startLaptop({ LAPTOP_HOME: home, LAPTOP_SETTINGS: join(home, "settings.yaml") });
  app = laptop.outputs.functionAppUrl ?? "";
}, 120_000);
afterAll(async () => {
  await Promise.all(open.map((each) => each.stop()));
  await laptop?.stop();
});

type Headers = Readonly<Record<string, string>>;
type Told = Readonly<Record<string, unknown>>;

const person = async (role: "viewer" | "supervisor"): Promise<Headers> => ({
  authorization: `Bearer ${await laptop.token(role)}`,
});

async function visitor(): Promise<Headers> {
  const made = await post("/api/chat/visitors", { origin: app });
  expect(made.status).toBe(201);
  const [kept = ""] = made.headers.getSetCookie();
  expect(kept).toMatch(/^visitor=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  return { cookie: kept.split(";")[0] ?? "", origin: app };
}

const post = (path: string, headers: Headers, body: unknown = {}) =>
  fetch(`${app}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

async function session(headers: Headers): Promise<string> {
  const answer = await post("/api/ModelRouter", headers, { message: "Hello" });
  return ((await answer.json()) as { sessionId: string }).sessionId;
}

/** A page of theirs, connected as the official client does it when it is given our address alone. */
async function page({ authorization, ...headers }: Headers, query = "") {
  const connection = new HubConnectionBuilder()
    .withUrl(`${app}/api/SignalRInfo${query}`, {
      headers: { ...headers },
      ...(authorization ? { accessTokenFactory: () => authorization.replace("Bearer ", "") } : {}),
    })
    .withAutomaticReconnect([0, 0, 0])
    .configureLogging(LogLevel.None)
    .build();
  const told: Told[] = [];
  let onTold = () => {};
  connection.on("messageReceived", (said: Told) => {
    told.push(said);
    onTold();
  });
  await connection.start();
  open.push(connection);
  return {
    connection,
    /** What it was told up to these words, which come last. */
    async until(words: string): Promise<unknown[]> {
      while (!told.some((each) => each.message === words))
        await new Promise<void>((resolve) => {
          onTold = resolve;
        });
      return told.flatMap(({ message }) => message ?? []);
    },
  };
}

test("R4: two people and a visitor each hear their own messages on all their pages, and none of the others', whatever they try", async () => {
  const [ann, bob, eve] = [await person("viewer"), await person("supervisor"), await visitor()];
  const annsSession = await session(ann);
  const evesSession = await session(eve);
  const pages = {
    ann: await page(ann),
    annsOther: await page(ann),
    bob: await page(bob, `?userId=${claims(ann).oid}`),
    eve: await page(eve, `?userId=${claims(ann).oid}`),
  };
  expect(await pages.ann.connection.invoke("joinSession", annsSession)).toEqual({ status: "Joined", sessionId: annsSession });

  for (const [stranger, its] of [
    [pages.bob, bob],
    [pages.eve, eve],
  ] as const) {
    await expect(stranger.connection.invoke("joinSession", annsSession)).rejects.toThrow("not one of yours");
    await expect(stranger.connection.invoke("say", annsSession, "boo")).rejects.toThrow("not one of yours");
    expect((await post("/api/SignalRMessages", its, { message: "boo", sessionId: annsSession })).status).toBe(403);
  }
  await expect(pages.ann.connection.invoke("joinSession", evesSession)).rejects.toThrow("not one of yours");
  const upstream = `/api/signalr/chathub_main/messages/joinSession`;
  for (const headers of [{}, bob, eve]) expect((await post(upstream, headers, { target: "joinSession" })).status).toBe(401);

  await post("/api/SignalRMessages", ann, { message: "for Ann", sessionId: annsSession });
  await pages.ann.connection.invoke("say", annsSession, "from Ann to Ann");
  await post("/api/SignalRMessages", eve, { message: "for Eve", sessionId: evesSession, userId: claims(ann).oid });

  // Each hears a last word said to them alone after all of that: what has not come by then does not come.
  const last = randomUUID();
  for (const each of [ann, bob, eve]) await post("/api/SignalRMessages", each, { message: last });
  expect(await pages.ann.until(last)).toEqual(["for Ann", "from Ann to Ann", last]);
  expect(await pages.annsOther.until(last)).toEqual(["for Ann", "from Ann to Ann", last]);
  expect(await pages.bob.until(last)).toEqual([last]);
  expect(await pages.eve.until(last)).toEqual(["for Eve", last]);
});

test("R4: a line that breaks is taken up again, in the session still, and ending the session leaves it", async () => {
  const ann = await person("viewer");
  const annsSession = await session(ann);
  const { connection, until } = await page(ann);
  await connection.invoke("joinSession", annsSession);
  const back = new Promise((resolve) => connection.onreconnected(resolve));
  (connection as unknown as { connection: { transport: { _webSocket: WebSocket } } }).connection.transport._webSocket.close();
  await back;
  await post("/api/SignalRMessages", ann, { message: "welcome back", sessionId: annsSession });
  expect(await until("welcome back")).toEqual(["welcome back"]);
  expect((await post(`/api/chat/sessions/${annsSession}/end`, ann)).status).toBe(204);
});

function claims({ authorization = "" }: Headers): { oid: string } {
  return JSON.parse(Buffer.from(authorization.split(".")[1] ?? "", "base64url").toString()) as { oid: string };
}
