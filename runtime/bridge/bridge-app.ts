/** The bridge as a whole: which calls are live, what it has room for, and how it stops. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { z } from "zod";
import type { Call } from "../calls/call.ts";
import { inProgress } from "../calls/conclude.ts";
import type { CallStore } from "../calls/store.ts";
import type { Flags } from "../flags.ts";
import type { Verify } from "../http/verify.ts";
import { runCall } from "./call-driver.ts";
import type { CallResources, Engine, LiveCall } from "./call-resources.ts";
import { type CallStart, startOf } from "./call-start.ts";
import type { CarriedServices } from "./carried.ts";
import { attachCarried } from "./carried-door.ts";
import { lookOut } from "./carried-lookout.ts";
import { handles } from "./handles.ts";
import { type Connect, MediaUpgrades } from "./media-upgrades.ts";
import { failure, refuseUnlessOurs } from "./our-door.ts";
import { type SidebandEnd, type SidebandRequest, sidebandEndSchema, sidebandSchema } from "./sideband/request.ts";
import { NotWatched } from "./sideband/sidebands.ts";
import { type Admission, MediaRefusal, type MediaRoute, type SocketTelephone } from "./telephone/media-route.ts";
import type { Telephone } from "./telephone/telephone.ts";

export interface BridgeServices extends Omit<CallResources, "store" | "engines" | "carried"> {
  readonly settings: { readonly AZURE_CLIENT_ID: string; readonly CALLS_PER_REPLICA: string };
  readonly store: CallStore;
  /** The carriers that stream a call's sound to us. */
  readonly media: readonly MediaRoute[];
  /** What can hold this call's conversation, in the order of its agent. */
  readonly engines: (call: Call, flags: Flags) => readonly Engine[];
  /** The carriers whose sound the model's service carries. */
  readonly carried: Pick<CarriedServices, "calls" | "openCall" | "conclude" | "steering">;
  /** The chats' calls that are watched from here. */
  readonly sidebands: {
    /** Throws `NotWatched`. */
    attach(request: SidebandRequest): Promise<void>;
    end(request: SidebandEnd): Promise<void>;
    resume(): Promise<void>;
    handOver(withinMs: number): Promise<void>;
    readonly size: number;
    readonly sockets: number;
  };
  /** Tokens of the directory for our app registration. */
  readonly verifyApp: Verify;
  /** How much of the memory it may have the process uses, 0 to 1; 0 when the limit is not known. */
  readonly memoryShare: () => number;
}

interface Live {
  readonly call: LiveCall;
  /** Present when the call's sound comes by sockets, of which another one may come. */
  readonly phone?: SocketTelephone;
}

/** Calls that were in progress elsewhere find room beyond the limit: their callers are waiting. */
const roomForResumed = 1.1;
/** Beyond it a process is slowed down by collecting garbage, for all its calls. */
const fullMemoryShare = 0.8;
/** A call that has not let go by then after it was asked to move is ended. */
const moveWithinMs = 20_000;
/** The functions app looks once a minute for chats that need a bridge. */
const chatsWithinMs = 75_000;

export class BridgeApp {
  readonly #services: BridgeServices;
  readonly #media: MediaUpgrades;
  /** By the id that names a call's sound, under which its caller may go on with another record. */
  readonly #calls = new Map<string, Live>();
  readonly #arriving = new Map<symbol, string>();
  /** What calls that have ended leave to do. */
  readonly #left = new Set<Promise<void>>();
  #draining = false;
  #endLookOut: () => void = () => undefined;

  constructor(services: BridgeServices) {
    this.#services = services;
    this.#media = new MediaUpgrades({
      routes: services.media,
      reserve: (callId, resumed) => this.#reserve(callId, resumed),
      prepare: (callId, admission, route) => this.#prepare(callId, admission, route),
      clock: services.clock,
      log: services.log,
    });
  }

  /** 200 while new calls may come, 503 once the app drains or is full. */
  readiness(): Response {
    const word = this.#draining ? "draining" : this.#isFull(false) ? "full" : "ready";
    const { sidebands } = this.#services;
    const chats = { calls: sidebands.size, sockets: sidebands.sockets };
    return Response.json(
      { status: word, calls: this.#calls.size, chats, process: handles() },
      { status: word === "ready" ? 200 : 503 },
    );
  }

  /** Takes over an upgrade request of a phone's sound, or answers why not before the upgrade completes. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#media.upgrade(request, socket, head);
  }

  /** Takes the conversation of a call that the model's service carries, for the functions app. */
  attachCarried(request: Request): Promise<Response> {
    return attachCarried(request, { ...this.#services, ...this.#carried() });
  }

  /** From now on until it drains, takes up carried calls whose bridge is gone. */
  lookOut(): void {
    if (!this.#draining) this.#endLookOut = lookOut(this.#carried());
  }

  #carried(): CarriedServices {
    const { carried, store, clock, log } = this.#services;
    return {
      ...carried,
      store,
      clock,
      log,
      refusal: (resumed) => this.#refusal(resumed),
      run: async (call, resumed, telephone, open) => {
        const place = Symbol();
        this.#arriving.set(place, call.call_id);
        try {
          const start = await startOf(call, resumed, this.#services);
          if (this.#draining) throw new Error("The bridge began to drain while it took a call.");
          const engine: Engine = { name: "realtime", open, deployment: "" };
          return this.#run(call.call_id, call, telephone, start, { engines: [engine], carried: true });
        } finally {
          this.#arriving.delete(place);
        }
      },
      outlives: (work) => {
        this.#left.add(work);
        void work.then(() => this.#left.delete(work));
      },
    };
  }

  /** Watches a browser's chat session for the functions app. */
  attachSideband(request: Request): Promise<Response> {
    return this.#aboutChat(request, sidebandSchema, (asked) => this.#services.sidebands.attach(asked));
  }

  /** Ends a browser's chat session for the functions app. */
  endSideband(request: Request): Promise<Response> {
    return this.#aboutChat(request, sidebandEndSchema, (asked) => this.#services.sidebands.end(asked));
  }

  async #aboutChat<Asked>(request: Request, schema: z.ZodType<Asked>, act: (asked: Asked) => Promise<void>): Promise<Response> {
    const refused = await refuseUnlessOurs(request, this.#services);
    if (refused) return refused;
    const asked = schema.safeParse(await request.json().catch(() => undefined));
    if (!asked.success) {
      const details = asked.error.issues.map((each) => `${each.path.join(".") || "body"}: ${each.message}`);
      return failure(422, "The session is not described as it must be.", details);
    }
    try {
      await act(asked.data);
      return new Response(null, { status: 204 });
    } catch (reason) {
      const status = reason instanceof NotWatched ? reason.status : 502;
      this.#services.log.warn({ status }, "a chat's call could not be watched or ended");
      return failure(
        status,
        reason instanceof NotWatched ? reason.message : "The database or the model service does not answer; try again.",
      );
    }
  }

  /**
   * No new calls; the live ones finish by themselves. After `withinMs` they are let go of without being ended: closing a call's sound makes its
   * carrier ask for another bridge, and carried ones are found by those that look for them. Resolves once everything is kept.
   */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true;
    this.#endLookOut();
    const { clock, sidebands } = this.#services;
    const chats = sidebands.handOver(Math.min(withinMs, chatsWithinMs));
    let cancel = clock.after(withinMs, () => {
      for (const { call } of this.#calls.values()) call.move();
      cancel = clock.after(moveWithinMs, () => {
        for (const { call } of this.#calls.values()) call.stop();
      });
    });
    await Promise.all([...this.#calls.values()].map(({ call }) => call.ended));
    cancel();
    await Promise.all(this.#left);
    await chats;
  }

  #isFull(resumed: boolean): boolean {
    const { settings, memoryShare } = this.#services;
    const limit = Number(settings.CALLS_PER_REPLICA);
    const taken = this.#calls.size + this.#arriving.size;
    return resumed ? taken >= Math.ceil(limit * roomForResumed) : taken >= limit || memoryShare() > fullMemoryShare;
  }

  #refusal(resumed: boolean): string | undefined {
    if (this.#draining) return "This bridge takes no new calls; another one does.";
    return this.#isFull(resumed) ? "This bridge is full; another one takes the call." : undefined;
  }

  #reserve(callId: string, resumed: boolean): () => void {
    const refusal = this.#calls.has(callId) && !this.#draining ? undefined : this.#refusal(resumed);
    if (refusal) throw new MediaRefusal(503, refusal);
    const place = Symbol();
    if (!this.#calls.has(callId)) this.#arriving.set(place, callId);
    return () => void this.#arriving.delete(place);
  }

  async #prepare(callId: string, admission: Admission, route: MediaRoute): Promise<Connect> {
    const { store } = this.#services;
    // A caller may have started another claim: the conversation goes on under its record.
    const call = admission.resumed ? ((await inProgress(store, admission.call)) ?? admission.call) : admission.call;
    const line = call.handover ? await store.changeLine(callId, (known) => known) : {};
    const start = await startOf(call, admission.resumed, this.#services, line);
    if (this.#draining) throw new MediaRefusal(503, "This bridge takes no new calls; another one does.");
    return (socket, opened) => {
      if (this.#draining) return false;
      const live = this.#calls.get(callId);
      if (live) return live.phone?.attach(socket, opened) ?? false;
      const phone = route.telephone(opened);
      phone.attach(socket, opened);
      this.#run(callId, call, phone, start, { engines: this.#services.engines(call, start.flags), carried: false });
      return true;
    };
  }

  #run(
    callId: string,
    call: Call,
    telephone: Telephone | SocketTelephone,
    start: CallStart,
    held: Pick<CallResources, "engines" | "carried">,
  ): LiveCall {
    const { log } = this.#services;
    const live = runCall(call, telephone, { ...this.#services, ...held }, start);
    this.#calls.set(callId, { call: live, ...("attach" in telephone ? { phone: telephone } : {}) });
    log.info({ callId, resumed: start.resumed }, "a call is connected");
    void live.ended.then(() => {
      this.#calls.delete(callId);
      log.info({ callId }, "a call has ended");
    });
    return live;
  }
}
