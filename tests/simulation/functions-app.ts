/** The functions app: some instances of it, the queues they take work from, the callbacks they answer, and the sweeper. */
import { afterCall } from "../../runtime/calls/after-call.ts";
import { callEvent, callEvents } from "../../runtime/calls/callbacks.ts";
import { hangUp } from "../../runtime/calls/conclude.ts";
import { dial } from "../../runtime/calls/dial.ts";
import { incomingCall } from "../../runtime/calls/inbound.ts";
import { callStore } from "../../runtime/calls/store.ts";
import { sweep } from "../../runtime/calls/sweeper.ts";
import { communicationLine, linesOf } from "../../runtime/services/lines.ts";
import type { Services } from "../../runtime/services/services.ts";
import type { CallLine } from "./call-line.ts";
import type { Database } from "./database.ts";
import type { Network } from "./network.ts";
import type { News } from "./news.ts";
import { NoDouble, onlyThese } from "./only-these.ts";
import { settingsOf } from "./settings.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

interface Instance {
  readonly process: SimulatedProcess;
  readonly services: Services;
}

type Handler = (services: Services) => Promise<unknown>;

/** Call Automation and the queues try again this often, and longer than the database is ever down. */
const mostAttempts = 8;
const sweepEveryMs = 60_000;

export class FunctionsApp {
  readonly queued = new Map<string, number>();
  readonly #world: World;
  readonly #network: Network;
  readonly #database: Database;
  readonly #news: News;
  readonly #settings;
  #instances: Instance[] = [];
  /** Handlers that run or will run again. */
  #busy = 0;

  constructor(world: World, parts: { network: Network; database: Database; news: News }) {
    this.#world = world;
    this.#network = parts.network;
    this.#database = parts.database;
    this.#news = parts.news;
    this.#settings = settingsOf(world.random);
    this.#instances = [this.#start(), this.#start()];
    this.#world.at(sweepEveryMs * world.random.next(), () => this.#sweep());
    for (const atMs of world.plan.functionKillsMs) world.at(atMs, () => this.#kill());
  }

  /** An event of Call Automation; answered at once or tried again. */
  callback(callId: string, event: { readonly id: string; readonly type: string }): void {
    this.#run(`callback ${event.type.slice(24)} ${event.id}`, async (services) => {
      const read = callEvents([event]);
      for (const each of read?.events ?? []) {
        const call = await services.store.get(callId);
        if (call) await callEvent(services, call, each);
      }
    });
  }

  /** An incoming call by Event Grid and the queue, which deliver it at least once. */
  incoming(line: CallLine): void {
    const { random, plan, scheduler } = this.#world;
    const message = {
      id: this.#world.id("event"),
      eventType: "Microsoft.Communication.IncomingCall",
      eventTime: new Date(scheduler.nowMs).toISOString(),
      data: {
        to: { phoneNumber: { value: this.#settings.PHONE_NUMBER } },
        from: { phoneNumber: { value: line.number } },
        incomingCallContext: line.context,
        correlationId: `correlation-${line.name}`,
      },
    };
    const deliver = () =>
      this.#world.at(random.between(5, 500), () =>
        this.#run(`incoming ${line.name}`, (services) => incomingCall(services, message)),
      );
    deliver();
    if (this.#world.trouble(plan.deliveredTwice)) deliver();
  }

  dial(line: CallLine): void {
    this.#once(`dial ${line.name}`, (services) => dial(services, { phone_number: line.number }, "supervisor"));
  }

  /** A supervisor ends the call, or speaks to its assistant. */
  supervise(line: CallLine): void {
    const { callId } = line;
    if (!callId) return;
    const what = this.#world.random.pick(["whisper", "end", "hang up"]);
    this.#once(what, async (services) => {
      if (what === "whisper") return services.news.publish(callId, { kind: "whisper", text: "Be kind." });
      if (what === "end") return services.news.publish(callId, { kind: "end" });
      const call = await services.store.get(callId);
      return call && hangUp(services, call);
    });
  }

  /** Tries again until it is done. */
  #run(what: string, handler: Handler, attempt = 1): void {
    const { random } = this.#world;
    const instance = random.pick(this.#instances as [Instance, ...Instance[]]);
    this.#busy++;
    this.#world.note(() => `${instance.process.name}: ${what}`);
    instance.process.handle(
      () => handler(instance.services),
      (done, reason) => {
        this.#busy--;
        if (reason !== undefined) this.#failed(what, reason);
        if (done || attempt >= mostAttempts) return;
        this.#busy++;
        this.#world.at(random.between(500, 4_000), () => {
          this.#busy--;
          this.#run(what, handler, attempt + 1);
        });
      },
    );
  }

  /** Services refuse, and what was asked of them fails with them; anything else is a fault of ours. */
  #failed(what: string, reason: unknown): void {
    this.#world.note(() => `${what} failed: ${String(reason)}`);
    if (reason instanceof TypeError || reason instanceof NoDouble)
      this.#world.judge.broken("nothing fails on our side", `${what}: ${String(reason)}`);
  }

  /** A person's request: they see that it failed. */
  #once(what: string, handler: Handler): void {
    this.#run(what, handler, mostAttempts);
  }

  #sweep(): void {
    this.#once("sweep", sweep);
    if (!this.#world.isCalm || this.#database.openCalls > 0 || this.#busy > 1) this.#world.at(sweepEveryMs, () => this.#sweep());
  }

  #kill(): void {
    const killed = this.#instances.shift();
    this.#instances.push(this.#start());
    this.#world.note(() => `${killed?.process.name}: killed`);
    if (this.#busy > 0) this.#world.saw("a function is killed while others or itself are at work");
    killed?.process.kill();
  }

  #afterCall(callId: string): void {
    this.queued.set(callId, (this.queued.get(callId) ?? 0) + 1);
    this.#world.at(this.#world.random.between(5, 2_000), () =>
      this.#run("after call", (services) => afterCall(services, { callId })),
    );
  }

  #start(): Instance {
    const world = this.#world;
    const process = new SimulatedProcess(world.id("functions"), world.scheduler);
    const { clock } = process;
    const now = () => new Date(clock.nowMs());
    const documents = this.#database.for(process);
    const real = callStore(documents, now);
    const store = world.mutant.store?.(real, world.judge) ?? real;
    const plain = this.#network.for(process);
    const automation = world.mutant.automation?.(plain) ?? plain;
    const carrier = communicationLine(automation, this.#settings);
    const services = onlyThese<Services>({
      settings: this.#settings,
      documents,
      store,
      automation,
      lines: linesOf(carrier, carrier),
      news: { publish: (callId, news) => process.ask(() => this.#news.publish(callId, news), world.service(0)) },
      sms: { send: (to) => process.ask(() => this.#text(to), world.service(world.plan.automationFails)) },
      models: onlyThese<Services["models"]>({
        structured: ({ schema, name }) =>
          process.ask(() => schema.parse(structured[name]), world.service(world.plan.automationFails)),
      }),
      flags: async () => world.flags,
      afterCall: { add: (callId) => process.ask(() => this.#afterCall(callId), world.service(0)) },
      webhooks: onlyThese<Services["webhooks"]>({}),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      now,
      pause: (delayMs) => new Promise((resolve) => clock.after(delayMs, () => resolve(undefined))),
      newId: () => world.uuid(),
      newNonce: () => world.id("nonce"),
    });
    return { process, services };
  }

  #text(to: string): void {
    const { texts } = this.#world.judge;
    texts.set(to, (texts.get(to) ?? 0) + 1);
  }
}

const structured: Readonly<Record<string, unknown>> = {
  synthesis: { long: "Long.", short: "the matter", satisfaction: "unknown", improvement_suggestions: "None." },
  next: { action: "case_closed", justification: "It is." },
  sms_summary: { message: "It was noted." },
};
