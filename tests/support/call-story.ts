/** A call told event by event, without a socket or a clock: what tests of the session are written in. */

import type { Audio } from "../../runtime/bridge/audio.ts";
import { step } from "../../runtime/bridge/session.ts";
import { type CallFacts, type Effect, newSession, type Session, type SessionEvent } from "../../runtime/bridge/session-state.ts";
import type { TelephoneEvent } from "../../runtime/bridge/telephone/telephone.ts";
import { nextDeadlineMs } from "../../runtime/bridge/timing.ts";
import type { ModelCommand, ModelEvent, Purpose } from "../../runtime/bridge/voice-model/voice-model.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";

export const sound = (durationMs: number): Audio => ({ base64: Buffer.from("AAAA"), durationMs });

/** The facts of an English call of Contoso's, with some of them changed. */
export function callFacts({ flags, ...changes }: Partial<Omit<CallFacts, "flags">> & { flags?: Partial<Flags> } = {}): CallFacts {
  return {
    callId: "call-1",
    language: "en-US",
    speed: 1,
    greeting: "Hello, this is Ada.",
    company: "Contoso",
    phrases: phrasesIn("en-US", { bot_name: "Ada", bot_company: "Contoso" }),
    seed: 0,
    languages: [],
    languageMenu: undefined,
    engines: 1,
    carried: false,
    secretKeys: false,
    warm: false,
    longestMs: 3_600_000,
    resumed: false,
    flags: { ...defaultFlags, ...flags },
    ...changes,
  };
}

/** A call told event by event; time passes only when it is told to. */
export class CallStory {
  session: Session;
  nowMs = 1_000_000;
  readonly effects: Effect[] = [];
  #responses = 0;

  constructor(facts: Parameters<typeof callFacts>[0] = {}) {
    this.session = newSession(callFacts(facts));
  }

  happens(event: SessionEvent): Effect[] {
    const { session, effects } = step(this.session, event, this.nowMs);
    this.session = session;
    this.effects.push(...effects);
    return [...effects];
  }

  phone(event: TelephoneEvent): Effect[] {
    return this.happens({ kind: "phone", event });
  }

  /** Keys of the keypad, one after the other. */
  presses(keys: string): Effect[] {
    return [...keys].flatMap((digit) => this.phone({ kind: "digit", digit }));
  }

  model(event: ModelEvent): Effect[] {
    return this.happens({ kind: "model", generation: this.session.generation, event });
  }

  /** Time passes; what becomes due on the way happens at its moment. */
  passes(durationMs: number): Effect[] {
    const untilMs = this.nowMs + durationMs;
    const effects: Effect[] = [];
    for (let due = nextDeadlineMs(this.session); due !== undefined && due <= untilMs; due = nextDeadlineMs(this.session)) {
      this.nowMs = Math.max(this.nowMs, due);
      effects.push(...this.happens({ kind: "tick" }));
    }
    this.nowMs = untilMs;
    return effects;
  }

  starts(): this {
    this.happens({ kind: "start" });
    this.model({ kind: "ready" });
    return this;
  }

  /** The model says `text` for `durationMs`, generated at once. */
  says(text: string, durationMs: number, purpose: Purpose = "answer"): string {
    const responseId = this.beginsToSay(text, durationMs, purpose);
    this.model({ kind: "response_ended", responseId, outcome: "completed" });
    return responseId;
  }

  beginsToSay(text: string, durationMs: number, purpose: Purpose = "answer"): string {
    const responseId = `r${++this.#responses}`;
    this.model({ kind: "response_started", responseId, purpose });
    this.model({ kind: "words", responseId, itemId: `i-${responseId}`, text });
    this.model({ kind: "speech", responseId, itemId: `i-${responseId}`, contentIndex: 0, audio: sound(durationMs) });
    return responseId;
  }

  callerBegins(): Effect[] {
    return this.model({ kind: "speech_started", audioStartMs: this.session.givenMs, paddingMs: 300 });
  }

  callerSays(text: string, itemId: string): Effect[] {
    return [
      ...this.model({ kind: "speech_stopped" }),
      ...this.model({ kind: "turn_ended", itemId }),
      ...this.model({ kind: "turn_heard", itemId, text }),
    ];
  }

  calls(name: string, toolCallId: string, responseId: string): Effect[] {
    return this.model({ kind: "tool_call", responseId, toolCallId, name, argumentsJson: "{}" });
  }

  /** Greeted, heard to its end, and quiet. */
  static greeted(facts: Parameters<typeof callFacts>[0] = {}): CallStory {
    const story = new CallStory(facts).starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    story.passes(2_000);
    return story;
  }

  get history(): string[] {
    return this.effects.flatMap((each) => (each.kind === "append" ? [`${each.message.persona}: ${each.message.content}`] : []));
  }
}

export const kinds = (effects: readonly Effect[]): string[] =>
  effects.map((each) => (each.kind === "model" ? each.command.kind : each.kind));
export const commands = (effects: readonly Effect[]): ModelCommand[] =>
  effects.flatMap((each) => (each.kind === "model" ? [each.command] : []));
