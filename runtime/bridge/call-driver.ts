/** Runs one call: feeds the session what happens, does what it asks for, and lets go of everything at its end. */
import type { Call } from "../calls/call.ts";
import { modelBrief } from "../calls/model-brief.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { CallModels } from "./call-models.ts";
import type { CallResources, LiveCall } from "./call-resources.ts";
import { type CallStart, factsOf } from "./call-start.ts";
import { watchFlags } from "./flag-watch.ts";
import { OrderedWrites } from "./ordered-writes.ts";
import { RecordKeeping } from "./record-keeping.ts";
import { RunningTools } from "./running-tools.ts";
import { step } from "./session.ts";
import { type Effect, newSession, type Session, type SessionEvent } from "./session-state.ts";
import type { Telephone } from "./telephone/telephone.ts";
import { nextDeadlineMs } from "./timing.ts";
import { openTools } from "./tool-once.ts";
import type { ModelBrief, ModelEvent } from "./voice-model/voice-model.ts";
import { WarmSteps } from "./warm-steps.ts";

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
  readonly #record: RecordKeeping;
  readonly #letGo: () => void;
  readonly #tools: RunningTools;
  readonly #models: CallModels;
  readonly #warm: WarmSteps;
  readonly #subscriptions = new Map<string, () => void>();
  #session: Session;
  #call: Call;
  #events: SessionEvent[] = [];
  #busy = false;
  #dueMs: number | undefined;
  #cancelTimer: () => void = () => undefined;
  #endWatch: () => void = () => undefined;

  constructor(call: Call, telephone: Telephone, resources: CallResources, start: CallStart) {
    this.#call = call;
    this.#telephone = telephone;
    this.#resources = resources;
    const { clock, log, engines, carried, random } = resources;
    this.#writes = new OrderedWrites(clock, () =>
      log.error({ callId: call.call_id }, "part of a call's record could not be kept"),
    );
    this.#record = new RecordKeeping(resources.store, this.#writes);
    const seed = Math.floor(random() * 2 ** 31);
    const facts = factsOf(call, start, { engines: engines.length, carried, warm: telephone.warm !== undefined, seed });
    this.#session = { ...newSession(facts), tools: openTools(call.messages) };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#letGo = resolve;
    this.#warm = new WarmSteps(telephone.warm);
    const { call_id: callId } = call;
    const tell = (generation: number, event: ModelEvent) => this.#happen({ kind: "model", generation, event });
    this.#models = new CallModels({ engines, callId, log, tell });
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
    this.#models.close();
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
        this.#models.send(effect.command);
        break;
      case "play":
        this.#telephone.play(effect.audio);
        break;
      case "stop_playing":
        this.#telephone.stop();
        break;
      case "append":
        this.#record.append(effect.callId, effect.message);
        break;
      case "keep_unfinished":
        this.#record.keepUnfinished(effect.callId, effect.message);
        break;
      case "connected":
        this.#record.connected(this.#call.call_id);
        break;
      case "open_model":
        this.#try(this.#openModel(effect), "the model's session could not be prepared", () => {
          this.#happen({ kind: "model", generation: effect.generation, event: { kind: "closed" } });
        });
        break;
      case "try_model":
        this.#try(this.#tryModel(effect), "a session of the preferred engine could not be prepared", () => {
          this.#happen({ kind: "model", generation: effect.generation, event: { kind: "closed" } });
        });
        break;
      case "take_trial":
        this.#models.takeTrial();
        this.#resources.log.info({ callId: this.#call.call_id }, "the preferred engine has the conversation again");
        break;
      case "drop_trial":
        this.#models.dropTrial();
        break;
      case "close_model":
        this.#models.close();
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
      case "unhold":
      case "invite":
      case "dismiss":
        this.#try(this.#warm.take(effect), "a step of a transfer was refused", () => this.#happen({ kind: "transfer_refused" }));
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
    this.#models.open({ generation, engine, brief: this.#briefOf(this.#session) });
  }

  async #tryModel({ generation }: Extract<Effect, { kind: "try_model" }>): Promise<void> {
    await this.#reload(this.#session.callId);
    if (generation !== this.#session.trial?.generation || this.#session.phase === "ended") return;
    this.#models.try({ generation, engine: 0, brief: this.#briefOf(this.#session) });
  }

  async #brief({ callId, language, speed }: Extract<Effect, { kind: "brief" }>): Promise<void> {
    // A language that was chosen or detected is the session's own until it is kept; the instructions are made from the record.
    this.#record.language(callId, language);
    await this.#reload(callId);
    this.#models.brief(this.#briefOf({ language, speed }));
    this.#happen({ kind: "briefed" });
  }

  async #reload(callId: string): Promise<void> {
    await this.#writes.settled;
    const call = await this.#resources.store.get(callId);
    if (call) this.#call = call;
  }

  #briefOf({ language, speed }: Pick<Session, "language" | "speed">): ModelBrief {
    const now = new Date(this.#resources.clock.nowMs());
    return { ...modelBrief(this.#call, this.#session.flags, now), language, speed };
  }

  /** For the bridge that goes on when this one is gone: in whose hands the caller is. What ends with the call stays as it was. */
  #keepHandover({ handover: before }: Session, { handover, callId, phase }: Session): void {
    if (phase === "ended" || (before?.state === handover?.state && before?.to === handover?.to)) return;
    const kept = handover && ({ to: handover.to, state: handover.state === "taken" ? "taken" : "hold" } as const);
    this.#record.handover(callId, kept);
  }

  #takeBack(): void {
    const { handover } = this.#call;
    this.#warm.takeBack(handover?.to);
    if (handover) this.#record.handover(this.#call.call_id, undefined);
  }

  /** Digits that would be recorded are not secret, so none are asked for. */
  #givesAwayDigits(): void {
    const { secret } = this.#session;
    if (secret && !secret.delivered) this.#happen({ kind: "tool_done", toolCallId: secret.toolCallId, content: recorded });
  }

  #keepBriefing({ callId, to, text }: Extract<Effect, { kind: "keep_briefing" }>): void {
    this.#record.briefing(callId, text);
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
