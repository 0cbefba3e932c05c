/** Bridges that share a database and steer a call which the model's service carries; time passes only when it is told to, and any of them may die. */
import { BridgeApp, type BridgeServices } from "../../runtime/bridge/bridge-app.ts";
import type { Clock } from "../../runtime/bridge/clock.ts";
import type { ModelCommand, ModelEvent } from "../../runtime/bridge/voice-model/voice-model.ts";
import { conclude } from "../../runtime/calls/conclude.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { openSteering } from "../../runtime/calls/steering.ts";
import { defaultFlags } from "../../runtime/flags.ts";
import { noChats } from "../support/no-chats.ts";
import { createCall, newWorld, settled, type World } from "./driven-call.ts";

export const carriedCall = "5b2b0e9c-6f1d-4d0e-9a52-0c8f5f0f1a11";
/** The service lets a bridge join a call in this time. */
const joinsInMs = 500;

/** A bridge's session of the call. */
export interface Joined {
  readonly bridge: string;
  readonly said: { readonly atMs: number; readonly command: Extract<ModelCommand, { kind: "respond" }> }[];
  readonly instructions: string;
  readonly report: (event: ModelEvent) => void;
  /** The service does not know the call any more. */
  readonly over: () => void;
  open: boolean;
}

export interface CarryingBridge {
  readonly app: BridgeApp;
  /** The functions app offers it the call; the status it answers with. */
  offer(callId?: string): Promise<number>;
  kill(): void;
  /** Nothing happens in the process, until the returned function is called. */
  stall(): () => void;
}

export interface CarryingWorld extends World {
  readonly joined: Joined[];
  readonly concluded: string[];
  /** What is wrong with the database as calls end. */
  broken: boolean;
  starts(name: string, changes?: Partial<BridgeServices>): CarryingBridge;
  passes(durationMs: number): Promise<void>;
  /** The sessions that are open now. */
  readonly steering: readonly Joined[];
  leases(): Promise<readonly unknown[]>;
}

export async function openCarrying(): Promise<CarryingWorld> {
  const world = newWorld();
  const { clock, documents, store } = world;
  await createCall(world, { call_id: carriedCall, status: "connected", carrier: "sip", connection_id: "rtc_1" });
  const now = () => new Date(clock.nowMs());
  const joined: Joined[] = [];
  const concluded: string[] = [];
  const unused = () => Promise.reject(new Error("Nobody asks for it here."));

  const starts = (name: string, changes: Partial<BridgeServices> = {}): CarryingBridge => {
    let life: "runs" | "stalls" | "dead" = "runs";
    let late: (() => void)[] = [];
    const own: Clock = {
      nowMs: () => clock.nowMs(),
      after: (delayMs, act) =>
        clock.after(delayMs, () => {
          if (life === "runs") act();
          else late.push(act);
        }),
    };
    const app = new BridgeApp({
      settings: { AZURE_CLIENT_ID: "app", CALLS_PER_REPLICA: "10" },
      store,
      media: [],
      engines: () => [],
      carried: {
        steering: openSteering(documents, name, now),
        calls: { hangUp: async () => undefined, refer: unused },
        openCall:
          ({ over }) =>
          ({ brief }, report) => {
            const session: Joined = { bridge: name, said: [], instructions: brief.instructions, report, over, open: true };
            joined.push(session);
            clock.after(joinsInMs, () => life === "runs" && session.open && report({ kind: "ready" }));
            return {
              send: (command) => {
                if (command.kind === "respond") session.said.push({ atMs: clock.nowMs(), command });
              },
              brief: () => undefined,
              close: () => {
                session.open = false;
              },
            };
          },
        async conclude({ call_id }) {
          if (carrying.broken) throw new Error("The database is away.");
          concluded.push(call_id);
          await conclude({ store, afterCall: { add: async () => undefined }, now }, call_id, () => "completed");
        },
      },
      runTool: unused,
      deliverDigits: unused,
      sms: { send: unused },
      recording: { pause: unused, resume: unused },
      phrases: async (language, agent) => phrasesIn(language, agent),
      flags: async () => defaultFlags,
      news: { subscribe: () => () => undefined },
      sidebands: noChats,
      verifyApp: async () => ({ azp: "app" }),
      memoryShare: () => 0,
      random: () => 0,
      clock: own,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      ...changes,
    });
    const headers = { authorization: "Bearer token" };
    return {
      app,
      offer: async (callId = carriedCall) => {
        const body = JSON.stringify({ callId });
        return (await app.attachCarried(new Request("http://b/", { method: "POST", headers, body }))).status;
      },
      kill() {
        life = "dead";
        for (const each of joined) if (each.bridge === name) each.open = false;
      },
      stall() {
        life = "stalls";
        return () => {
          life = "runs";
          for (const act of late.splice(0)) act();
          late = [];
        };
      },
    };
  };

  const carrying: CarryingWorld = {
    ...world,
    joined,
    concluded,
    broken: false,
    starts,
    async passes(durationMs) {
      // Work between two moments is done before the next one comes.
      for (let leftMs = durationMs; leftMs > 0; leftMs -= 50) {
        clock.pass(Math.min(50, leftMs));
        await settled();
      }
    },
    get steering() {
      return joined.filter((each) => each.open);
    },
    leases: async () => (await documents.page("listings", "carried", { limit: 10 })).documents,
  };
  return carrying;
}
