/** What is queued for a phone that does not read, or taken from one that does not stop, is bounded. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { processClock } from "../clock.ts";
import { type MediaSocket, mostUnsentBytes, openMediaSocket, type SocketEvent } from "./media-socket.ts";

/** A second of the phone's sound, as it goes out. */
const second = Buffer.alloc(64_000, "A");

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const each of server?.clients ?? []) each.terminate();
  server?.close();
});

/** Our end of a phone's socket, and the phone, which reads nothing when it is `deaf`. */
async function connected({ deaf }: { deaf: boolean }) {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  const phone = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  phone.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [WebSocket];
  await once(phone, "open");
  if (deaf) phone.pause();
  const events: SocketEvent[] = [];
  const lost = Promise.withResolvers<void>();
  const media = openMediaSocket(socket, processClock, (event) => {
    events.push(event);
    if (event.kind === "lost") lost.resolve();
  });
  return { media, socket, phone, events, lost: lost.promise };
}

/** Sends a second of sound after the other, as long as the socket takes any, and twice its share at most; the most that was queued, in bytes. */
function speaks(media: MediaSocket, socket: WebSocket): number {
  let queued = 0;
  while (socket.readyState === WebSocket.OPEN && queued < 2 * mostUnsentBytes) {
    media.send(second);
    queued = Math.max(queued, socket.bufferedAmount);
  }
  return queued;
}

test("a phone that takes no sound is hung up on before more than its share is queued, and nothing is queued after that", async () => {
  const { media, socket, events, lost } = await connected({ deaf: true });
  const queued = speaks(media, socket);
  expect(queued).toBeGreaterThan(mostUnsentBytes - 2 * second.length);
  expect(queued).toBeLessThanOrEqual(mostUnsentBytes + 1_024);
  await lost;
  media.send(second);
  expect(socket.bufferedAmount).toBeLessThanOrEqual(mostUnsentBytes + 1_024);
  expect(events).toEqual([{ kind: "lost" }]);
  media.close();
});

test("one message beyond the share is not queued at all", async () => {
  const { media, socket, lost } = await connected({ deaf: true });
  media.send(Buffer.alloc(mostUnsentBytes + 1));
  expect(socket.bufferedAmount).toBe(0);
  await lost;
});

test("a phone that reads is sent ten minutes of sound as fast as it takes them, and stays", async () => {
  const { media, socket, phone, events } = await connected({ deaf: false });
  const seconds = 600;
  let sent = 0;
  let heard = 0;
  const all = Promise.withResolvers<void>();
  const speak = () => {
    while (sent < seconds && socket.bufferedAmount < mostUnsentBytes / 2) {
      media.send(second);
      sent++;
    }
  };
  phone.on("message", () => {
    speak();
    if (++heard === seconds) all.resolve();
  });
  speak();
  await all.promise;
  expect([socket.readyState, events]).toEqual([WebSocket.OPEN, []]);
  media.close();
});

test("a phone that never stops is closed with 1008, and nothing of what it goes on to send is taken", async () => {
  const { socket, phone, events } = await connected({ deaf: false });
  phone.send(
    JSON.stringify({ kind: "AudioMetadata", audioMetadata: { encoding: "PCM", sampleRate: 24_000, channels: 1, length: 960 } }),
  );
  const digit = JSON.stringify({ kind: "DtmfData", dtmfData: { data: "1" } });
  for (let each = 0; each < 5_000; each++) phone.send(digit);
  const [code] = (await once(phone, "close")) as [number];
  expect(code).toBe(1008);
  expect(events.filter(({ kind }) => kind === "digit").length).toBeLessThanOrEqual(1_000);
  expect(socket.readyState).not.toBe(WebSocket.OPEN);
});
