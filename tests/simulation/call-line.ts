/** One call as Call Automation and the telephone network have it: who is on it, its sound, and what is reported of it. */
import { Handset } from "./handset.ts";
import { MediaSocket } from "./media-socket.ts";
import type { Network } from "./network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Line, Piece, Utterance } from "./sounds.ts";
import type { World } from "./world.ts";

const metadata = Buffer.from(
  JSON.stringify({
    kind: "AudioMetadata",
    audioMetadata: { subscriptionId: "s", encoding: "PCM", sampleRate: 24_000, channels: 1, length: 960 },
  }),
);
const playOpening = '{"kind":"audioData","audioData":{"data":"'.length;
const playClosing = '"}}'.length;

export interface Report {
  readonly kind: string;
  readonly code?: number;
  readonly subCode?: number;
  readonly [name: string]: unknown;
}

export class CallLine implements Line {
  readonly name: string;
  readonly direction: "inbound" | "outbound";
  /** The caller, E.164. */
  readonly number: string;
  readonly context: string;
  state: "idle" | "ringing" | "connected" | "over" = "idle";
  callId: string | undefined;
  connectionId: string | undefined;
  mediaUrl = "";
  streaming: "off" | "opening" | "on" = "off";
  socket: MediaSocket | undefined;
  colleague: string | undefined;
  /** Whoever began it was told that it failed. */
  unsure = false;
  /** Somebody who asked for its sound was told that this failed, and goes on asking whatever others do. */
  unsureOpening = false;
  /** How often it was asked for sound that flowed. */
  needless = 0;
  answers = 0;
  dials = 0;
  overAtMs = 0;
  readonly handset: Handset;
  readonly #world: World;
  readonly #network: Network;
  #rosters = 0;
  #bridge: SimulatedProcess | undefined;

  constructor(world: World, network: Network, index: number, direction: CallLine["direction"]) {
    this.#world = world;
    this.#network = network;
    this.name = `call ${index}`;
    this.direction = direction;
    this.number = `+3361234560${index}`;
    this.context = `context-${index}`;
    this.handset = new Handset(world);
  }

  /** The two are connected, and the bridge's address is opened. */
  connect(): void {
    this.state = "connected";
    this.#world.note(() => `${this.name}: connected`);
    this.report({ kind: "CallConnected" });
    this.reportRoster();
    this.openMedia();
  }

  /** The call is over for everyone. */
  end(result: { kind?: string; code?: number; subCode?: number } = {}): void {
    if (this.state === "over") return;
    const was = this.state;
    this.state = "over";
    this.overAtMs = this.#world.scheduler.nowMs;
    this.handset.silence();
    this.#world.note(() => `${this.name}: over`);
    this.socket?.finish();
    this.socket = undefined;
    if (was === "idle" || !this.connectionId) return;
    if (this.streaming === "on" && this.#world.random.chance(0.5)) this.report({ kind: "MediaStreamingStopped" });
    this.report({ kind: "CallDisconnected", code: 200, subCode: 7_000, ...result });
  }

  report(report: Report): void {
    this.#network.report(this, report);
  }

  reportRoster(): void {
    const numbers = [this.number, ...(this.colleague ? [this.colleague] : [])];
    this.report({
      kind: "ParticipantsUpdated",
      sequenceNumber: ++this.#rosters,
      participants: numbers.map((number) => ({ identifier: { rawId: `4:${number}`, phoneNumber: { value: number } } })),
    });
  }

  /** The service opens the bridge's address; what comes of it is reported. */
  openMedia(): void {
    this.streaming = "opening";
    const { random } = this.#world;
    this.#world.at(random.between(5, 150), () => {
      if (this.state !== "connected") return;
      if (this.#world.trouble(this.#world.plan.mediaRefused)) return this.#lost("MediaStreamingFailed");
      this.#network.bridges.open(this, {
        opened: (bridge, take) => this.#opened(bridge, take),
        refused: () => this.#lost("MediaStreamingFailed"),
      });
    });
  }

  /** A frame of the caller's; nobody hears it without a socket. */
  says(utterance: Utterance, part: "first" | "last"): void {
    const { base64 } = this.#world.sounds.of({ of: "caller", line: this, utterance, part }, 0);
    this.#world.note(() => `${this.name}: says ${utterance.itemId}, ${part}`);
    this.socket?.deliver(
      Buffer.from(
        `{"kind":"AudioData","audioData":{"timestamp":"2026-11-22T09:00:00Z","data":"${base64.toString("latin1")}","silent":false}}`,
      ),
    );
  }

  presses(digit: string): void {
    this.#world.note(() => `${this.name}: presses a key`);
    this.socket?.deliver(Buffer.from(`{"kind":"DtmfData","dtmfData":{"data":"${digit}"}}`));
  }

  /** The service's connection to the bridge breaks. */
  loseMedia(): void {
    this.#world.note(() => `${this.name}: its media socket breaks`);
    this.socket?.cut();
  }

  #opened(bridge: SimulatedProcess, take: (socket: MediaSocket) => void): void {
    const socket = new MediaSocket(this.#world, bridge, {
      received: (message) => this.#received(message),
      gone: (orderly) => this.#gone(socket, orderly),
    });
    take(socket);
    this.#world.note(() => `${this.name}: media socket at ${bridge.name}`);
    if (this.#bridge)
      this.#world.saw(
        this.#bridge === bridge ? "a call's sound is back at its bridge" : "a call's sound goes on at another bridge",
      );
    this.#bridge = bridge;
    if (this.state !== "connected") {
      socket.finish();
      return;
    }
    this.socket = socket;
    this.streaming = "on";
    socket.deliver(metadata);
    // What lost the answer to the one who asked for it is likely to lose the report too.
    if (!this.unsureOpening || !this.#world.trouble(0.9)) this.report({ kind: "MediaStreamingStarted" });
    if (this.#world.trouble(this.#world.plan.mediaLost))
      this.#world.at(this.#world.random.between(50, 15_000), () => this.socket === socket && this.loseMedia());
  }

  #gone(socket: MediaSocket, orderly: boolean): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.handset.silence();
    if (this.state !== "connected") return;
    this.#lost(orderly && this.#world.random.chance(0.5) ? "MediaStreamingStopped" : "MediaStreamingFailed");
  }

  #lost(kind: string): void {
    this.streaming = "off";
    if (this.state !== "connected") return;
    this.report({ kind });
  }

  #received(message: Buffer): void {
    if (this.state !== "connected") return;
    const text = message.toString("latin1");
    if (text.startsWith('{"kind":"stopAudio"')) this.handset.silence();
    else this.#plays(this.#world.sounds.known(text.slice(playOpening, -playClosing)));
  }

  #plays(piece: Piece | undefined): void {
    if (!piece || piece.of === "caller" || (piece.of === "assistant" && piece.line !== this)) {
      const whose = piece?.line.name ?? "nobody";
      this.#world.judge.broken("no sound of one call in another", `${this.name} hears sound of ${whose}`);
      return;
    }
    if (piece.of === "assistant" && piece.late)
      this.#world.judge.broken("nothing of a lost session is heard", `${this.name} hears ${piece.item.id}`);
    this.handset.play(piece);
  }
}
