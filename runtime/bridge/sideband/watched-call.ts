/** Runs one watched call: events in, commands out, everything it keeps one after the other. */
import type { Logger } from "pino";
import type { Turn } from "../../chat/record.ts";
import { keepTurn, keepUsage, readSession } from "../../chat/session.ts";
import { type ChatCall, type EndedBy, endWatch, releaseWatch, renewWatch } from "../../chat/watched-calls.ts";
import type { Documents } from "../../services/documents.ts";
import type { RealtimeCalls } from "../../services/realtime-calls.ts";
import type { Clock } from "../clock.ts";
import { OrderedWrites } from "../ordered-writes.ts";
import { isQuiet } from "./limits.ts";
import { reasonOf } from "./overlap.ts";
import { readServiceEvent, type ToolCall } from "./service-events.ts";
import type { OpenSideSocket, SideSocket } from "./side-socket.ts";
import { nextDeadlineMs, step } from "./step.ts";
import { claimTool, noteTold } from "./tool-claims.ts";
import { type Outcome, toolFailed, toolTooSlow, toolWithinMs } from "./tools.ts";
import type { Watch, WatchCommand, WatchEvent } from "./watch.ts";

export interface WatchedCallResources {
  readonly documents: Documents;
  readonly openSocket: OpenSideSocket;
  readonly calls: Pick<RealtimeCalls, "hangUp">;
  /** Throws when a service fails. */
  readonly runTool: (call: ChatCall, asked: ToolCall) => Promise<Outcome>;
  /** What the session may still cost, in US dollars. */
  readonly leftUsd: (call: ChatCall) => Promise<number>;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** What waits to be kept at most; a database that is away for so long that this fills up ends the session. */
const mostUnkept = 500;

export class WatchedCall {
  readonly call: ChatCall;
  /** Resolves once the session has our rules; rejects when the call ends before. */
  readonly attached: Promise<void>;
  /** Resolves once somebody is in it; may never do so. */
  readonly established: Promise<void>;
  /** Resolves once everything is kept and nothing is left. */
  readonly ended: Promise<void>;
  readonly #resources: WatchedCallResources;
  readonly #watcher: string;
  readonly #writes: OrderedWrites;
  readonly #running = new Set<Promise<unknown>>();
  readonly #attach = Promise.withResolvers<void>();
  readonly #establish = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #watch: Watch;
  #socket: SideSocket | undefined;
  #cancelTick: () => void = () => undefined;
  #unkept = 0;
  #offered = false;

  /** `watcher` is this bridge, as the call's document names it. */
  constructor(call: ChatCall, watch: Watch, watcher: string, resources: WatchedCallResources) {
    this.call = call;
    this.#watch = watch;
    this.#watcher = watcher;
    this.#resources = resources;
    this.attached = this.#attach.promise;
    this.established = this.#establish.promise;
    this.ended = this.#end.promise;
    this.attached.catch(() => undefined);
    this.#writes = new OrderedWrites(resources.clock, () => this.#lost());
  }

  start(): void {
    this.#tell({ kind: "start" });
  }

  get isQuiet(): boolean {
    return isQuiet(this.#watch);
  }

  /** A side socket is open. */
  get isJoined(): boolean {
    return this.#socket !== undefined;
  }

  /** The service has our rules, and tells us what happens. */
  get isWatching(): boolean {
    return this.#watch.socket === "configured";
  }

  end(by: EndedBy): void {
    this.#tell({ kind: "end", by });
  }

  /** Lets another bridge find the call: it is watched until one has come, and no longer said to be. */
  async offer(): Promise<void> {
    const { documents, clock } = this.#resources;
    this.#offered = true;
    await releaseWatch(documents, this.call, this.#watcher, new Date(clock.nowMs()));
  }

  /** Somebody is in it. */
  get isEstablished(): boolean {
    return this.#watch.established;
  }

  /** It was said or typed in this call, as far as this bridge has watched it. */
  hasHeard(itemId: string): boolean {
    const { kept, committed, typedItems } = this.#watch;
    return kept.has(itemId) || committed.has(itemId) || typedItems.has(itemId);
  }

  /** The older call of the session is over: what was said in it while both were up, and what it has cost. */
  succeed(turns: readonly Turn[]): void {
    this.#tell({ kind: "said_before", turns });
    this.#lookAtBudgets();
  }

  /** Another bridge watches the call now. */
  letGo(): void {
    this.#tell({ kind: "taken" });
  }

  #tell(event: WatchEvent): void {
    const { clock } = this.#resources;
    const { watch, commands } = step(this.#watch, event, clock.nowMs());
    this.#watch = watch;
    if (watch.established) this.#establish.resolve();
    for (const command of commands) this.#do(command);
    this.#cancelTick();
    const dueMs = nextDeadlineMs(this.#watch);
    this.#cancelTick =
      dueMs === undefined ? () => undefined : clock.after(Math.max(0, dueMs - clock.nowMs()), () => this.#tell({ kind: "tick" }));
  }

  #do(command: WatchCommand): void {
    const { documents, clock } = this.#resources;
    const { callId, sessionId, deployment, choice } = this.call;
    switch (command.kind) {
      case "join":
        this.#join();
        break;
      case "send":
        for (const message of command.messages) this.#socket?.send(message);
        break;
      case "attached":
        this.#attach.resolve();
        break;
      case "renew":
        this.#renew();
        break;
      case "keep_usage": {
        const { use: kind, kind: _, ...used } = command;
        const at = new Date(clock.nowMs());
        this.#keep(() => keepUsage(documents, sessionId, { ...used, kind, at }));
        break;
      }
      case "keep_turn": {
        const { itemId, turn, atMs } = command;
        const said = { itemId, ...turn, at: new Date(atMs), deployment, choice, call: callId };
        this.#keep(() => keepTurn(documents, sessionId, said));
        break;
      }
      case "run_tool":
        this.#run(command);
        break;
      case "hang_up":
        this.#hangUp();
        break;
      case "keep_end":
        this.#keepEnd(command.by);
        break;
      case "stop":
        this.#stop();
        break;
    }
  }

  #join(): void {
    const socket = this.#resources.openSocket(this.call.callId, {
      joined: () => this.#tell({ kind: "joined" }),
      message: (text) => {
        const event = readServiceEvent(text);
        if (event) this.#tell({ kind: "service", event });
      },
      dropped: () => this.#left(socket, { kind: "dropped" }),
      gone: () => this.#left(socket, { kind: "gone" }),
    });
    this.#socket = socket;
  }

  #left(socket: SideSocket, event: WatchEvent): void {
    if (this.#socket === socket) this.#socket = undefined;
    this.#tell(event);
  }

  #renew(): void {
    if (this.#offered) return;
    const { documents, clock, log } = this.#resources;
    renewWatch(documents, this.call, this.#watcher, new Date(clock.nowMs())).then(
      (state) => {
        if (state === "taken") this.#tell({ kind: "taken" });
      },
      () => log.warn("it could not be kept that a chat's call is watched"),
    );
    this.#lookAtBudgets();
  }

  #lookAtBudgets(): void {
    this.#resources.leftUsd(this.call).then(
      (leftUsd) => this.#tell({ kind: "allowed", leftUsd }),
      () => this.#resources.log.warn("what a chat may still cost could not be read; it is asked again"),
    );
  }

  #hangUp(): void {
    const hungUp = this.#resources.calls.hangUp(this.call.callId).then(
      () => this.#tell({ kind: "hung_up", done: true }),
      () => {
        this.#resources.log.warn("a chat's call could not be hung up; it is tried again");
        this.#tell({ kind: "hung_up", done: false });
      },
    );
    this.#outlive(hungUp);
  }

  #run(asked: ToolCall): void {
    const { toolCallId } = asked;
    const { documents, clock, runTool, log } = this.#resources;
    const tell = (outcome: Outcome) => this.#tell({ kind: "tool_done", toolCallId, ...outcome });
    const failed = () => {
      log.warn("a tool of a chat failed");
      return { content: toolFailed };
    };
    const work = async () => {
      if (!(await claimTool(documents, this.call, toolCallId))) {
        this.#tell({ kind: "tool_elsewhere", toolCallId });
        return;
      }
      const cancel = clock.after(toolWithinMs(asked.name), () => tell({ content: toolTooSlow }));
      // Late or not, what it used is told.
      tell(await runTool(this.call, asked).catch(failed));
      cancel();
      this.#keep(() => noteTold(documents, this.call, toolCallId));
    };
    this.#outlive(work().catch(() => tell(failed())));
  }

  /** A browser that changes to another model leaves the older call itself. */
  #keepEnd(by: EndedBy): void {
    const { documents, clock } = this.#resources;
    const at = new Date(clock.nowMs());
    this.#keep(async () => {
      const session = by === "person" ? await readSession(documents, this.call.sessionId) : undefined;
      await endWatch(documents, this.call, session ? reasonOf(this.call, session.calls) : by, at);
    });
  }

  #keep(write: () => Promise<unknown>): void {
    if (this.#unkept >= mostUnkept) {
      this.#lost();
      return;
    }
    this.#unkept++;
    this.#writes.add(write);
    this.#outlive(
      this.#writes.settled.then(() => {
        this.#unkept--;
      }),
    );
  }

  #lost(): void {
    this.#resources.log.error("what a chat used or said could not be kept, so it is ended");
    this.#tell({ kind: "lost" });
  }

  #outlive(work: Promise<unknown>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work)).catch(() => undefined);
  }

  #stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#attach.reject(new Error("The call ended before the bridge had joined it."));
    void this.#settled().then(() => this.#end.resolve());
  }

  /** What is running may keep something, which is running then. */
  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#writes.settled;
  }
}
