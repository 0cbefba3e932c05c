import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import Client, { type WebSocket, WebSocketServer } from "ws";
import { audioFrom } from "../audio.ts";
import { openSessions, socketAddress } from "./session-socket.ts";
import type { ModelBrief, ModelEvent } from "./voice-model.ts";

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const each of server.clients) each.terminate();
    server.close();
  }
});

const brief: ModelBrief = {
  instructions: "You are Ada.",
  tools: [],
  language: "en-US",
  languages: [],
  speed: 1,
  vadThreshold: 0.5,
  vadSilenceMs: 500,
  recognitionMs: 100,
};

/** A session in a dialect whose messages are our own events, and the service's end of it. */
async function session() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  servers.push(server);
  await once(server, "listening");
  const events: ModelEvent[] = [];
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = openSessions(
    {
      scope: "scope",
      address: (deployment) => socketAddress(endpoint, "voice", { deployment }),
      brief: ({ instructions }, opening) => ({ instructions, opening }),
      write: (command) => (command.kind === "hear" ? [command.audio.base64] : [command]),
      read: (data) => JSON.parse(data.toString()) as ModelEvent,
    },
    { getToken: async (scope) => ({ token: `token for ${scope}`, expiresOnTimestamp: 0 }) },
  );
  let wake: () => void = () => undefined;
  const model = open({ deployment: "fast", brief }, (event) => {
    events.push(event);
    wake();
  });
  const [socket, request] = (await once(server, "connection")) as [
    WebSocket,
    { url: string; headers: { authorization: string } },
  ];
  const received: string[] = [];
  socket.on("message", (data) => received.push(data.toString()));
  const says = (event: ModelEvent) => socket.send(JSON.stringify(event));
  const reported = async (count: number) => {
    while (events.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return events;
  };
  return { model, socket, request, received, says, events, reported };
}

test("a session is opened in the app's name, told who it is, and told again when that changes", async () => {
  const { model, socket, request, received } = await session();
  expect(request.url).toBe("/voice?deployment=fast");
  expect(request.headers.authorization).toBe("Bearer token for scope");
  while (received.length < 1) await once(socket, "message");
  model.brief({ ...brief, instructions: "You are Bob." });
  while (received.length < 2) await once(socket, "message");
  expect(received.map((each) => JSON.parse(each))).toEqual([
    { instructions: "You are Ada.", opening: true },
    { instructions: "You are Bob.", opening: false },
  ]);
});

test("it is ready once, whatever it is told later", async () => {
  const { says, reported } = await session();
  says({ kind: "ready" });
  says({ kind: "ready" });
  says({ kind: "speech_stopped" });
  expect(await reported(2)).toEqual([{ kind: "ready" }, { kind: "speech_stopped" }]);
});

test("one that is of no use any more is closed, and told so once", async () => {
  const { socket, says, reported, events } = await session();
  says({ kind: "closed" });
  says({ kind: "speech_stopped" });
  await reported(1);
  await once(socket, "close");
  expect(events).toEqual([{ kind: "closed" }]);
});

test("one that we close ourselves says nothing more", async () => {
  const { model, socket, says, events } = await session();
  model.close();
  says({ kind: "speech_stopped" });
  await once(socket, "close");
  expect(events).toEqual([]);
});

test("sound that the service does not take is dropped, what it is told is not", async () => {
  const { model, socket, received } = await session();
  while (received.length < 1) await once(socket, "message");
  const audio = audioFrom(Buffer.from(Buffer.alloc(960, 1).toString("base64")))!;
  for (let frame = 0; frame < 40_000; frame++) model.send({ kind: "hear", audio });
  model.send({ kind: "note", text: "The end." });
  while (!received.at(-1)?.includes("The end.")) await once(socket, "message");
  const heard = received.filter((each) => each === audio.base64.toString()).length;
  expect(heard).toBeGreaterThan(50);
  // Two seconds, and the megabytes the machine's own connections take in at once.
  expect(heard).toBeLessThan(20_000);
});

test("a service that does not read has sound dropped for it, and no more than two seconds of it queued", async () => {
  const queued: number[] = [];
  const { send } = Client.prototype;
  const sends = vi.spyOn(Client.prototype, "send").mockImplementation(function (this: Client, ...given: unknown[]) {
    Reflect.apply(send, this, given);
    queued.push(this.bufferedAmount);
  });
  const { model, socket, received } = await session();
  while (received.length < 1) await once(socket, "message");
  socket.pause();
  const frame = Buffer.alloc(10_000, "A");
  const frames = 3_000;
  for (let each = 0; each < frames; each++) model.send({ kind: "hear", audio: { base64: frame, durationMs: 20 } });
  expect(Math.max(...queued)).toBeGreaterThan(131_072);
  expect(Math.max(...queued)).toBeLessThanOrEqual(131_072 + 2 * frame.length);
  expect(sends.mock.calls.length).toBeLessThan(frames);
  sends.mockRestore();
});
