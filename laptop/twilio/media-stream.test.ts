/** The laptop's Twilio towards an app that holds the other end of a media stream. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { Exchange } from "../telephone/exchange.ts";
import { createTwilio } from "./twilio.ts";
import { signature } from "./webhooks.ts";

const number = "+33199002737";
const anna = "+33612345678";
const authToken = "0123456789abcdef0123456789abcdef";
const accountSid = `AC${"a".repeat(32)}`;

type Message = { event: string; sequenceNumber?: string; streamSid?: string; mark?: { name: string }; [more: string]: unknown };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An app that streams every call to itself, and a caller. */
async function app({ scheme = "ws", query = "" } = {}) {
  const clock = new VirtualClock();
  const exchange = new Exchange({ clock });
  const server = createServer();
  servers.push(server);
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
  const told: URLSearchParams[] = [];
  createTwilio({
    clock,
    exchange,
    accountSid,
    authToken,
    numbers: { [number]: { voiceUrl: "https://app.example/voice" } },
    fetch: (async (url: string, init: RequestInit) => {
      told.push(init.body as URLSearchParams);
      if (!url.endsWith("/voice")) return new Response(null, { status: 204 });
      return new Response(
        `<Response><Connect><Stream url="${address}${query}" statusCallback="https://app.example/stream"><Parameter name="a" value="b"/></Stream></Connect></Response>`,
      );
    }) as typeof fetch,
  });
  const caller = { ending: "" };
  const seat = exchange.dial(anna, number, {
    ended: (ending) => {
      caller.ending = ending;
    },
  });
  const messages: Message[] = [];
  const opened = new Promise<{ socket: WebSocket; path: string; signed: unknown }>((resolve) => {
    sockets.on("connection", (socket, request) => {
      socket.on("message", (data) => messages.push(JSON.parse(data.toString()) as Message));
      resolve({ socket, path: request.url ?? "", signed: request.headers["x-twilio-signature"] });
    });
  });
  async function until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; !isSo(); turn++) {
      if (turn > 5_000) throw new Error("It never came to this.");
      clock.pass(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const events = () => told.flatMap((each) => each.get("StreamEvent") ?? []);
  return { clock, seat, caller, opened, messages, until, events, told, address };
}

test("a stream is opened with Twilio's signature, without the address's query, and says first what it is", async () => {
  const on = await app({ query: "?token=x" });
  await on.until(() => on.messages.length > 3);
  const { path, signed } = await on.opened;
  expect(path).toBe("/media");
  expect(signed).toBe(signature(authToken, on.address));
  expect(on.messages[0]).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" });
  expect(on.messages[1]).toMatchObject({
    event: "start",
    sequenceNumber: "1",
    start: {
      accountSid,
      tracks: ["inbound"],
      customParameters: { a: "b" },
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8_000, channels: 1 },
    },
  });
  expect(on.messages[2]).toMatchObject({
    event: "media",
    sequenceNumber: "2",
    media: { track: "inbound", chunk: "1", timestamp: "20" },
  });
  expect(on.events()).toEqual(["stream-started"]);
});

test("marks come back when what was sent before them was played, and at once when it is cleared", async () => {
  const on = await app();
  const { socket } = await new Promise<Awaited<typeof on.opened>>((resolve) => {
    void on.opened.then(resolve);
    void on.until(() => on.messages.length > 2);
  });
  await on.until(() => on.messages.some((each) => each.event === "media"));
  const streamSid = on.messages[1]?.streamSid;
  const says = (message: object) => socket.send(JSON.stringify({ ...message, streamSid }));
  const marks = () => on.messages.flatMap((each) => each.mark?.name ?? []);
  const payload = Buffer.alloc(8_000, 0x10).toString("base64");
  says({ event: "media", media: { payload } });
  says({ event: "mark", mark: { name: "one" } });
  const fromMs = on.clock.nowMs();
  await on.until(() => marks().length === 1);
  expect(on.clock.nowMs() - fromMs).toBeGreaterThanOrEqual(1_000);
  says({ event: "media", media: { payload } });
  says({ event: "mark", mark: { name: "two" } });
  says({ event: "mark", mark: { name: "three" } });
  says({ event: "clear" });
  const clearedMs = on.clock.nowMs();
  await on.until(() => marks().length === 3);
  expect(on.clock.nowMs() - clearedMs).toBeLessThan(900);
  expect(marks()).toEqual(["one", "two", "three"]);
});

test.each([
  ["of an unknown kind", { event: "play" }],
  ["without its stream's id", { event: "clear", streamSid: "MZ0" }],
  ["whose sound is not base64", { event: "media", media: { payload: "####" } }],
])("a message %s ends the stream with error 31924", async (_what, message) => {
  const on = await app();
  await on.until(() => on.messages.length > 2);
  const { socket } = await on.opened;
  socket.send(JSON.stringify({ streamSid: on.messages[1]?.streamSid, ...message }));
  await on.until(() => on.caller.ending !== "");
  expect(on.told.at(-1)?.get("StreamError")).toContain("31924");
});

test("an address of another scheme is error 31922", async () => {
  const on = await app({ scheme: "http" });
  await on.until(() => on.caller.ending !== "");
  expect(on.told.at(-1)?.get("StreamError")).toContain("31922");
});

test("a caller who hangs up stops the stream by Twilio's word", async () => {
  const on = await app();
  await on.until(() => on.messages.length > 2);
  on.seat.leave();
  await on.until(() => on.messages.at(-1)?.event === "stop");
  await on.until(() => on.events().includes("stream-stopped"));
});
