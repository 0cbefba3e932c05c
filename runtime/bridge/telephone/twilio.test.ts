import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { VirtualClock } from "../../../tests/support/virtual-clock.ts";
import type { Call } from "../../calls/call.ts";
import type { Audio } from "../audio.ts";
import type { Admission } from "./media-route.ts";
import type { TelephoneEvent } from "./telephone.ts";
import { TwilioTelephone } from "./twilio.ts";
import { TwilioStream } from "./twilio-stream.ts";

/** The socket of one media stream, seen from Twilio's side. */
class Socket extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { event: string; mark?: { name: string }; media?: { payload: string } }[] = [];
  closedWith: number | undefined;
  send(message: Buffer): void {
    this.sent.push(JSON.parse(message.toString()) as { event: string });
  }
  close(code: number): void {
    this.closedWith = code;
    this.breaks();
  }
  terminate(): void {
    this.breaks();
  }
  ping(): void {
    this.emit("pong");
  }
  says(message: object): void {
    this.emit("message", Buffer.from(JSON.stringify(message)), false);
  }
  breaks(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close");
  }
  /** Everything sent so far was played. */
  plays(): void {
    for (const { event, mark } of this.sent.splice(0)) if (event === "mark") this.says({ event: "mark", mark });
  }
  get events(): string[] {
    return this.sent.map((each) => each.event);
  }
}

const second: Audio = { base64: Buffer.from(Buffer.alloc(48_000).toString("base64")), durationMs: 1_000 };
const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8_000, channels: 1 };

async function line({ state = "connected" as "connected" | "gone" | "unknown" } = {}) {
  const clock = new VirtualClock();
  const done: string[] = [];
  const network = { state, asked: 0, refuses: false };
  const record = { call_id: "call-1", status: "connected", media_used: { nonce_sha256: "n", token_sha256: "one" } } as Call;
  const streams = new Map<unknown, TwilioStream>();
  const admission: Admission = { call: record, resumed: false, opening: "one", connectionId: "CA1" };
  const telephone = new TwilioTelephone({
    admission,
    clock,
    store: { get: async () => record },
    carrier: {
      hangUp: async (id) => void done.push(`hang up ${id}`),
      async transfer(id, to, callId) {
        if (network.refuses) throw new Error("refused");
        done.push(`transfer ${id} of ${callId} to ${to}`);
      },
      async state() {
        network.asked++;
        if (network.state === "unknown") throw new Error("no answer");
        return network.state;
      },
    },
    streamOf: (socket) => streams.get(socket),
  });
  /** Another socket, over which `before` comes before the phone has it. */
  const attach = (...before: object[]): { socket: Socket; taken: boolean } => {
    const socket = new Socket();
    const stream = new TwilioStream(socket as unknown as WebSocket, clock);
    streams.set(socket, stream);
    socket.says({ event: "start", start: { streamSid: "MZ1", callSid: "CA1", mediaFormat } });
    for (const message of before) socket.says(message);
    return { socket, taken: telephone.attach(socket as unknown as WebSocket, admission) };
  };
  const { socket } = attach();
  const events: TelephoneEvent[] = [];
  telephone.listen((event) => events.push(event));
  const kinds = () => events.map((each) => each.kind);
  return { clock, done, network, telephone, socket, attach, events, kinds, record };
}

/** What was promised happens. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe("sound", () => {
  test("of the caller comes as 20 ms of 24 kHz", async () => {
    const { socket, events } = await line();
    socket.says({ event: "media", media: { track: "inbound", payload: Buffer.alloc(160, 0xff).toString("base64") } });
    expect(events).toMatchObject([{ kind: "audio", audio: { durationMs: 20 } }]);
  });

  test("and digits that came while the call was looked up are not lost, nor their order", async () => {
    const { attach, events } = await line();
    attach({ event: "dtmf", dtmf: { digit: "1" } }, { event: "dtmf", dtmf: { digit: "2" } });
    expect(events.slice(-2)).toEqual([
      { kind: "digit", digit: "1" },
      { kind: "digit", digit: "2" },
    ]);
  });

  test("goes out with a mark behind each piece, and is cleared when stopped", async () => {
    const { telephone, socket } = await line();
    telephone.play(second);
    telephone.play(second);
    telephone.stop();
    expect(socket.events).toEqual(["media", "mark", "media", "mark", "clear"]);
    expect(new Set(socket.sent.flatMap(({ mark }) => mark?.name ?? [])).size).toBe(2);
  });
});

test("what follows a stop begins from silence, not with the end of what was cut off", async () => {
  const { telephone, socket } = await line();
  const loud = Buffer.alloc(960);
  for (let at = 0; at < 960; at += 2) loud.writeInt16LE(20_000, at);
  telephone.play({ base64: Buffer.from(loud.toString("base64")), durationMs: 20 });
  telephone.stop();
  telephone.play({ base64: Buffer.from(Buffer.alloc(960).toString("base64")), durationMs: 20 });
  const payload = socket.sent.findLast((each) => each.event === "media")?.media?.payload ?? "";
  expect(Buffer.from(payload, "base64")).toEqual(Buffer.alloc(160, 0xff));
});

describe("hanging up", () => {
  test("waits for the last word, when the network is late", async () => {
    const { telephone, socket, done } = await line();
    telephone.play(second);
    const hungUp = telephone.hangUp();
    await settled();
    expect(done).toEqual([]);
    socket.plays();
    await hungUp;
    expect(done).toEqual(["hang up CA1"]);
  });

  test("waits two seconds for a mark that never comes, and not at all when everything was played or stopped", async () => {
    const late = await line();
    late.telephone.play(second);
    const hungUp = late.telephone.hangUp();
    late.clock.pass(1_999);
    await settled();
    expect(late.done).toEqual([]);
    late.clock.pass(1);
    await hungUp;
    const stopped = await line();
    stopped.telephone.play(second);
    stopped.telephone.stop();
    await stopped.telephone.hangUp();
    expect([...late.done, ...stopped.done]).toEqual(["hang up CA1", "hang up CA1"]);
  });

  test("is not held up by marks that Twilio makes up", async () => {
    const { telephone, socket, done } = await line();
    telephone.play(second);
    for (const name of ["9", "-1", "x", "0"]) socket.says({ event: "mark", mark: { name } });
    const hungUp = telephone.hangUp();
    await settled();
    expect(done).toEqual([]);
    socket.plays();
    await hungUp;
  });

  test("reports the call closed once Twilio has ended the stream, asking nobody", async () => {
    const { telephone, socket, kinds, network } = await line();
    await telephone.hangUp();
    socket.breaks();
    await settled();
    expect(kinds()).toEqual(["closed"]);
    expect(network.asked).toBe(0);
  });
});

describe("a stream that ends", () => {
  test("by Twilio's word has ended with its call", async () => {
    const { socket, kinds, network } = await line();
    socket.says({ event: "stop" });
    socket.breaks();
    await settled();
    expect(kinds()).toEqual(["closed"]);
    expect(network.asked).toBe(0);
  });

  test("without a word is an interruption, and closed when Twilio says that the call is gone", async () => {
    const { socket, kinds } = await line({ state: "gone" });
    socket.breaks();
    await settled();
    expect(kinds()).toEqual(["interrupted", "closed"]);
  });

  test.each(["connected", "unknown"] as const)("while Twilio's word is %s is waited for, twenty seconds", async (state) => {
    const { socket, kinds, clock, network } = await line({ state });
    socket.breaks();
    for (let passedMs = 0; passedMs < 19_900; passedMs += 100) {
      await settled();
      clock.pass(100);
    }
    await settled();
    expect(kinds()).toEqual(["interrupted"]);
    expect(network.asked).toBeGreaterThan(3);
    clock.pass(200);
    await settled();
    expect(kinds()).toEqual(["interrupted", "closed"]);
  });

  test("is followed by another: resumed, and nothing asked any more", async () => {
    const { socket, kinds, clock, network, attach, telephone } = await line();
    socket.breaks();
    await settled();
    const again = attach();
    expect(again.taken).toBe(true);
    const { asked } = network;
    clock.pass(60_000);
    await settled();
    expect(kinds()).toEqual(["interrupted", "resumed"]);
    expect(network.asked).toBe(asked);
    telephone.play(second);
    expect([socket.events, again.socket.events]).toEqual([[], ["media", "mark"]]);
  });

  test("is replaced by another while it is still there", async () => {
    const { socket, kinds, attach } = await line();
    attach();
    expect(socket.closedWith).toBe(1000);
    expect(kinds()).toEqual(["interrupted", "resumed"]);
  });

  test("is over here when another bridge has the call's sound by now", async () => {
    const { socket, kinds, record } = await line();
    Object.assign(record, { media_used: { nonce_sha256: "n", token_sha256: "two" } });
    socket.breaks();
    await settled();
    expect(kinds()).toEqual(["interrupted", "closed"]);
  });
});

describe("handing the caller over", () => {
  test("ends the stream, not the call", async () => {
    const { telephone, socket, kinds, done } = await line();
    await telephone.transfer("+33144556677");
    socket.says({ event: "stop" });
    socket.breaks();
    await settled();
    expect(done).toEqual(["transfer CA1 of call-1 to +33144556677"]);
    expect(kinds()).toEqual(["interrupted"]);
  });

  test("that is refused leaves everything as it was", async () => {
    const { telephone, socket, kinds, network } = await line();
    network.refuses = true;
    await expect(telephone.transfer("+33144556677")).rejects.toThrow("refused");
    socket.says({ event: "stop" });
    expect(kinds()).toEqual(["closed"]);
  });
});

test("letting go closes the socket, reports nothing and takes no other", async () => {
  const { telephone, socket, kinds, attach, clock } = await line();
  telephone.close();
  expect(socket.closedWith).toBe(1000);
  expect(attach().taken).toBe(false);
  clock.pass(60_000);
  await settled();
  expect(kinds()).toEqual([]);
});
