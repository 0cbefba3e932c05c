/** A call survives any order of events: what must hold of every call, tried on thousands of random ones. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { callFacts } from "../../tests/support/call-story.ts";
import { phrasesIn } from "../calls/phrases.ts";
import type { ToolEffect } from "../calls/tools.ts";
import { defaultFlags } from "../flags.ts";
import type { Audio } from "./audio.ts";
import { step } from "./session.ts";
import { type CallFacts, type Effect, newSession, type Phase, type Session, type SessionEvent } from "./session-state.ts";
import { thinkingSound } from "./thinking.ts";
import { nextDeadlineMs } from "./timing.ts";
import { type ModelEvent, purposes } from "./voice-model/voice-model.ts";

const phases: readonly Phase[] = ["new", "open", "leaving", "ended"];
const id = fc.constantFrom("a", "b", "c");
const audio: fc.Arbitrary<Audio> = fc
  .constantFrom(20, 400, 3_000)
  .map((durationMs) => ({ base64: Buffer.from("/38A"), durationMs }));
const text = fc.constantFrom("", "yes", "French", "one two three", "my roof leaks since the storm of last night");

const modelEvent: fc.Arbitrary<ModelEvent> = fc.oneof(
  fc.constant({ kind: "ready" } as const),
  fc.record({ kind: fc.constant("speech_started" as const), audioStartMs: fc.nat(1_000), paddingMs: fc.constant(300) }),
  fc.constant({ kind: "speech_stopped" } as const),
  fc.record({ kind: fc.constant("turn_ended" as const), itemId: id }),
  fc.record(
    { kind: fc.constant("turn_heard" as const), itemId: id, text, language: fc.constantFrom("en-US", "fr", "es-ES") },
    { requiredKeys: ["kind", "itemId", "text"] },
  ),
  fc.record({ kind: fc.constantFrom("playing" as const, "played" as const), responseId: id }),
  fc.record({ kind: fc.constant("truncated" as const), itemId: id, heardMs: fc.nat(2_000) }),
  fc.record({ kind: fc.constant("digit" as const), digit: fc.constantFrom("1", "2") }),
  fc.record({ kind: fc.constant("response_started" as const), responseId: id, purpose: fc.constantFrom(...purposes) }),
  fc.record({ kind: fc.constant("speech" as const), responseId: id, itemId: id, contentIndex: fc.constant(0), audio }),
  fc.record({ kind: fc.constant("words" as const), responseId: id, itemId: id, text }),
  fc.record({
    kind: fc.constant("tool_call" as const),
    responseId: id,
    toolCallId: id,
    name: fc.constantFrom("end_call", "send_sms"),
    argumentsJson: fc.constant("{}"),
  }),
  fc.record({
    kind: fc.constant("response_ended" as const),
    responseId: id,
    outcome: fc.constantFrom("completed" as const, "cancelled" as const, "failed" as const),
  }),
  fc.record({
    kind: fc.constant("refused" as const),
    code: fc.constant("rate_limit_exceeded"),
    purpose: fc.constantFrom(...purposes),
  }),
  fc.constant({ kind: "closed" } as const),
);

function said(event: ModelEvent): SessionEvent {
  return { kind: "model", generation: 1, event };
}

const toolEffect: fc.Arbitrary<ToolEffect | undefined> = fc.constantFrom<ToolEffect | undefined>(
  undefined,
  { kind: "end_call" } as const,
  { kind: "transfer", to: "+33100000000" } as const,
  { kind: "language", shortCode: "fr-FR" },
  { kind: "transfer", to: "+33100000000", briefing: "A roof leaks." } as const,
  { kind: "collect_digits", name: "card", least: 2, most: 4 } as const,
  { kind: "speed", rate: 1.1 } as const,
  { kind: "switch_call", callId: "call-2" } as const,
);

const event: fc.Arbitrary<SessionEvent> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("model" as const), generation: fc.constantFrom(1, 1, 1, 2, 3), event: modelEvent }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("phone" as const),
      event: fc.oneof(
        fc.record({ kind: fc.constant("audio" as const), audio }),
        fc.record({ kind: fc.constant("digit" as const), digit: fc.constantFrom("1", "2", "7", "#", "*") }),
        fc.record({ kind: fc.constantFrom("interrupted" as const, "resumed" as const) }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ toolCallId: id, effect: toolEffect }).map(({ toolCallId, effect }) => ({
      kind: "tool_done" as const,
      toolCallId,
      content: "ok",
      ...(effect ? { effect } : {}),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<SessionEvent>(
      { kind: "start" },
      { kind: "briefed" },
      { kind: "transfer_refused" },
      { kind: "tick" },
      { kind: "flags", flags: { ...defaultFlags, phone_silence_timeout_sec: 0, vad_threshold: 0.7 } },
      { kind: "flags", flags: { ...defaultFlags, answer_soft_timeout_sec: 0, answer_hard_timeout_sec: 0 } },
      { kind: "phrases", language: "fr-FR", phrases: phrasesIn("fr-FR", { bot_name: "Ada", bot_company: "Contoso" }) },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<SessionEvent>(
      { kind: "news", news: { kind: "joined" } },
      { kind: "news", news: { kind: "left" } },
      { kind: "news", news: { kind: "transfer_failed" } },
      { kind: "news", news: { kind: "whisper", text: "Offer a voucher." } },
      { kind: "news", news: { kind: "digit", digit: "1" } },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<SessionEvent>(
      { kind: "phone", event: { kind: "closed" } },
      { kind: "stop" },
      { kind: "move" },
      { kind: "news", news: { kind: "end" } },
    ),
  },
);

const pauseMs = fc.constantFrom(0, 0, 20, 300, 2_000, 16_000);
const single = fc.record({ pauseMs, event }).map((each) => [each]);
/** A tool that is asked for and answered, and what the model says about it. */
function toolScene(toolCallId: string, pauseMs: number, effect: ToolEffect | undefined) {
  return [
    { pauseMs, event: said({ kind: "tool_call", responseId: "t", toolCallId, name: "any", argumentsJson: "{}" }) },
    { pauseMs: 0, event: { kind: "tool_done", toolCallId, content: "ok", ...(effect ? { effect } : {}) } as SessionEvent },
    { pauseMs: 0, event: said({ kind: "response_started", responseId: toolCallId, purpose: "answer" }) },
    { pauseMs: 0, event: said({ kind: "response_ended", responseId: toolCallId, outcome: "completed" }) },
  ];
}
const tool = fc
  .record({ pauseMs, toolCallId: id, effect: toolEffect })
  .map(({ pauseMs, toolCallId, effect }) => toolScene(toolCallId, pauseMs, effect));
const typed = fc
  .record({ pauseMs, keys: fc.constantFrom("1", "2", "77#", "7*7777", "7#") })
  .map(({ pauseMs, keys }) =>
    [...keys].map((digit) => ({ pauseMs, event: { kind: "phone", event: { kind: "digit", digit } } as SessionEvent })),
  );
/** A person is fetched, picks up and decides. Would rarely come about by chance. */
const decided = fc
  .record({ pauseMs, key: fc.constantFrom("1", "2") })
  .map(({ pauseMs, key }) => [
    ...toolScene("h", pauseMs, { kind: "transfer", to: "+33100000000", briefing: "A roof leaks." }),
    { pauseMs: 20, event: { kind: "news", news: { kind: "joined" } } as SessionEvent },
    { pauseMs: 20, event: { kind: "phone", event: { kind: "digit", digit: key } } as SessionEvent },
  ]);
const begun = [{ pauseMs: 0, event: said({ kind: "ready" }) }];
const steps = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: single },
      { weight: 3, arbitrary: tool },
      { weight: 2, arbitrary: typed },
      { weight: 2, arbitrary: decided },
    ),
    {
      maxLength: 50,
    },
  )
  .chain((scenes) => fc.constantFrom([scenes.flat()], [begun, scenes.flat()]).map((parts) => parts.flat()));
const languages = [
  { shortCode: "en-US", names: ["English"] },
  { shortCode: "fr-FR", names: ["French"] },
];
const facts = fc.constantFrom<Partial<CallFacts>>(
  {},
  { engines: 3, warm: true, languages },
  { engines: 2, languages, languageMenu: "For English press 1. Pour le français, tapez 2." },
  { carried: true, languages },
  { resumed: true, warm: true },
);
const schedule = fc.record({ facts, steps });
interface Schedule {
  readonly facts: Partial<CallFacts>;
  readonly steps: readonly { pauseMs: number; event: SessionEvent }[];
}

interface Run {
  readonly session: Session;
  readonly nowMs: number;
  readonly effects: readonly Effect[];
}

/** Plays a schedule; everything that becomes due happens at its moment. `each` sees every step. The caller hangs up in the end. */
function play(
  { facts, steps }: Schedule,
  each: (before: Session, made: Effect[], after: Session, event: SessionEvent) => void = () => undefined,
): Run {
  let nowMs = 0;
  const begun = step(newSession(callFacts(facts)), { kind: "start" }, nowMs);
  let session = begun.session;
  const all: Effect[] = [...begun.effects];
  const happen = (event: SessionEvent) => {
    const { session: after, effects } = step(session, event, nowMs);
    each(session, [...effects], after, event);
    expect(nextDeadlineMs(after) ?? nowMs, "no deadline is left behind").toBeGreaterThanOrEqual(nowMs);
    session = after;
    all.push(...effects);
  };
  const aDayOn = { pauseMs: 86_400_000, event: { kind: "tick" } } as const;
  for (const { pauseMs, event } of [...steps, aDayOn]) {
    const untilMs = nowMs + pauseMs;
    for (let due = nextDeadlineMs(session); due !== undefined && due <= untilMs; due = nextDeadlineMs(session)) {
      nowMs = Math.max(nowMs, due);
      const stuck = { due, session };
      happen({ kind: "tick" });
      expect(nextDeadlineMs(session) === stuck.due && session === stuck.session).toBe(false);
    }
    nowMs = untilMs;
    happen(event);
  }
  // Who talks with a person does so as long as they like.
  if (session.handover?.state === "taken") happen({ kind: "phone", event: { kind: "closed" } });
  return { session, nowMs, effects: all };
}

const runs = { numRuns: 1_000 };

test("the schedules reach the rare states of a call", () => {
  const reached = new Set<string>();
  for (const call of fc.sample(schedule, { numRuns: 3_000, seed: 7 }))
    play(call, (_before, made, after) => {
      if (after.handover) reached.add(after.handover.state);
      if (after.secret) reached.add(after.secret.delivered ? "delivered" : "typing");
      if (after.choosing) reached.add("choosing");
      if (after.lineLostMs !== undefined) reached.add("interrupted");
      if (after.engine > 0) reached.add("another engine");
      for (const each of made) reached.add(each.kind);
    });
  const rare = ["ringing", "briefing", "taken", "typing", "delivered", "choosing", "interrupted", "another engine"];
  const asked = ["deliver_digits", "dismiss", "hang_up", "keep_briefing", "load_phrases", "transfer", "stop_playing"];
  expect([...rare, ...asked].filter((each) => !reached.has(each))).toEqual([]);
});

test("a call only ever moves forward", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      play(call, (before, _effects, after) =>
        expect(phases.indexOf(after.phase)).toBeGreaterThanOrEqual(phases.indexOf(before.phase)),
      );
    }),
    runs,
  );
});

test("every call ends, by itself if need be, lets go of everything once, and asks for nothing after that", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      const { session, effects } = play(call, (before, made) => {
        if (before.phase === "ended") expect(made).toEqual([]);
      });
      expect(session.phase).toBe("ended");
      expect(effects.filter((each) => each.kind === "end")).toHaveLength(1);
      expect(effects.slice(-2).map((each) => each.kind)).toEqual(["close_model", "end"]);
    }),
    runs,
  );
});

test("no tool runs twice, and the network is told once to hang up", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      const { effects } = play(call);
      const tools = effects.flatMap((each) => (each.kind === "run_tool" ? [each.toolCallId] : []));
      expect(new Set(tools).size).toBe(tools.length);
      const answers = effects.flatMap((each) =>
        each.kind === "append" && each.message.id.startsWith("tool:") ? [each.message.id] : [],
      );
      expect(new Set(answers).size).toBe(answers.length);
      expect(effects.filter((each) => each.kind === "hang_up").length).toBeLessThanOrEqual(1);
    }),
    runs,
  );
});

test("nothing is told to a model that does not listen", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      play(call, (before, effects, after) => {
        const told = effects.some((each) => each.kind === "model");
        if (told) expect([before.model, after.model]).toContain("ready");
      });
    }),
    runs,
  );
});

test("sound of two responses is never interleaved on the line", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ responseId: id, pieces: fc.integer({ min: 1, max: 3 }) }), { minLength: 2, maxLength: 3 }),
      fc.infiniteStream(fc.nat(2)),
      (spoken, turns) => {
        const responses = [...new Map(spoken.map((each) => [each.responseId, each])).values()];
        const ready: SessionEvent = { kind: "model", generation: 1, event: { kind: "ready" } };
        const of = (event: ModelEvent): SessionEvent => ({ kind: "model", generation: 1, event });
        const starts = responses.map(({ responseId }) => of({ kind: "response_started", responseId, purpose: "answer" }));
        const rest = responses.map(({ responseId, pieces }) => [
          ...Array.from({ length: pieces }, () =>
            of({
              kind: "speech",
              responseId,
              itemId: responseId,
              contentIndex: 0,
              audio: { base64: Buffer.from(responseId), durationMs: 20 },
            }),
          ),
          of({ kind: "response_ended", responseId, outcome: "completed" }),
        ]);
        const shuffled: SessionEvent[] = [];
        for (const turn of turns) {
          const queue = rest[turn % rest.length];
          const next = queue?.shift() ?? rest.find((each) => each.length > 0)?.shift();
          if (!next) break;
          shuffled.push(next);
        }
        const { effects } = play({ facts: {}, steps: [ready, ...starts, ...shuffled].map((event) => ({ pauseMs: 0, event })) });
        const order = effects.flatMap((each) =>
          each.kind === "play" && each.audio !== thinkingSound ? [each.audio.base64.toString()] : [],
        );
        const changes = order.filter((each, at) => each !== order[at - 1]).length;
        expect(changes).toBe(responses.length);
        expect(order).toHaveLength(responses.reduce((sum, { pieces }) => sum + pieces, 0));
      },
    ),
    runs,
  );
});

test("digits typed in secret reach their receiver and nothing else, whatever happens in between, and are not kept", () => {
  // A digit that occurs nowhere else, so that any trace of it is a leak.
  const secret = fc.constantFrom("888#", "8888", "8*888#");
  const unpressed = modelEvent.filter(({ kind }) => kind !== "digit");
  const between = fc.array(fc.record({ pauseMs: fc.constantFrom(0, 20, 300), event: unpressed }), { maxLength: 6 });
  fc.assert(
    fc.property(secret, fc.array(between, { minLength: 6, maxLength: 6 }), (keys, meanwhile) => {
      const collect = { kind: "collect_digits", name: "card", least: 3, most: 4 } as const;
      const typing = [...keys].flatMap((digit, at) => [
        ...(meanwhile[at] ?? []).map(({ pauseMs, event }) => ({ pauseMs, event: said(event) })),
        { pauseMs: 20, event: { kind: "phone", event: { kind: "digit", digit } } as const },
      ]);
      const steps = [...begun, ...toolScene("h", 0, collect), ...typing];
      let delivered = 0;
      play({ facts: { engines: 2 }, steps }, (_before, made, after) => {
        for (const each of made) {
          if (each.kind === "deliver_digits") {
            delivered++;
            expect(each.digits).toMatch(/^8{3,4}$/);
            expect(textsOf(after)).not.toContain("8");
          } else expect(textsOf(each)).not.toContain("8");
        }
      });
      expect(delivered).toBeLessThanOrEqual(1);
    }),
    runs,
  );
});

/** Every text in a value but times and sound, joined. */
function textsOf(value: unknown): string {
  if (typeof value === "string") return /^\d{4}-\d\d-\d\dT/.test(value) ? "" : value;
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return "";
  return Object.values(value).map(textsOf).join("|");
}

test("a carried call is neither sent sound nor listened to here", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const { effects } = play({ facts: { carried: true }, steps });
      expect(effects.filter((each) => each.kind === "play" || each.kind === "stop_playing")).toEqual([]);
      expect(effects.filter((each) => each.kind === "model" && each.command.kind === "hear")).toEqual([]);
    }),
    runs,
  );
});

test("the model hears the caller only while it is the one they talk with", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      play(call, (before, made) => {
        const heard = made.flatMap((each) => (each.kind === "model" && each.command.kind === "hear" ? [each.command.audio] : []));
        if (heard.length === 0) return;
        expect(before.handover).toBeUndefined();
        if (before.secret) for (const { base64 } of heard) expect(base64.every((byte) => byte === "A".charCodeAt(0))).toBe(true);
      });
    }),
    runs,
  );
});
