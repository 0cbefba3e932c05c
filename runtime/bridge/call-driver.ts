/** Runs one call: feeds the session what happens, does what it asks for, and lets go of everything at its end. */
import type { Call } from "../calls/call.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { instructionsFor } from "../calls/prompts.ts";
import { advance } from "../calls/status.ts";
import { toolsFor } from "../calls/tools.ts";
import type { CallResources, LiveCall } from "./call-resources.ts";
import { type CallStart, factsOf } from "./call-start.ts";

export type { LiveCall } from "./call-resources.ts";

import { watchFlags } from "./flag-watch.ts";
import { OrderedWrites } from "./ordered-writes.ts";
import { RunningTools } from "./running-tools.ts";
import { step } from "./session.ts";
import { type Effect, newSession, type Session, type SessionEvent } from "./session-state.ts";
import type { Telephone, WarmLine } from "./telephone/telephone.ts";
import { nextDeadlineMs } from "./timing.ts";
import { openTools } from "./tool-once.ts";
import type { ModelBrief, VoiceModel } from "./voice-model/voice-model.ts";

const recorded =
  "Nothing was asked for: the call's recording could not be paused, so digits would not stay secret. Have the customer type nothing, and offer another way, such as a call from a colleague.";

/** Takes over a call whose phone has just been connected. */
export function runCall(call: Call, telephone: Telephone, resources: CallResources, start: CallStart): LiveCall {
  const driver = new CallDriver(call, telephone, resources, start);
  driver.start(start);
  return driver;
}

class CallDriver implements LiveCall {
  readonly ended: Promise<void>;
  readonly #telephone: Telephone;
  readonly #resources: CallResources;
  readonly #writes: OrderedWrites;
  readonly #letGo: () => void;
  readonly #tools: RunningTools;
  readonly #subscriptions = new Map<string, () => void>();
  #session: Session;
  #call: Call;
  #model: VoiceModel | undefined;
  #events: SessionEvent[] = [];
  #busy = false;
  #dueMs: number | undefined;
  #cancelTimer: () => void = () => undefined;
  #endWatch: () => void = () => undefined;
  /** The steps of a warm transfer follow each other: nobody is let into the call before the caller is on hold. */
  #warmSteps: Promise<void> = Promise.resolve();

  constructor(call: Call, telephone: Telephone, resources: CallResources, start: CallStart) {
    this.#call = call;
    this.#telephone = telephone;
    this.#resources = resources;
    const { clock, log, engines, carried, random } = resources;
    this.#writes = new OrderedWrites(clock, () =>
      log.error({ callId: call.call_id }, "part of a call's record could not be kept"),
    );
    const seed = Math.floor(random() * 2 ** 31);
    const facts = factsOf(call, start, { engines: engines.length, carried, warm: telephone.warm !== undefined, seed });
    this.#session = { ...newSession(facts), tools: openTools(call.messages) };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    this.#tools = new RunningTools({
      resources,
      writes: this.#writes,
      tell: (toolCallId, outcome) => {
        const listens = this.#session.phase !== "ended";
        this.#happen({ kind: "tool_done", toolCallId, ...outcome });
        return listens;
      },
    });
    // A tool that was begun is waited for, so that what came of it is kept.
    this.ended = promise.then(() => this.#tools.settled).then(() => this.#writes.settled);
  }

  start({ flags, makeshift, resumed, colleague }: CallStart): void {
    const { clock, flags: read } = this.#resources;
    this.#endWatch = watchFlags(flags, read, clock, (changed) => this.#happen({ kind: "flags", flags: changed }));
    const unanswered = this.#session.tools.filter((each) => each.state === "running");
    this.#happen({ kind: "start" });
    this.#telephone.listen((event) => this.#happen({ kind: "phone", event }));
    for (const tool of unanswered) this.#tools.run({ callId: this.#call.call_id, ...tool });
    if (resumed && colleague === undefined) this.#takeBack();
    if (makeshift) this.#do({ kind: "load_phrases", language: this.#session.language });
  }

  stop(): void {
    this.#happen({ kind: "stop" });
  }

  move(): void {
    this.#happen({ kind: "move" });
  }

  /** Effects may report at once; their events wait until the step they come from is done. */
  #happen(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const { session, effects } = step(this.#session, next, this.#resources.clock.nowMs());
        this.#keepHandover(this.#session, session);
        this.#session = session;
        for (const effect of effects) this.#do(effect);
        this.#listenForNews();
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
        this.#writes.add(() => this.#resources.store.append(effect.callId, effect.message));
        break;
      case "keep_unfinished":
        this.#writes.add(() => this.#resources.store.keepUnfinished(effect.callId, effect.message));
        break;
      case "connected":
        this.#writes.add(() => this.#resources.store.change(this.#call.call_id, (record) => advance(record, "connected")));
        break;
      case "open_model":
        this.#try(this.#openModel(effect), "the model's session could not be prepared", () => {
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
        this.#tools.run(effect);
        break;
      case "deliver_digits":
        this.#tools.deliverDigits(effect);
        break;
      case "transfer":
        this.#try(this.#telephone.transfer(effect.to), "a transfer was refused", () =>
          this.#happen({ kind: "transfer_refused" }),
        );
        break;
      case "hold":
        this.#warm((line) => line.hold());
        break;
      case "unhold":
        this.#warm((line) => line.unhold());
        break;
      case "invite":
        this.#warm((line) => line.invite(effect.to));
        break;
      case "dismiss":
        this.#warm((line) => line.dismiss(effect.to));
        break;
      case "keep_briefing":
        this.#keepBriefing(effect);
        break;
      case "pause_recording":
        this.#try(this.#resources.recording.pause(this.#session.callId), "a recording could not be paused", () =>
          this.#givesAwayDigits(),
        );
        break;
      case "resume_recording":
        this.#try(this.#resources.recording.resume(this.#session.callId), "a recording could not be resumed");
        break;
      case "load_phrases":
        this.#loadPhrases(effect.language);
        break;
      case "hang_up":
        this.#try(this.#telephone.hangUp(), "the call could not be ended through the network");
        break;
      case "end":
        this.#end();
        break;
    }
  }

  async #openModel({ generation, engine }: Extract<Effect, { kind: "open_model" }>): Promise<void> {
    if (generation > 1) await this.#reload(this.#session.callId);
    if (generation !== this.#session.generation || this.#session.phase === "ended") return;
    const { engines, log } = this.#resources;
    const chosen = engines[Math.min(engine, engines.length - 1)];
    if (!chosen) throw new Error("A call has no voice engine.");
    const { name, open, deployment } = chosen;
    const callId = this.#call.call_id;
    this.#model?.close();
    this.#model = open({ deployment, brief: this.#briefOf(this.#session) }, (event) => {
      if (event.kind === "closed") log.warn({ callId, engine: name }, "the model's session was lost");
      if (event.kind === "refused") log.warn({ callId, engine: name, code: event.code }, "the model's session refused a command");
      this.#happen({ kind: "model", generation, event });
    });
  }

  async #brief({ callId, language, speed }: Extract<Effect, { kind: "brief" }>): Promise<void> {
    // A language that was chosen or detected is the session's own until it is kept; the instructions are made from the record.
    this.#writes.add(() =>
      this.#resources.store.change(callId, (record) =>
        record.lang_short_code === language ? record : { ...record, lang_short_code: language },
      ),
    );
    await this.#reload(callId);
    this.#model?.brief(this.#briefOf({ language, speed }));
    this.#happen({ kind: "briefed" });
  }

  async #reload(callId: string): Promise<void> {
    await this.#writes.settled;
    const call = await this.#resources.store.get(callId);
    if (call) this.#call = call;
  }

  #briefOf({ language, speed }: Pick<Session, "language" | "speed">): ModelBrief {
    const { clock } = this.#resources;
    const { flags } = this.#session;
    return {
      instructions: instructionsFor(this.#call, new Date(clock.nowMs()), flags),
      tools: toolsFor(this.#call, flags),
      language,
      languages: this.#call.initiate.lang.availables,
      speed,
      vadThreshold: flags.vad_threshold,
      vadSilenceMs: flags.vad_silence_timeout_ms,
      recognitionMs: flags.recognition_stt_complete_timeout_ms,
    };
  }

  #warm(act: (line: WarmLine) => Promise<void>): void {
    const { warm } = this.#telephone;
    const done = this.#warmSteps.then(() => (warm ? act(warm) : Promise.reject(new Error("The line cannot hold a caller."))));
    this.#warmSteps = done.catch(() => undefined);
    this.#try(done, "a step of a transfer was refused", () => this.#happen({ kind: "transfer_refused" }));
  }

  /** For the bridge that goes on when this one is gone: in whose hands the caller is. What ends with the call stays as it was. */
  #keepHandover({ handover: before }: Session, { handover, callId, phase }: Session): void {
    if (phase === "ended" || (before?.state === handover?.state && before?.to === handover?.to)) return;
    const kept = handover && ({ to: handover.to, state: handover.state === "taken" ? "taken" : "hold" } as const);
    this.#writes.add(() =>
      this.#resources.store.change(callId, ({ handover: _, ...record }) => (kept ? { ...record, handover: kept } : record)),
    );
  }

  /** A bridge that is gone may have left its caller on hold, and a person being fetched; where it did not, the network's refusal says nothing new. */
  #takeBack(): void {
    const { warm } = this.#telephone;
    const { handover } = this.#call;
    warm?.unhold().catch(() => undefined);
    if (!handover) return;
    warm?.dismiss(handover.to).catch(() => undefined);
    this.#writes.add(() => this.#resources.store.change(this.#call.call_id, ({ handover: _, ...record }) => record));
  }

  /** Digits that would be recorded are not secret, so none are asked for. */
  #givesAwayDigits(): void {
    const { secret } = this.#session;
    if (secret && !secret.delivered) this.#happen({ kind: "tool_done", toolCallId: secret.toolCallId, content: recorded });
  }

  #keepBriefing({ callId, to, text }: Extract<Effect, { kind: "keep_briefing" }>): void {
    this.#writes.add(() => this.#resources.store.change(callId, (record) => ({ ...record, briefing: text })));
    this.#try(this.#resources.sms.send(to, text), "a briefing could not be sent as a text message");
  }

  #loadPhrases(language: string): void {
    const { phrases } = this.#resources;
    const { initiate } = this.#call;
    void phrases(language, initiate)
      .catch(() => phrasesIn(language, initiate))
      .then((book) => this.#happen({ kind: "phrases", language, phrases: book }));
  }

  /** Of its own record and of the one its caller goes on under. */
  #listenForNews(): void {
    const { callId, phase } = this.#session;
    if (phase === "ended" || this.#subscriptions.has(callId)) return;
    const end = this.#resources.news.subscribe(callId, (news) => this.#happen({ kind: "news", news }));
    this.#subscriptions.set(callId, end);
  }

  #try(work: Promise<void>, message: string, otherwise: () => void = () => undefined): void {
    work.catch(() => {
      this.#resources.log.warn({ callId: this.#call.call_id }, message);
      otherwise();
    });
  }

  #end(): void {
    this.#cancelTimer();
    this.#endWatch();
    for (const unsubscribe of this.#subscriptions.values()) unsubscribe();
    this.#subscriptions.clear();
    this.#telephone.close();
    this.#letGo();
  }
}
