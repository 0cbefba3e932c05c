/** A call run by its driver alone: phone and model are scripted, the record is in memory, and time passes only when a test lets it. */
import { agentSchema } from "../../runtime/agent.ts";
import { runCall } from "../../runtime/bridge/call-driver.ts";
import type { CallResources, Engine } from "../../runtime/bridge/call-resources.ts";
import { startOf } from "../../runtime/bridge/call-start.ts";
import type { Telephone, TelephoneEvent } from "../../runtime/bridge/telephone/telephone.ts";
import type { ModelBrief, ModelCommand, ModelEvent, Purpose } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { Call, CallRecord } from "../../runtime/calls/call.ts";
import type { Line } from "../../runtime/calls/line.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { type CallStore, callStore } from "../../runtime/calls/store.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import type { Documents } from "../../runtime/services/documents.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** A session of the scripted model. */
export interface Opened {
  readonly engine: string;
  readonly deployment: string;
  readonly briefs: ModelBrief[];
  readonly commands: ModelCommand[];
  readonly report: (event: ModelEvent) => void;
  closed: boolean;
}

/** Knows how many timers wait. */
class CountingClock extends VirtualClock {
  pending = 0;
  override after(delayMs: number, act: () => void): () => void {
    this.pending++;
    let waits = true;
    const over = () => {
      if (waits) this.pending--;
      waits = false;
    };
    const cancel = super.after(delayMs, () => {
      over();
      act();
    });
    return () => {
      over();
      cancel();
    };
  }
}

export interface World {
  readonly clock: CountingClock;
  readonly documents: Documents;
  readonly store: CallStore;
}

export function newWorld(): World {
  const clock = new CountingClock();
  const documents = memoryDocuments();
  return { clock, documents, store: callStore(documents, () => new Date(clock.nowMs())) };
}

/** Everything that can happen without time passing has happened. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

export const audio = { base64: Buffer.from("AAAA"), durationMs: 20 };

export async function createCall({ clock, store }: World, changes: Partial<CallRecord> = {}): Promise<Call> {
  const record: CallRecord = {
    call_id: "call-1",
    created_at: new Date(clock.nowMs()).toISOString(),
    direction: "inbound",
    phone_number: "+33612345678",
    initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amelia", agent_phone_number: "+33100000000" }),
    status: "ringing",
    claim: {},
    reminders: [],
    lang_short_code: "en-US",
    ...changes,
  };
  await store.create(record);
  return { ...record, messages: [] };
}

export interface Drive {
  readonly resources?: Partial<CallResources>;
  readonly telephone?: Partial<Telephone>;
  readonly resumed?: boolean;
  /** What the network last said of the call's line. */
  readonly line?: Line;
  readonly engines?: readonly string[];
}

/** A driver takes over the call as the record has it now. */
export async function drive(world: World, callId = "call-1", options: Drive = {}) {
  const { clock, store } = world;
  const done: string[] = [];
  const logged: unknown[][] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const opened: Opened[] = [];
  const listeners = new Map<string, (news: CallNews) => void>();
  const live: { flags: Flags } = { flags: { ...defaultFlags, vad_cutoff_timeout_ms: 0 } };
  const refused = new Set<string>();
  let report: (event: TelephoneEvent) => void = () => undefined;
  const act = async (what: string): Promise<void> => {
    if (refused.has(what.split(" ")[0] ?? "")) throw new Error("refused");
    done.push(what);
  };
  const engine = (name: string): Engine => ({
    name: name as Engine["name"],
    deployment: `${name}-deployment`,
    open({ deployment, brief }, tell) {
      const session: Opened = { engine: name, deployment, briefs: [brief], commands: [], report: tell, closed: false };
      opened.push(session);
      return {
        send: (command) => void session.commands.push(command),
        brief: (changed) => void session.briefs.push(changed),
        close: () => {
          session.closed = true;
        },
      };
    },
  });
  const telephone: Telephone = {
    listen: (tell) => {
      report = tell;
    },
    play: () => undefined,
    stop: () => undefined,
    hangUp: () => act("hang up"),
    transfer: (to) => act(`transfer ${to}`),
    close: () => void done.push("let go"),
    warm: {
      hold: () => act("hold"),
      unhold: () => act("unhold"),
      invite: (to) => act(`invite ${to}`),
      dismiss: (to) => act(`dismiss ${to}`),
    },
    ...options.telephone,
  };
  const resources: CallResources = {
    store,
    engines: (options.engines ?? ["realtime"]).map(engine),
    carried: false,
    runTool: async ({ name }) => {
      done.push(`tool ${name}`);
      return { content: `${name} done` };
    },
    deliverDigits: async ({ name, digits }) => {
      done.push(`deliver ${name} ${digits}`);
      return `${name} accepted`;
    },
    sms: { send: (to, text) => act(`sms ${to} ${text}`) },
    recording: { pause: (id) => act(`pause ${id}`), resume: (id) => act(`resume ${id}`) },
    phrases: async (language, agent) => phrasesIn(language, agent),
    flags: async () => live.flags,
    news: {
      subscribe(id, tell) {
        listeners.set(id, tell);
        return () => void listeners.delete(id);
      },
    },
    random: () => 0,
    clock,
    log: { info: log, warn: log, error: log },
    ...options.resources,
  };
  const call = await store.get(callId);
  if (!call) throw new Error(`There is no call ${callId}.`);
  const starting = startOf(call, options.resumed ?? false, resources, options.line);
  await settled();
  clock.pass(options.resources?.phrases ? 300 : 0);
  const running = runCall(call, telephone, resources, await starting);
  await settled();

  /** The newest session of the model. */
  const model = (): Opened => {
    const newest = opened.at(-1);
    if (!newest) throw new Error("No session of the model was opened.");
    return newest;
  };
  return {
    call: running,
    done,
    logged,
    opened,
    listeners,
    live,
    refused,
    model,
    phone: (event: TelephoneEvent) => report(event),
    presses: (digits: string) => {
      for (const digit of digits) report({ kind: "digit", digit });
    },
    /** The session of the model is there, and the greeting has been said and heard. */
    async greeted() {
      model().report({ kind: "ready" });
      await this.says("greeting", "response-0", "Hello");
    },
    /** The model says something, which the caller hears to its end. */
    async says(purpose: Purpose, responseId: string, text: string) {
      const { report: tell } = model();
      const itemId = `item of ${responseId}`;
      tell({ kind: "response_started", responseId, purpose });
      tell({ kind: "speech", responseId, itemId, contentIndex: 0, audio });
      tell({ kind: "words", responseId, itemId, text });
      tell({ kind: "response_ended", responseId, outcome: "completed" });
      await settled();
      clock.pass(audio.durationMs);
      await settled();
    },
    /** The model asks for a tool in a response of its own. */
    async asks(toolCallId: string, name: string, argumentsJson = "{}") {
      const { report: tell } = model();
      const responseId = `response of ${toolCallId}`;
      tell({ kind: "response_started", responseId, purpose: "answer" });
      tell({ kind: "tool_call", responseId, toolCallId, name, argumentsJson });
      tell({ kind: "response_ended", responseId, outcome: "completed" });
      await settled();
    },
    /** What the model was told about its tools. */
    results: () =>
      opened.flatMap((each) => each.commands.flatMap((command) => (command.kind === "tool_result" ? [command] : []))),
  };
}
export type Driven = Awaited<ReturnType<typeof drive>>;
