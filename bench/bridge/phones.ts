/** A process of its own: the phone side of every call, as Call Automation's media sockets speak. Told what to do by bench/bridge.ts. */
import { connect, type Socket } from "node:net";
import { pace, slotOf } from "./pace.ts";
import { type Receipts, Receiver } from "./receipts.ts";
import { monotonicMs, readStamp, silentFrame, writeStamp } from "./stamp.ts";
import { readMessages, textFrame, upgradeRequest } from "./wire.ts";

/** Where calls go: through the bridge, or through the peer it is compared with. */
export type Route = "bridge" | "relay";

export interface PhoneAddress {
  readonly call: number;
  readonly url: string;
  readonly token: string;
}

export type PhonesOrder =
  | { readonly kind: "connect"; readonly route: Route; readonly phones: readonly PhoneAddress[] }
  | { readonly kind: "talk"; readonly route: Route }
  | { readonly kind: "rest" }
  | { readonly kind: "collect"; readonly route: Route };

export interface PhonesReport {
  readonly sent: number;
  readonly receipts: Receipts;
  /** When a call was told to stop playing: call number and monotonic milliseconds. */
  readonly stops: readonly (readonly [number, number])[];
  readonly cpuMs: number;
}

interface Phone {
  readonly call: number;
  readonly socket: Socket;
  readonly frame: Buffer;
  readonly stampAt: number;
  sequence: number;
}

const opening = '{"kind":"AudioData","audioData":{"timestamp":"2026-11-22T00:00:00.000Z","participantRawID":"","data":"';
const metadata = {
  kind: "AudioMetadata",
  audioMetadata: { subscriptionId: "bench", encoding: "PCM", sampleRate: 24_000, channels: 1, length: 960 },
};
const stop = Buffer.from('"stopAudio"');

class Phones {
  readonly #key: string;
  readonly #phones: Phone[] = [];
  readonly #receiver = new Receiver();
  #stops: (readonly [number, number])[] = [];
  #sent = 0;

  constructor(route: Route) {
    // The relay hands the model's own messages on; the bridge translates them.
    this.#key = route === "bridge" ? "data" : "delta";
  }

  async connect(addresses: readonly PhoneAddress[]): Promise<void> {
    for (const address of addresses) this.#phones.push(await this.#open(address));
  }

  async #open({ call, url, token }: PhoneAddress): Promise<Phone> {
    const address = new URL(url);
    const socket = connect(Number(address.port), address.hostname);
    socket.setNoDelay(true);
    socket.write(upgradeRequest(address, { authorization: `Bearer ${token}`, "x-ms-call-connection-id": `bench-${call}` }));
    await opened(socket);
    readMessages(socket, (payload) => this.#message(call, payload));
    const text = textFrame(Buffer.from(`${opening}${silentFrame}","silent":false}}`), true);
    socket.write(textFrame(Buffer.from(JSON.stringify(metadata)), true));
    return { call, socket, frame: text, stampAt: text.indexOf(silentFrame), sequence: 0 };
  }

  #message(call: number, payload: Buffer): void {
    const stamp = readStamp(payload, this.#key);
    if (stamp) this.#receiver.take(call, stamp);
    else if (payload.includes(stop)) this.#stops.push([call, monotonicMs()]);
  }

  /** Sends 20 ms of every call of a slot. */
  send(slot: number): void {
    for (const phone of this.#phones) {
      if (slotOf(phone.call) !== slot) continue;
      const frame = Buffer.from(phone.frame);
      writeStamp(frame, phone.stampAt, { call: phone.call, sequence: phone.sequence++, sentMs: monotonicMs() });
      phone.socket.write(frame);
      this.#sent += 1;
    }
  }

  collect(): Omit<PhonesReport, "cpuMs"> {
    const report = { sent: this.#sent, stops: this.#stops, receipts: this.#receiver.collect() };
    this.#sent = 0;
    this.#stops = [];
    return report;
  }
}

/** Resolves at the answer 101; rejects with any other. */
function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (chunk: Buffer) => {
      const status = chunk.toString("latin1", 0, chunk.indexOf("\r\n"));
      const end = chunk.indexOf("\r\n\r\n") + 4;
      if (!status.includes(" 101 ")) return reject(new Error(`a phone was not let in: ${status}`));
      if (end < chunk.length) socket.unshift(chunk.subarray(end));
      resolve();
    });
  });
}

const phones: Readonly<Record<Route, Phones>> = { bridge: new Phones("bridge"), relay: new Phones("relay") };
let rest: () => void = () => undefined;
let cpuFrom = process.cpuUsage();

process.on("message", (order: PhonesOrder) => {
  void obey(order).then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.message }),
  );
});

async function obey(order: PhonesOrder): Promise<PhonesReport | "done"> {
  switch (order.kind) {
    case "connect":
      await phones[order.route].connect(order.phones);
      return "done";
    case "talk":
      cpuFrom = process.cpuUsage();
      rest = pace((slot) => phones[order.route].send(slot));
      return "done";
    case "rest":
      rest();
      return "done";
    case "collect": {
      const { user, system } = process.cpuUsage(cpuFrom);
      return { ...phones[order.route].collect(), cpuMs: (user + system) / 1_000 };
    }
  }
}

process.on("disconnect", () => process.exit());
