/** Any order of events that a call may meet, and what comes of it: what properties of the session are tried on. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Audio } from "../../runtime/bridge/audio.ts";
import { step } from "../../runtime/bridge/session.ts";
import { type CallFacts, type Effect, newSession, type Session, type SessionEvent } from "../../runtime/bridge/session-state.ts";
import { nextDeadlineMs } from "../../runtime/bridge/timing.ts";
import { type ModelEvent, purposes } from "../../runtime/bridge/voice-model/voice-model.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import type { ToolEffect } from "../../runtime/calls/tools.ts";
import { defaultFlags } from "../../runtime/flags.ts";
import { callFacts } from "./call-story.ts";

export const id = fc.constantFrom("a", "b", "c");
const audio: fc.Arbitrary<Audio> = fc
  .constantFrom(20, 400, 3_000)
  .map((durationMs) => ({ base64: Buffer.from("/38A"), durationMs }));
const text = fc.constantFrom("", "yes", "French", "one two three", "my roof leaks since the storm of last night");

export const modelEvent: fc.Arbitrary<ModelEvent> = fc.oneof(
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

export function said(event: ModelEvent, generation = 1): SessionEvent {
  return { kind: "model", generation, event };
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
export function toolScene(toolCallId: string, pauseMs: number, effect: ToolEffect | undefined) {
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
/** An engine is lost before its first word, another one takes the conversation, and the first one is tried again and comes back. */
const returns = fc
  .record({ pauseMs, lost: fc.constantFrom(1, 2), quietMs: fc.constantFrom(0, 2_000) })
  .map(({ pauseMs, lost, quietMs }) => [
    { pauseMs, event: said({ kind: "closed" }, lost) },
    { pauseMs: 300, event: said({ kind: "ready" }, lost + 1) },
    { pauseMs: 16_000, event: said({ kind: "ready" }, lost + 2) },
    { pauseMs: quietMs, event: said({ kind: "closed" }, lost + 2) },
  ]);
export const begun = [{ pauseMs: 0, event: said({ kind: "ready" }) }];
export const steps = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: single },
      { weight: 3, arbitrary: tool },
      { weight: 2, arbitrary: typed },
      { weight: 2, arbitrary: decided },
      { weight: 2, arbitrary: returns },
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
export const schedule = fc.record({ facts, steps });
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
export function play(
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
