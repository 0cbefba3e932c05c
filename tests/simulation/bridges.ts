/** The bridge's replicas: the real app of each over doubled sockets, killed, drained and replaced as the platform does it. */
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { BridgeApp, type BridgeServices } from "../../runtime/bridge/bridge-app.ts";
import type { Engine } from "../../runtime/bridge/call-resources.ts";
import { recordingSwitch } from "../../runtime/bridge/recording-switch.ts";
import { acsMedia } from "../../runtime/bridge/telephone/acs.ts";
import type { VoiceModel } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { Call } from "../../runtime/calls/call.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { callStore } from "../../runtime/calls/store.ts";
import { noChats } from "../support/no-chats.ts";
import type { CallLine } from "./call-line.ts";
import type { Database } from "./database.ts";
import type { MediaSocket } from "./media-socket.ts";
import { ModelSession } from "./model-session.ts";
import type { Network } from "./network.ts";
import type { News } from "./news.ts";
import { onlyThese } from "./only-these.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { Tools } from "./tools.ts";
import type { World } from "./world.ts";

interface Replica {
  readonly process: SimulatedProcess;
  readonly app: BridgeApp;
  readonly sockets: Set<MediaSocket>;
  readonly models: Set<ModelSession>;
  /** Calls, and sockets that are being let in. */
  busy: number;
  draining: boolean;
}

interface Opening {
  opened(bridge: SimulatedProcess, take: (socket: MediaSocket) => void): void;
  refused(): void;
}

/** The request's connection before it is a socket: completed or answered, once. */
class Upgrade extends EventEmitter {
  readonly #opening: Opening;
  readonly #replica: Replica;
  #over = false;

  constructor(replica: Replica, opening: Opening) {
    super();
    this.#replica = replica;
    this.#opening = opening;
  }

  accept(connected: (socket: WebSocket) => void): void {
    if (!this.#takes()) return;
    this.#opening.opened(this.#replica.process, (socket) => {
      this.#replica.sockets.add(socket);
      socket.once("close", () => this.#replica.sockets.delete(socket));
      connected(socket as unknown as WebSocket);
    });
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#takes()) this.#opening.refused();
  }

  #takes(): boolean {
    const first = !this.#over;
    this.#over = true;
    this.emit("settled");
    return first;
  }
}

// The one place where the WebSocket library makes sockets: here they are the simulation's.
WebSocketServer.prototype.handleUpgrade = (request, socket, _head, connected) =>
  (socket as unknown as Upgrade).accept((media) => connected(media, request));

export class Bridges {
  readonly #world: World;
  readonly #network: Network;
  readonly #database: Database;
  readonly #news: News;
  readonly #tools: Tools;
  #replicas: Replica[];
  /** Gone in good order: nothing of them may be left. */
  readonly #stopped: Replica[] = [];

  constructor(world: World, parts: { network: Network; database: Database; news: News }) {
    this.#world = world;
    this.#network = parts.network;
    this.#database = parts.database;
    this.#news = parts.news;
    this.#tools = new Tools(world, parts.network);
    this.#replicas = Array.from({ length: world.plan.bridges }, () => this.#start());
    for (const atMs of world.plan.bridgeKillsMs) world.at(atMs, () => this.#kill());
    for (const atMs of world.plan.bridgeDrainsMs) world.at(atMs, () => this.#drain());
  }

  /** A media socket for the call, at whichever replica the platform chooses. */
  open(line: CallLine, opening: Opening): void {
    const { random } = this.#world;
    const replica = random.pick(this.#replicas as [Replica, ...Replica[]]);
    const upgrade = new Upgrade(replica, opening);
    const url = new URL(line.mediaUrl);
    const request = {
      url: `${url.pathname}${url.search}`,
      headers: {
        authorization: `Bearer ${this.#world.id("token")}`,
        ...(random.chance(0.5) ? { "x-ms-call-connection-id": line.connectionId } : {}),
      },
      socket: { remoteAddress: "10.0.0.1" },
    };
    // A replica that is killed while it lets somebody in never answers.
    replica.process.handle(
      () => new Promise((resolve) => upgrade.once("settled", resolve)),
      () => {
        replica.busy--;
        upgrade.destroy();
      },
    );
    replica.busy++;
    replica.app.upgrade(request as unknown as IncomingMessage, upgrade as unknown as Duplex, Buffer.alloc(0));
  }

  /** What is still there of calls though none is live. */
  leftovers(): string[] {
    const all = [...this.#replicas, ...this.#stopped].filter(({ process }) => process.alive);
    return all.flatMap((replica) => this.#leftoversOf(replica).map((each) => `${replica.process.name}: ${each}`));
  }

  #leftoversOf({ process, sockets, models }: Replica): string[] {
    const left = (what: string, count: number) => (count > 0 ? [`${count} ${what}`] : []);
    return [
      ...left("timers", process.timers.size),
      ...left("media sockets", sockets.size),
      ...left("sessions of a model", [...models].filter((each) => !each.isClosed).length),
      ...left("subscriptions to news", this.#news.heardBy(process)),
    ];
  }

  /** A call has ended: once it was the last one, everything must have been let go of, its sockets as soon as they can be closed. */
  #over(replica: Replica): void {
    replica.busy--;
    const look = (which: (left: string) => boolean) => {
      if (replica.busy > 0 || replica.draining || !replica.process.alive) return;
      const left = this.#leftoversOf(replica).filter(which);
      if (left.length > 0) this.#world.judge.broken("nothing is left of a call", `${replica.process.name}: ${left.join(", ")}`);
    };
    this.#world.at(0, () => look((each) => !each.endsWith("media sockets")));
    this.#world.at(500, () => look(() => true));
  }

  #kill(): void {
    const at = this.#world.random.whole(0, this.#replicas.length - 1);
    const killed = this.#replicas[at];
    if (!killed) return;
    this.#replicas[at] = this.#start();
    this.#world.note(() => `${killed.process.name}: killed`);
    if (killed.busy > 0) this.#world.saw("a bridge is killed with calls");
    killed.process.kill();
    for (const socket of killed.sockets) socket.orphan();
    for (const model of killed.models) model.orphan();
  }

  #drain(): void {
    const { random } = this.#world;
    const at = random.whole(0, this.#replicas.length - 1);
    const replica = this.#replicas[at];
    if (!replica || replica.draining) return;
    replica.draining = true;
    if (replica.busy > 0) this.#world.saw("a bridge is told to stop with calls");
    this.#world.note(() => `${replica.process.name}: told to stop`);
    // Its replacement is there at once; requests may still reach the old one for a while.
    this.#world.at(random.between(0, 2_000), () => {
      if (!replica.process.alive) return;
      this.#replicas = [...this.#replicas.filter((each) => each !== replica), this.#start()];
      this.#stopped.push(replica);
    });
    void replica.app.drain(random.between(0, 15_000));
  }

  #start(): Replica {
    const world = this.#world;
    const process = new SimulatedProcess(world.id("bridge"), world.scheduler);
    const replica: Omit<Replica, "app"> = { process, models: new Set(), sockets: new Set(), busy: 0, draining: false };
    const app: BridgeApp = new BridgeApp(this.#services(replica as Replica));
    return Object.assign(replica, { app });
  }

  #services(replica: Replica): BridgeServices {
    const { process, models } = replica;
    const world = this.#world;
    const { mutant } = world;
    const clock = mutant.clock?.(process.clock) ?? process.clock;
    const plain = callStore(this.#database.for(process), () => new Date(clock.nowMs()));
    const store = mutant.store?.(plain, world.judge) ?? plain;
    const automation = this.#network.for(process);
    const route = acsMedia({ store, verify: async () => ({}), automation, clock });
    return onlyThese<BridgeServices>({
      settings: { AZURE_CLIENT_ID: "", CALLS_PER_REPLICA: world.random.chance(0.9) ? "20" : "2" },
      store,
      media: [mutant.media?.(route) ?? route],
      engines: (call) => this.#engines(call, process, models),
      runTool: (request) => this.#tools.run(process, request),
      deliverDigits: async () => "The digits were accepted.",
      sms: { send: () => process.ask(() => undefined, world.service(0)) },
      recording: recordingSwitch(store, automation),
      phrases: (language, agent) => process.ask(() => phrasesIn(language, agent), world.service(0.2, 500)),
      flags: async () => world.flags,
      news: {
        subscribe: (callId, tell) => {
          const end = this.#news.subscribe(process, callId, tell);
          return mutant.unsubscribe?.(end) ?? end;
        },
      },
      carried: onlyThese<BridgeServices["carried"]>({}),
      sidebands: noChats,
      verifyApp: async () => undefined,
      memoryShare: () => 0,
      random: () => world.random.next(),
      clock,
      log: {
        info: (...line: unknown[]) => this.#told(replica, line),
        warn: () => undefined,
        error: (...line: unknown[]) => this.#failed(line),
      },
    });
  }

  #engines(call: Call, process: SimulatedProcess, models: Set<ModelSession>): readonly Engine[] {
    const world = this.#world;
    const line = this.#network.lineOf(call.call_id);
    if (!line) throw new Error("A call without a line.");
    return call.initiate.voice_engines.map((name) => ({
      name,
      deployment: name,
      open: (_request, report): VoiceModel => {
        const session = new ModelSession(world, { line, process, report: world.mutant.report?.(line, report) ?? report });
        models.add(session);
        return world.mutant.model?.(session) ?? session;
      },
    }));
  }

  #told(replica: Replica, line: readonly unknown[]): void {
    if (line.at(-1) === "a call is connected") replica.busy++;
    if (line.at(-1) === "a call has ended") this.#over(replica);
    if (line.at(-1) === "the preferred engine has the conversation again") this.#world.saw("the preferred engine comes back");
  }

  #failed(line: readonly unknown[]): void {
    this.#world.judge.broken("nothing fails on our side", String(line.at(-1)));
  }
}
