/** A media socket as the bridge holds it and as the network does: what one sends the other gets in order, until it is lost. */
import { EventEmitter } from "node:events";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

const open = 1;
const closing = 2;
const closed = 3;

/** What the network makes of its end. */
export interface NetworkEnd {
  received(message: Buffer): void;
  /** It is gone; `orderly` when the bridge closed it. */
  gone(orderly: boolean): void;
}

/** Has the methods of a WebSocket that the bridge uses. */
export class MediaSocket extends EventEmitter {
  readyState = open;
  readonly bufferedAmount = 0;
  readonly bridge: SimulatedProcess;
  readonly #world: World;
  readonly #toBridge;
  readonly #toNetwork;
  #network: NetworkEnd | undefined;

  constructor(world: World, bridge: SimulatedProcess, network: NetworkEnd) {
    super();
    this.#world = world;
    this.bridge = bridge;
    this.#network = network;
    this.#toBridge = world.channel();
    this.#toNetwork = world.channel();
  }

  // The bridge's end.

  send(message: Buffer): void {
    this.#toNetwork.send(() => this.#network?.received(message));
  }

  ping(): void {
    this.#toNetwork.send(() => this.#network && this.#toBridge.send(() => this.#happens("pong")));
  }

  close(): void {
    if (this.readyState !== open) return;
    this.readyState = closing;
    this.#toNetwork.send(() => this.#leave(true));
    this.#toBridge.send(() => this.#end());
  }

  terminate(): void {
    if (this.readyState === closed) return;
    this.readyState = closing;
    this.#toNetwork.send(() => this.#leave(false));
    this.#world.at(0, () => this.#end());
  }

  // The network's end.

  deliver(message: Buffer): void {
    this.#toBridge.send(() => this.#happens("message", message, false));
  }

  /** The network closes it, after everything that was sent. */
  finish(): void {
    this.#network = undefined;
    this.#toBridge.send(() => this.#end());
  }

  /** Cut off: nothing that was under way arrives any more. */
  cut(): void {
    this.#leave(false);
    this.#world.at(this.#world.random.between(1, 80), () => this.#end());
    this.readyState = closing;
  }

  /** The bridge's process is gone. */
  orphan(): void {
    this.readyState = closed;
    this.#world.at(this.#world.random.between(1, 80), () => this.#leave(false));
  }

  #leave(orderly: boolean): void {
    const network = this.#network;
    this.#network = undefined;
    network?.gone(orderly);
  }

  #happens(event: string, ...values: unknown[]): void {
    if (this.readyState === open && this.bridge.alive) this.emit(event, ...values);
  }

  #end(): void {
    if (this.readyState === closed) return;
    this.readyState = closed;
    if (this.bridge.alive) this.emit("close", 1000);
  }
}
