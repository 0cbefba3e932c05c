/** Runs one call: feeds the session what happens, does what it asks for, and lets go of everything at its end. */
import type { Logger } from "pino";
import type { Call, Message } from "../calls/call.ts";
import { greetingFor, instructionsFor } from "../calls/prompts.ts";
import { advance } from "../calls/status.ts";
import type { CallStore } from "../calls/store.ts";
import { type ToolOutcome, toolsFor } from "../calls/tools.ts";
import type { Flags } from "../flags.ts";
import type { Clock } from "./clock.ts";
import { step } from "./session.ts";
import { type Effect, newSession, type Session, type SessionEvent } from "./session-state.ts";
import type { Telephone } from "./telephone/telephone.ts";
import { nextDeadlineMs } from "./timing.ts";
import type { ModelBrief, OpenVoiceModel, VoiceModel } from "./voice-model/voice-model.ts";

/** What a call in progress works with. */
export interface CallResources {
  readonly store: Pick<CallStore, "get" | "append" | "change" | "claim">;
  readonly openModel: OpenVoiceModel;
  /** The deployment that answers this call. */
  readonly deployment: string;
  /** Throws when a service fails. */
  readonly runTool: (request: { callId: string; toolId: string; name: string; argumentsJson: string }) => Promise<ToolOutcome>;
  readonly flags: Flags;
  readonly clock: Clock;
  /** Static messages and call ids only. */
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

export interface LiveCall {
  /** Settles, never rejects, once everything is let go of and every message is kept. */
  readonly ended: Promise<void>;
  /** Ends the call now. */
  stop(): void;
}

/** Pauses between attempts to keep a message: a throttled database is patient again after some seconds. */
const writeDelaysMs = [200, 1_000, 5_000, 15_000];

const toolFailed =
  "The tool failed, and nothing is known to have been done. Say so to the caller, and offer to try again or to note a reminder.";
const toolRepeated = "This was already asked for and done; do not repeat it.";

/** Takes over a call whose phone has just been connected. */
export function runCall(call: Call, telephone: Telephone, resources: CallResources): LiveCall {
  const driver = new CallDriver(call, telephone, resources);
  driver.start();
  return driver;
}

class CallDriver implements LiveCall {
  readonly ended: Promise<void>;
  readonly #telephone: Telephone;
  readonly #resources: CallResources;
  readonly #letGo: () => void;
  #session: Session;
  #call: Call;
  #model: VoiceModel | undefined;
  #writes: Promise<void> = Promise.resolve();
  #events: SessionEvent[] = [];
  #busy = false;
  #dueMs: number | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(call: Call, telephone: Telephone, resources: CallResources) {
    this.#call = call;
    this.#telephone = telephone;
    this.#resources = resources;
    this.#session = newSession({
      callId: call.call_id,
      flags: resources.flags,
      language: call.lang_short_code,
      speed: call.initiate.prosody_rate,
      greeting: greetingFor(call),
      company: call.initiate.bot_company,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    this.ended = promise.then(() => this.#writes);
  }

  start(): void {
    this.#happen({ kind: "start" });
    this.#telephone.listen((event) => this.#happen({ kind: "phone", event }));
  }

  stop(): void {
    this.#happen({ kind: "stop" });
  }

  /** Effects may report at once; their events wait until the step they come from is done. */
  #happen(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const { session, effects } = step(this.#session, next, this.#resources.clock.nowMs());
        this.#session = session;
        for (const effect of effects) this.#do(effect);
      }
    } catch (error) {
      this.#giveUp(error);
    }
    this.#busy = false;
    this.#setTimer();
  }

  /** A fault of ours ends the call it befell; thrown any further it would end every call of the process. */
  #giveUp(error: unknown): void {
    const kind = error instanceof Error ? error.name : typeof error;
    this.#resources.log.error({ callId: this.#call.call_id, kind }, "a call failed on our side and is ended");
    this.#events = [];
    this.#session = { ...this.#session, phase: "ended" };
    this.#model?.close();
    this.#try(this.#telephone.hangUp(), "the call could not be ended through the network");
    this.#end();
  }

  #setTimer(): void {
    const { clock } = this.#resources;
    const dueMs = nextDeadlineMs(this.#session);
    if (dueMs === this.#dueMs) return;
    this.#cancelTimer();
    this.#dueMs = dueMs;
    if (dueMs === undefined) return;
    // Timers count whole milliseconds; rounding up keeps them from coming a moment too early, over and over.
    this.#cancelTimer = clock.after(Math.max(0, Math.ceil(dueMs - clock.nowMs())), () => {
      this.#dueMs = undefined;
      this.#happen({ kind: "tick" });
    });
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case "model":
        this.#model?.send(effect.command);
        break;
      case "play":
        this.#telephone.play(effect.audio);
        break;
      case "stop_playing":
        this.#telephone.stop();
        break;
      case "append":
        this.#append(effect.callId, effect.message);
        break;
      case "connected":
        this.#write((store) => store.change(this.#call.call_id, (record) => advance(record, "connected")));
        break;
      case "open_model":
        this.#try(this.#openModel(effect.generation), "the model's session could not be prepared", () => {
          this.#happen({ kind: "model", generation: effect.generation, event: { kind: "closed" } });
        });
        break;
      case "close_model":
        this.#model?.close();
        break;
      case "brief":
        this.#try(this.#brief(effect), "the model could not be told what changed", () => this.#happen({ kind: "briefed" }));
        break;
      case "run_tool":
        this.#try(this.#runTool(effect), "a tool failed", () => {
          this.#happen({ kind: "tool_done", toolCallId: effect.toolCallId, content: toolFailed });
        });
        break;
      case "transfer":
        this.#try(this.#telephone.transfer(effect.to), "a transfer was refused", () =>
          this.#happen({ kind: "transfer_refused" }),
        );
        break;
      case "hang_up":
        this.#try(this.#telephone.hangUp(), "the call could not be ended through the network");
        break;
      case "end":
        this.#end();
        break;
    }
  }

  async #openModel(generation: number): Promise<void> {
    if (generation > 1) await this.#reload(this.#session.callId);
    if (generation !== this.#session.generation || this.#session.phase === "ended") return;
    const { openModel, deployment, log } = this.#resources;
    this.#model?.close();
    this.#model = openModel({ deployment, brief: this.#briefOf(this.#session) }, (event) => {
      if (event.kind === "closed") log.warn({ callId: this.#call.call_id }, "the model's session was lost");
      if (event.kind === "refused")
        log.warn({ callId: this.#call.call_id, code: event.code }, "the model's session refused a command");
      this.#happen({ kind: "model", generation, event });
    });
  }

  async #brief({ callId, language, speed }: Extract<Effect, { kind: "brief" }>): Promise<void> {
    await this.#reload(callId);
    this.#model?.brief(this.#briefOf({ language, speed }));
    this.#happen({ kind: "briefed" });
  }

  async #reload(callId: string): Promise<void> {
    await this.#writes;
    const call = await this.#resources.store.get(callId);
    if (call) this.#call = call;
  }

  #briefOf({ language, speed }: Pick<Session, "language" | "speed">): ModelBrief {
    const { flags, clock } = this.#resources;
    return {
      instructions: instructionsFor(this.#call, new Date(clock.nowMs())),
      tools: toolsFor(this.#call),
      language,
      speed,
      vadThreshold: flags.vad_threshold,
      vadSilenceMs: flags.vad_silence_timeout_ms,
    };
  }

  async #runTool({ callId, toolCallId, name, argumentsJson }: Extract<Effect, { kind: "run_tool" }>): Promise<void> {
    const { store, runTool } = this.#resources;
    // What a tool reads of the call must include what was just said.
    await this.#writes;
    const first = await store.claim(callId, `run:${toolCallId}`);
    const outcome = first ? await runTool({ callId, toolId: toolCallId, name, argumentsJson }) : { content: toolRepeated };
    this.#happen({ kind: "tool_done", toolCallId, ...outcome });
  }

  #append(callId: string, message: Message): void {
    this.#write((store) => store.append(callId, message));
  }

  /** Writes follow each other in order and are tried again; a message that cannot be kept is never dropped in silence. */
  #write(write: (store: CallResources["store"]) => Promise<unknown>): void {
    const { store, clock, log } = this.#resources;
    this.#writes = this.#writes.then(async () => {
      for (const delayMs of [...writeDelaysMs, undefined]) {
        try {
          await write(store);
          return;
        } catch {
          if (delayMs === undefined) log.error({ callId: this.#call.call_id }, "part of a call's record could not be kept");
          else await new Promise<void>((resolve) => clock.after(delayMs, resolve));
        }
      }
    });
  }

  #try(work: Promise<void>, message: string, otherwise: () => void = () => undefined): void {
    work.catch(() => {
      this.#resources.log.warn({ callId: this.#call.call_id }, message);
      otherwise();
    });
  }

  #end(): void {
    this.#cancelTimer();
    this.#telephone.close();
    this.#letGo();
  }
}
