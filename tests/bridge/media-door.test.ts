/** Who gets through the door of the media sockets, and what becomes of those who misbehave there: one test for each threat. */
import { randomUUID } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { maxFrameBytes } from "../../runtime/bridge/frames.ts";
import { addressesOf } from "../../runtime/calls/addresses.ts";
import { closeLines, connected, frame, line } from "./line.ts";

afterEach(closeLines);

type Talking = Awaited<ReturnType<typeof connected>>;
async function stillTalks({ phone, model }: Talking, sound = frame): Promise<void> {
  phone.sounds(sound);
  expect(await model.inbox.next("input_audio_buffer.append")).toEqual({ type: "input_audio_buffer.append", audio: sound });
}

describe("the request", () => {
  test("M2: of a socket that comes again with what it was let in with is refused, and the call goes on", async () => {
    const on = await line();
    const { path, callId } = await on.call();
    const token = await on.token();
    const phone = await on.phone(path, undefined, token);
    const headers = { authorization: `Bearer ${token}` };
    expect(await on.connect(path, { headers })).toBe(409);
    await on.rearm(callId);
    expect(await on.connect(path, { headers })).toBe(409);
    expect((await on.store.get(callId))?.media_nonce_sha256).toBeDefined();
    phone.describes();
    expect(await (await on.model.session()).inbox.next("session.update")).toBeDefined();
  });

  test("with a token of any earlier opening is refused, not only of the last", async () => {
    const on = await line();
    on.network.state = "connected";
    const { path, callId } = await on.call();
    const first = await on.token();
    await on.phone(path, undefined, first);
    await on.rearm(callId);
    await on.phone(path);
    await on.rearm(callId);
    expect(await on.connect(path, { headers: { authorization: `Bearer ${first}` } })).toBe(409);
  });

  test("with another token is refused as long as the record does not ask for another opening", async () => {
    const on = await line();
    const { path } = await on.call();
    await on.phone(path);
    expect(await on.connect(path, { headers: { authorization: `Bearer ${await on.token()}` } })).toBe(409);
  });

  test("M5: from a browser's page is refused, whatever it brings", async () => {
    const on = await line();
    const { path, callId } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect(path, { headers, origin: "https://evil.example" })).toBe(403);
    expect((await on.store.get(callId))?.media_nonce_sha256).toBeDefined();
  });

  test.each(["http", "ws"])("M4: that reached the platform's ingress without TLS (%s) is refused", async (protocol) => {
    const on = await line();
    const { path } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}`, "x-forwarded-proto": protocol };
    expect(await on.connect(path, { headers })).toBe(403);
    expect(await on.connect(path, { headers: { ...headers, "x-forwarded-proto": "https" } })).toMatchObject({});
  });

  test("M10: is the only place of the nonce, and no address holds a number or a lasting secret", () => {
    const callId = randomUUID();
    const settings = { FUNCTIONS_URL: "https://app.example/", BRIDGE_URL: "https://bridge.example/" };
    const { callbackUrl, mediaUrl } = addressesOf(callId, "nonce", settings);
    expect(callbackUrl).toBe(`https://app.example/acs/callback/${callId}`);
    expect(mediaUrl).toBe(`wss://bridge.example/media/${callId}?nonce=nonce`);
  });
});

describe("a flood", () => {
  test("M8: of requests from one address is turned away, while a call of that address goes on and others get in later", async () => {
    const on = await line();
    const call = await connected(on);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => on.connect(`/media/${randomUUID()}`)));
    const count = (status: number) => answers.filter((each) => each === status).length;
    expect([count(401), count(429)]).toEqual([300, 700]);
    await stillTalks(call);
    const { path } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    expect(await on.connect(path, { headers })).toBe(429);
    const elsewhere = { ...headers, "x-forwarded-for": "203.0.113.7, 198.51.100.1" };
    expect(await on.connect(`/media/${randomUUID()}`, { headers: elsewhere })).toBe(404);
    on.clock.passes(1_000);
    expect(await on.connect(path, { headers })).toMatchObject({});
  });

  test("from one address is one, whichever port the ingress says each request came from", async () => {
    const on = await line();
    const from = (port: number) =>
      on.connect(`/media/${randomUUID()}`, { headers: { "x-forwarded-for": `198.51.100.1:${port}` } });
    const answers = await Promise.all(Array.from({ length: 301 }, (_, port) => from(40_000 + port)));
    expect(answers.filter((each) => each === 429)).toHaveLength(1);
  });

  test("of sockets that are let in is no flood", async () => {
    const on = await line({ callsPerReplica: 400 });
    const token = await on.token();
    for (let at = 0; at < 310; at++) {
      const { path } = await on.call();
      expect(await on.connect(path, { headers: { authorization: `Bearer ${token}` } })).toMatchObject({});
    }
  });

  test("of attempts on one call is turned away, and does not touch another call", async () => {
    const on = await line();
    const [mine, other] = [await on.call(), await on.call()];
    const headers = { authorization: `Bearer ${await on.token()}` };
    const guesses = [];
    for (let at = 0; at < 11; at++) guesses.push(await on.connect(`/media/${mine.callId}?nonce=${at}`, { headers }));
    expect(guesses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
    expect(await on.connect(other.path, { headers })).toMatchObject({});
    on.clock.passes(1_000);
    expect(await on.connect(mine.path, { headers })).toMatchObject({});
  });

  test("of messages closes the socket that sends them, and no other call suffers", async () => {
    const on = await line();
    const [flooding, other] = [await connected(on), await connected(on)];
    for (let at = 0; at <= 1_000; at++) flooding.phone.sends({ kind: "Unknown" });
    expect(await flooding.phone.inbox.closed).toBe(1008);
    await stillTalks(other);
  });
});

describe("whoever keeps the door waiting", () => {
  test("M9: with a request that never ends is cut off", async () => {
    const on = await line({ requestWithinMs: 100 });
    const [host, port] = on.host.split(":");
    const socket = connectTcp(Number(port), host);
    socket.write("GET /media/x HTTP/1.1\r\nHost: bridge\r\nUpgrade: websocket\r\n");
    const said: Buffer[] = [];
    socket.on("data", (data) => said.push(data));
    await new Promise((resolve) => socket.once("close", resolve));
    expect(Buffer.concat(said).toString()).toMatch(/^HTTP\/1\.1 408/);
  });

  test("as long as the door's own patience says", async () => {
    const on = await line();
    expect([on.server.headersTimeout, on.server.requestTimeout]).toEqual([10_000, 10_000]);
  });

  test.each([
    ["answers no ping is let go of", false, 1006],
    ["answers pings is kept", true, undefined],
  ])("with a socket that falls silent and %s", async (_what, autoPong, code) => {
    const on = await line();
    const { path } = await on.call();
    const phone = await on.phone(path, undefined, undefined, { autoPong });
    phone.describes();
    await roundTrip(phone.socket);
    const pinged = new Promise((resolve) => phone.socket.once("ping", resolve));
    on.clock.passes(10_000);
    await pinged;
    if (autoPong) await roundTrip(phone.socket);
    on.clock.passes(10_000);
    const closed = phone.inbox.closed.then((known) => known as number | undefined);
    expect(await (code ? closed : Promise.race([closed, roundTrip(phone.socket)]))).toBe(code);
  });
});

/** Everything sent before has been taken when our ping is answered. */
async function roundTrip(socket: WebSocket): Promise<undefined> {
  const answered = new Promise<void>((resolve) => socket.once("pong", () => resolve()));
  socket.ping();
  await answered;
}

describe("a socket that sends", () => {
  test.each([
    ["a frame of 64 KiB and more", (phone: Talking["phone"]) => phone.sounds("A".repeat(maxFrameBytes))],
    [
      "a message that never ends",
      ({ socket }: Talking["phone"]) => {
        for (let sent = 0; sent <= maxFrameBytes; sent += 1_024) socket.send("A".repeat(1_024), { fin: false });
      },
    ],
  ])("M6: %s is closed with 1009", async (_what, misbehave) => {
    const on = await line();
    const { phone } = await connected(on);
    misbehave(phone);
    expect(await phone.inbox.closed).toBe(1009);
  });

  test("compressed messages is not understood: compression is never agreed on, so that no small frame becomes a large one", async () => {
    const on = await line();
    const { path } = await on.call();
    const headers = { authorization: `Bearer ${await on.token()}` };
    const answer = await on.connect(path, { headers, perMessageDeflate: true });
    expect(answer).toMatchObject({ socket: { extensions: "" } });
  });

  test.each([
    ["binary", (phone: Talking["phone"]) => phone.socket.send(Buffer.from("AudioData"))],
    ["no JSON", (phone: Talking["phone"]) => phone.socket.send("junk")],
    ["sound that is not base64", (phone: Talking["phone"]) => phone.sounds("*not base64*")],
    ["half a sample", (phone: Talking["phone"]) => phone.sounds(Buffer.alloc(3).toString("base64"))],
    [
      "metadata without a rate",
      ({ sends }: Talking["phone"]) => sends({ kind: "AudioMetadata", audioMetadata: { encoding: "PCM" } }),
    ],
  ])("M7: %s is passed over ten times and then closed with 1007", async (_what, misbehave) => {
    const on = await line();
    const call = await connected(on);
    for (let at = 0; at < 10; at++) misbehave(call.phone);
    await stillTalks(call);
    misbehave(call.phone);
    expect(await call.phone.inbox.closed).toBe(1007);
  });

  test("what this bridge does not know is passed over however often it comes", async () => {
    const on = await line();
    const call = await connected(on);
    for (let at = 0; at < 100; at++) call.phone.sends({ kind: "TranscriptionData", transcriptionData: {} });
    await stillTalks(call);
  });

  test("sound before it has said what kind is not heard, and closed with 1007 when it goes on", async () => {
    const on = await line();
    const phone = await on.phone((await on.call()).path);
    const model = await on.model.session();
    for (let at = 0; at < 11; at++) phone.sounds(frame);
    expect(await phone.inbox.closed).toBe(1007);
    expect(model.inbox.all.filter((each) => each.type === "input_audio_buffer.append")).toEqual([]);
  });
});
