import { describe, expect, test } from "vitest";
import { defaultFlags, type Flags } from "../flags.ts";
import type { Audio } from "./audio.ts";
import { step } from "./session.ts";
import { type Effect, newSession, type Session, type SessionEvent } from "./session-state.ts";
import { nextDeadlineMs } from "./timing.ts";
import type { ModelCommand, ModelEvent, Purpose } from "./voice-model/voice-model.ts";

const sound = (durationMs: number): Audio => ({ base64: Buffer.from("AAAA"), durationMs });

/** A call told event by event; time passes only when it is told to. */
class Story {
  session: Session;
  nowMs = 1_000_000;
  readonly effects: Effect[] = [];
  #responses = 0;

  constructor(flags: Partial<Flags> = {}) {
    const facts = { callId: "call-1", language: "en-US", speed: 1, greeting: "Hello, this is Ada.", company: "Contoso" };
    this.session = newSession({ ...facts, flags: { ...defaultFlags, ...flags } });
  }

  happens(event: SessionEvent): Effect[] {
    const { session, effects } = step(this.session, event, this.nowMs);
    this.session = session;
    this.effects.push(...effects);
    return [...effects];
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
  static greeted(flags: Partial<Flags> = {}): Story {
    const story = new Story(flags).starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    story.passes(2_000);
    return story;
  }

  get history(): string[] {
    return this.effects.flatMap((each) => (each.kind === "append" ? [`${each.message.persona}: ${each.message.content}`] : []));
  }
}

const kinds = (effects: readonly Effect[]): string[] =>
  effects.map((each) => (each.kind === "model" ? each.command.kind : each.kind));
const commands = (effects: readonly Effect[]): ModelCommand[] =>
  effects.flatMap((each) => (each.kind === "model" ? [each.command] : []));

describe("the beginning", () => {
  test("marks the call connected, opens the model and lets it speak first, in our words", () => {
    const story = new Story();
    expect(kinds(story.happens({ kind: "start" }))).toEqual(["connected", "open_model"]);
    expect(commands(story.model({ kind: "ready" }))).toEqual([
      { kind: "respond", purpose: "greeting", say: "Hello, this is Ada." },
    ]);
  });

  test("forwards the caller's sound only once the model listens", () => {
    const story = new Story();
    story.happens({ kind: "start" });
    const frame: SessionEvent = { kind: "phone", event: { kind: "audio", audio: sound(20) } };
    expect(story.happens(frame)).toEqual([]);
    story.model({ kind: "ready" });
    expect(kinds(story.happens(frame))).toEqual(["hear"]);
  });

  test("writes the greeting down once it has been heard, at the time it began", () => {
    const story = new Story().starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    expect(story.history).toEqual([]);
    story.passes(1_999);
    expect(story.history).toEqual([]);
    story.passes(1);
    expect(story.history).toEqual(["assistant: Hello, this is Ada."]);
    const [message] = story.effects.flatMap((each) => (each.kind === "append" ? [each.message] : []));
    expect(message).toMatchObject({
      id: "assistant:i-r1",
      created_at: new Date(1_000_000).toISOString(),
      lang_short_code: "en-US",
    });
  });
});

describe("an interruption", () => {
  test("stops the phone, cancels, truncates at what was heard and writes down only that", () => {
    const story = Story.greeted();
    const responseId = story.beginsToSay("one two three four", 1_000);
    story.passes(250);
    story.callerBegins();
    const effects = story.passes(250);
    expect(kinds(effects)).toEqual(["stop_playing", "cancel", "truncate", "append"]);
    expect(commands(effects)).toContainEqual({ kind: "truncate", itemId: `i-${responseId}`, contentIndex: 0, heardMs: 500 });
    expect(story.history.at(-1)).toBe("assistant: one two");
  });

  test("drops what still arrives of the cut response", () => {
    const story = Story.greeted();
    const responseId = story.beginsToSay("a long story", 1_000);
    story.callerBegins();
    story.passes(250);
    const late = { kind: "speech", responseId, itemId: `i-${responseId}`, contentIndex: 0, audio: sound(500) } as const;
    expect(story.model(late)).toEqual([]);
    expect(story.model({ kind: "words", responseId, itemId: `i-${responseId}`, text: " that goes on" })).toEqual([]);
    story.passes(5_000);
    expect(story.history.join()).not.toContain("goes on");
  });

  test("needs speech that lasts: a cough changes nothing", () => {
    const story = Story.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.callerBegins();
    story.passes(200);
    story.model({ kind: "speech_stopped" });
    expect(story.passes(700).map((each) => each.kind)).not.toContain("stop_playing");
  });

  test("counts the speech that had passed before the model noticed it", () => {
    const story = Story.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(600);
    for (let frame = 0; frame < 40; frame++) story.happens({ kind: "phone", event: { kind: "audio", audio: sound(20) } });
    story.model({ kind: "speech_started", audioStartMs: 250, paddingMs: 300 });
    expect(kinds(story.effects.slice(-4))).toEqual(["stop_playing", "cancel", "truncate", "append"]);
  });

  test("comes at once when the flag is 0", () => {
    const story = Story.greeted({ vad_cutoff_timeout_ms: 0 });
    story.beginsToSay("one two", 1_000);
    expect(kinds(story.callerBegins())).toContain("stop_playing");
  });

  test("cuts the waiting utterances too, and forgets those that were not heard at all", () => {
    const story = Story.greeted();
    const first = story.says("the first thing", 1_000);
    const second = story.says("the second thing", 1_000);
    story.callerBegins();
    const effects = commands(story.passes(250));
    expect(effects).toEqual([
      { kind: "truncate", itemId: `i-${first}`, contentIndex: 0, heardMs: 250 },
      { kind: "truncate", itemId: `i-${second}`, contentIndex: 0, heardMs: 0 },
    ]);
    expect(story.history.join()).not.toContain("second");
  });

  test("of a greeting by a key of the keypad tells the model the digits once they are complete, and keeps them out of the record", () => {
    const story = new Story().starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    expect(kinds(story.happens({ kind: "phone", event: { kind: "digit", digit: "4" } }))).toContain("stop_playing");
    story.passes(500);
    story.happens({ kind: "phone", event: { kind: "digit", digit: "2" } });
    const effects = commands(story.passes(1_500));
    expect(effects).toEqual([
      { kind: "note", text: "The caller pressed 4 2 on the keypad." },
      { kind: "respond", purpose: "answer" },
    ]);
    expect(story.history.join()).not.toContain("4 2");
  });
});

describe("turns", () => {
  test("are answered by the service itself, so nothing is asked for", () => {
    const story = Story.greeted();
    story.callerBegins();
    story.passes(1_000);
    expect(commands(story.callerSays("My roof leaks.", "u1"))).toEqual([]);
    expect(story.history.at(-1)).toBe("human: My roof leaks.");
  });

  test("that end while the assistant still answers are answered afterwards", () => {
    const story = Story.greeted();
    const responseId = story.beginsToSay("I see", 400);
    story.callerBegins();
    story.passes(100);
    expect(commands(story.callerSays("no", "u1"))).toEqual([]);
    const effects = story.model({ kind: "response_ended", responseId, outcome: "completed" });
    expect(commands(effects)).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("whose words come late keep the time they were said at", () => {
    const story = Story.greeted();
    story.callerBegins();
    story.model({ kind: "turn_ended", itemId: "u1" });
    const saidAtMs = story.nowMs;
    story.passes(700);
    const effects = story.model({ kind: "turn_heard", itemId: "u1", text: "Hello?" });
    expect(effects).toMatchObject([
      { kind: "append", message: { id: "human:u1", created_at: new Date(saidAtMs).toISOString() } },
    ]);
  });

  test("without words leave no message", () => {
    const story = Story.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(story.model({ kind: "turn_heard", itemId: "u1", text: " " })).toEqual([]);
  });
});

describe("waiting", () => {
  test("is bridged once by a phrase, then by an apology", () => {
    const story = Story.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(commands(story.passes(3_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "waiting" }]);
    expect(commands(story.passes(10_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "apology" }]);
  });

  test("is never bridged when the flags are 0", () => {
    const story = Story.greeted({ answer_soft_timeout_sec: 0, answer_hard_timeout_sec: 0 });
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(commands(story.passes(60_000))).toEqual([]);
  });

  test("ends with the first sound, and a phrase that comes after it is not spoken", () => {
    const story = Story.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    story.beginsToSay("Here it is", 500);
    story.model({ kind: "response_started", responseId: "late", purpose: "waiting" });
    const effects = story.model({ kind: "speech", responseId: "late", itemId: "l", contentIndex: 0, audio: sound(800) });
    expect(commands(effects)).toEqual([{ kind: "cancel", responseId: "late" }]);
  });

  test("phrase and answer are played one after the other, never interleaved, and only the answer is remembered", () => {
    const story = Story.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    const phrase = story.beginsToSay("One moment", 600, "waiting");
    const before = story.effects.length;
    story.says("Your claim is open", 1_000);
    expect(kinds(story.effects.slice(before))).not.toContain("play");
    expect(kinds(story.model({ kind: "response_ended", responseId: phrase, outcome: "completed" }))).toEqual(["play"]);
    story.passes(1_600);
    expect(story.history.slice(1)).toEqual(["assistant: Your claim is open"]);
  });

  test("for an answer that stops in the middle ends in an apology too", () => {
    const story = Story.greeted();
    const responseId = story.beginsToSay("Well, your", 500);
    const effects = commands(story.passes(15_500));
    expect(effects).toContainEqual({ kind: "cancel", responseId });
    expect(effects.at(-1)).toMatchObject({ kind: "respond", purpose: "apology" });
  });
});

describe("silence", () => {
  test("is asked about as often as the flag says, then the call says goodbye, and hangs up once that was heard", () => {
    const story = Story.greeted();
    for (let prompt = 0; prompt < 2; prompt++) {
      expect(commands(story.passes(20_000))).toMatchObject([
        { kind: "respond", purpose: "silence", say: "Are you still there?" },
      ]);
      story.says("Are you still there?", 1_000, "silence");
      story.passes(1_000);
    }
    expect(commands(story.passes(20_000))).toMatchObject([{ kind: "respond", purpose: "goodbye" }]);
    story.says("Thank you for calling Contoso. Goodbye!", 3_000, "goodbye");
    expect(kinds(story.passes(2_999))).not.toContain("hang_up");
    expect(kinds(story.passes(1))).toContain("hang_up");
  });

  test("starts when the caller has heard the assistant's last word, not when it was sent", () => {
    const story = Story.greeted();
    story.says("a long explanation", 30_000);
    expect(commands(story.passes(49_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
  });

  test("is over when words were heard, and noise without words is not", () => {
    const story = Story.greeted();
    story.passes(20_000);
    expect(story.session.silencePrompts).toBe(1);
    story.says("Are you still there?", 1_000, "silence");
    story.callerBegins();
    story.callerSays("", "noise");
    expect(story.session.silencePrompts).toBe(1);
    story.callerSays("Yes, I am", "u1");
    expect(story.session.silencePrompts).toBe(0);
  });

  test("is left alone when the flag is 0", () => {
    const story = Story.greeted({ phone_silence_timeout_sec: 0 });
    expect(story.passes(600_000)).toEqual([]);
  });
});

describe("tools", () => {
  test("run once, however often they are asked for", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    expect(kinds(story.calls("updated_claim", "t1", "r"))).toEqual(["run_tool"]);
    expect(story.calls("updated_claim", "t1", "r")).toEqual([]);
  });

  test("asked for together are answered together, after the response that asked is done", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("updated_claim", "t1", "r");
    story.calls("new_or_updated_reminder", "t2", "r");
    expect(kinds(story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok" }))).toEqual(["append", "tool_result"]);
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    const effects = story.happens({ kind: "tool_done", toolCallId: "t2", content: "ok" });
    expect(kinds(effects)).toEqual(["append", "tool_result", "respond"]);
  });

  test("that change how the assistant speaks take effect before its next word", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("speech_lang", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    const effect = { kind: "language", shortCode: "fr-FR" } as const;
    const asked = story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect });
    expect(asked.at(-1)).toEqual({ kind: "brief", callId: "call-1", language: "fr-FR", speed: 1 });
    expect(commands(story.happens({ kind: "briefed" }))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("that open a new claim move what follows to the new record", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("new_claim", "t1", "r");
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "switch_call", callId: "call-2" } });
    expect(story.model({ kind: "turn_heard", itemId: "u9", text: "A new damage" })).toMatchObject([
      { kind: "append", callId: "call-2" },
    ]);
  });

  test("that end the call let the goodbye be heard, then hang up, and ignore new subjects", () => {
    const story = Story.greeted();
    const responseId = story.beginsToSay("Goodbye then!", 1_500);
    story.calls("end_call", "t1", responseId);
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "end_call" } });
    story.model({ kind: "response_ended", responseId, outcome: "completed" });
    expect(commands(story.model({ kind: "response_started", responseId: "r9", purpose: "answer" }))).toEqual([
      { kind: "cancel", responseId: "r9" },
    ]);
    story.model({ kind: "response_ended", responseId: "r9", outcome: "cancelled" });
    expect(kinds(story.passes(1_499))).not.toContain("hang_up");
    expect(kinds(story.passes(1))).toEqual(["append", "hang_up"]);
  });

  test("that end the call without a word get our goodbye", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("end_call", "t1", "r");
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "end_call" } });
    const effects = commands(story.model({ kind: "response_ended", responseId: "r", outcome: "completed" }));
    expect(effects).toEqual([{ kind: "respond", purpose: "goodbye", say: "Thank you for calling Contoso. Goodbye!" }]);
  });

  test("that hand over to a person do so once the announcement was heard, and a refusal leads back", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("talk_to_human", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "transfer", to: "+33100000000" } });
    story.says("I put you through.", 1_000);
    expect(story.passes(1_000).at(-1)).toEqual({ kind: "transfer", to: "+33100000000" });
    expect(kinds(story.happens({ kind: "transfer_refused" }))).toEqual(["note", "respond"]);
  });
});

describe("a model that would not speak", () => {
  test("is asked again twice, then the call is given up", () => {
    const story = Story.greeted();
    const refusal = { kind: "refused", code: "rate_limit_exceeded", purpose: "silence" } as const;
    story.passes(20_000);
    expect(commands(story.model(refusal))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
    expect(commands(story.model(refusal))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
    expect(kinds(story.model(refusal))).toEqual(["hang_up"]);
  });

  test("because it is answering already is left to answer", () => {
    const story = Story.greeted();
    story.passes(20_000);
    const effects = story.model({ kind: "refused", code: "conversation_already_has_active_response", purpose: "silence" });
    expect(effects).toEqual([]);
  });
});

describe("a lost model", () => {
  test("is opened again while the phone stays up, and the answer that was due is asked for", () => {
    const story = Story.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(kinds(story.model({ kind: "closed" }))).toEqual(["open_model"]);
    expect(commands(story.model({ kind: "ready" }))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("does not lose a tool that was running: the new session is told of the call and its result", () => {
    const story = Story.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("send_sms", "t1", "r");
    story.model({ kind: "closed" });
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "sent" });
    story.passes(0);
    expect(commands(story.model({ kind: "ready" }))).toEqual([
      { kind: "tool_result", toolCallId: "t1", content: "sent", call: { name: "send_sms", argumentsJson: "{}" } },
      { kind: "respond", purpose: "answer" },
    ]);
    expect(story.effects.filter((each) => each.kind === "run_tool")).toHaveLength(1);
  });

  test("that cannot be opened ends the call after three more attempts", () => {
    const story = new Story();
    story.happens({ kind: "start" });
    for (let loss = 0; loss < 4; loss++) {
      story.model({ kind: "closed" });
      story.passes(3_000);
    }
    expect(story.effects.filter((each) => each.kind === "open_model")).toHaveLength(4);
    expect(kinds(story.effects).at(-1)).toBe("hang_up");
  });

  test("counts for nothing once another session is open", () => {
    const story = Story.greeted();
    story.model({ kind: "closed" });
    story.passes(0);
    expect(story.happens({ kind: "model", generation: 1, event: { kind: "closed" } })).toEqual([]);
    expect(story.session.model).toBe("opening");
  });
});

describe("the end", () => {
  test("comes with the phone's: what was heard is kept, everything is let go of", () => {
    const story = Story.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(500);
    expect(kinds(story.happens({ kind: "phone", event: { kind: "closed" } }))).toEqual(["append", "close_model", "end"]);
    expect(story.history.at(-1)).toBe("assistant: one two");
    expect(nextDeadlineMs(story.session)).toBeUndefined();
  });

  test("is not waited for when the network does not end the call it was told to end", () => {
    const story = Story.greeted();
    story.happens({ kind: "stop" });
    expect(kinds(story.effects).slice(-3)).toEqual(["hang_up", "close_model", "end"]);
  });

  test("comes to every call after an hour", () => {
    const story = Story.greeted({ phone_silence_timeout_sec: 0 });
    expect(commands(story.passes(3_600_000))).toMatchObject([{ kind: "respond", purpose: "goodbye" }]);
    expect(kinds(story.passes(20_000))).toEqual(["hang_up", "close_model", "end"]);
  });
});
