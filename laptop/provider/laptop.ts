/**
 * What the resources of one graph share while they run on a laptop: who exists, where things listen, where data lies, and in which order it
 * all ends. Resources find each other by ARM id, as they do in the graph.
 */
import { join } from "node:path";
import type { AppProcess } from "../apps/app-process.ts";
import type { Clock } from "../clock.ts";
import type { CallAutomationAuthority } from "../communication/authority.ts";
import { createEventGrid, type EventGrid } from "../event-grid/event-grid.ts";
import type { CertificateAuthority } from "../identity/certificates.ts";
import type { Directory } from "../identity/directory.ts";
import type { ModelChoice } from "../model-choice.ts";
import { type Listening, type OpenNow, type Service, serve } from "../service.ts";
import type { Exchange } from "../telephone/exchange.ts";
import type { Voice } from "../voice/voice.ts";

export interface LaptopOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly authority: CertificateAuthority;
  readonly directory: Directory;
  /** Where the functions app will listen: chosen before the graph is evaluated, because its address is part of the graph. */
  readonly functionsPort: number;
  /** A number in [0, 1), for everything that draws lots. */
  readonly random: () => number;
  readonly voice: Voice;
  /** Who answers as the model: the stand-in, or a real one somewhere. */
  readonly model: ModelChoice;
  readonly callAutomation: CallAutomationAuthority;
  readonly exchange: Exchange;
  /** The number the system answers, E.164: numbers are bought, not made by a graph. */
  readonly phoneNumber: string;
}

/** A stand-in as the board shows it. */
export interface Running {
  /** ARM id of the resource. */
  readonly id: string;
  /** What it stands in for, e.g. `Cosmos DB`. */
  readonly service: string;
  readonly name: string;
  readonly address: string;
  /** What it keeps open now. */
  readonly open?: () => OpenNow;
}

export class Laptop {
  readonly home: string;
  readonly clock: Clock;
  readonly authority: CertificateAuthority;
  readonly directory: Directory;
  readonly functionsPort: number;
  readonly random: () => number;
  readonly voice: Voice;
  readonly model: ModelChoice;
  readonly callAutomation: CallAutomationAuthority;
  readonly exchange: Exchange;
  readonly phoneNumber: string;
  readonly events: EventGrid;
  readonly apps: AppProcess[] = [];
  running: Running[] = [];
  readonly #standIns = new Map<string, unknown>();
  #ends: { readonly id: string; readonly end: () => Promise<void> }[] = [];

  constructor(options: LaptopOptions) {
    this.home = options.home;
    this.clock = options.clock;
    this.authority = options.authority;
    this.directory = options.directory;
    this.functionsPort = options.functionsPort;
    this.random = options.random;
    this.voice = options.voice;
    this.model = options.model;
    this.callAutomation = options.callAutomation;
    this.exchange = options.exchange;
    this.phoneNumber = options.phoneNumber;
    this.events = createEventGrid({ directory: options.directory, clock: options.clock });
  }

  /** A folder of the laptop's home for one stand-in's data. */
  folder(...names: string[]): string {
    return join(this.home, ...names);
  }

  /** Listens for the service of the resource `id` until that is deleted or the laptop stops; `port` 0 takes any free one. */
  async listen(id: string, service: Service, port = 0): Promise<Listening> {
    const listening = await serve(service, this.authority.server, port);
    this.atEndOf(id, () => listening.close());
    return listening;
  }

  /** Keeps a stand-in under the ARM id of the resource it stands in for. */
  keep<T>(id: string, standIn: T): T {
    this.#standIns.set(id.toLowerCase(), standIn);
    return standIn;
  }

  /** The stand-in kept under an ARM id. Throws when the graph names one that it does not create. */
  find<T>(id: string): T {
    const found = this.#standIns.get(id.toLowerCase());
    if (found === undefined) throw new Error(`The graph refers to ${id}, but creates no such resource before it.`);
    return found as T;
  }

  has(id: string): boolean {
    return this.#standIns.has(id.toLowerCase());
  }

  /** Has `end` called when the resource `id` is deleted, or the laptop stops. */
  atEndOf(id: string, end: () => Promise<void>): void {
    this.#ends.push({ id: id.toLowerCase(), end });
  }

  /** Ends what runs for a resource that is deleted. */
  async forget(id: string): Promise<void> {
    this.#standIns.delete(id.toLowerCase());
    const mine = this.#ends.filter((each) => each.id === id.toLowerCase());
    this.#ends = this.#ends.filter((each) => !mine.includes(each));
    this.running = this.running.filter((each) => each.id !== id);
    for (const { end } of mine.toReversed()) await end();
  }

  /** Ends everything, last started first: apps drain while the services they use still answer. */
  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.events.close();
    for (const { end } of this.#ends.toReversed()) await end().catch(() => {});
    this.#ends = [];
  }
}
