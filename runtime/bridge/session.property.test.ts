/** A call survives any order of events: what must hold of every call, tried on thousands of random ones. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultFlags } from "../flags.ts";
import type { Audio } from "./audio.ts";
import { step } from "./session.ts";
import { type Effect, newSession, type Phase, type Session, type SessionEvent } from "./session-state.ts";
import { nextDeadlineMs } from "./timing.ts";
import { type ModelEvent, purposes } from "./voice-model/voice-model.ts";

const phases: readonly Phase[] = ["new", "open", "leaving", "ended"];
const id = fc.constantFrom("a", "b", "c");
const audio: fc.Arbitrary<Audio> = fc
  .constantFrom(20, 400, 3_000)
  .map((durationMs) => ({ base64: Buffer.from("AAAA"), durationMs }));
const text = fc.constantFrom("", "yes", "one two three");

const modelEvent: fc.Arbitrary<ModelEvent> = fc.oneof(
  fc.constant({ kind: "ready" } as const),
  fc.record({ kind: fc.constant("speech_started" as const), audioStartMs: fc.nat(1_000), paddingMs: fc.constant(300) }),
  fc.constant({ kind: "speech_stopped" } as const),
  fc.record({ kind: fc.constant("turn_ended" as const), itemId: id }),
  fc.record({ kind: fc.constant("turn_heard" as const), itemId: id, text }),
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

const toolEffect = fc.constantFrom(
  undefined,
  { kind: "end_call" } as const,
  { kind: "transfer", to: "+33100000000" } as const,
  { kind: "language", shortCode: "fr-FR" } as const,
  { kind: "speed", rate: 1.1 } as const,
  { kind: "switch_call", callId: "call-2" } as const,
);

const event: fc.Arbitrary<SessionEvent> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("model" as const), generation: fc.integer({ min: 1, max: 3 }), event: modelEvent }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("phone" as const),
      event: fc.oneof(
        fc.record({ kind: fc.constant("audio" as const), audio }),
        fc.record({ kind: fc.constant("digit" as const), digit: fc.constantFrom("1", "#") }),
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
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom<SessionEvent>({ kind: "phone", event: { kind: "closed" } }, { kind: "stop" }) },
);

const schedule = fc.array(fc.record({ pauseMs: fc.constantFrom(0, 0, 20, 300, 2_000, 16_000), event }), { maxLength: 60 });

interface Run {
  readonly session: Session;
  readonly nowMs: number;
  readonly effects: readonly Effect[];
}

function newCall(): Session {
  const facts = { callId: "call-1", language: "en-US", speed: 1, greeting: "Hello.", company: "Contoso", flags: defaultFlags };
  return step(newSession(facts), { kind: "start" }, 0).session;
}

/** Plays a schedule; everything that becomes due happens at its moment. `each` sees every step. */
function play(
  steps: readonly { pauseMs: number; event: SessionEvent }[],
  each: (before: Session, effects: readonly Effect[], after: Session) => void = () => undefined,
): Run {
  let session = newCall();
  let nowMs = 0;
  const all: Effect[] = [];
  const happen = (event: SessionEvent) => {
    const { session: after, effects } = step(session, event, nowMs);
    each(session, effects, after);
    session = after;
    all.push(...effects);
  };
  for (const { pauseMs, event } of [...steps, { pauseMs: 7_200_000, event: { kind: "tick" } as const }]) {
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
  return { session, nowMs, effects: all };
}

const runs = { numRuns: 2_000 };

test("a call only ever moves forward", () => {
  fc.assert(
    fc.property(schedule, (steps) => {
      play(steps, (before, _effects, after) =>
        expect(phases.indexOf(after.phase)).toBeGreaterThanOrEqual(phases.indexOf(before.phase)),
      );
    }),
    runs,
  );
});

test("every call ends, by itself if need be, lets go of everything once, and asks for nothing after that", () => {
  fc.assert(
    fc.property(schedule, (steps) => {
      const { session, effects } = play(steps, (before, made) => {
        if (before.phase === "ended") expect(made).toEqual([]);
      });
      expect(session.phase).toBe("ended");
      expect(effects.filter((each) => each.kind === "end" || each.kind === "close_model").map((each) => each.kind)).toEqual([
        "close_model",
        "end",
      ]);
      expect(effects.at(-1)?.kind).toBe("end");
    }),
    runs,
  );
});

test("no tool runs twice, and the network is told once to hang up", () => {
  fc.assert(
    fc.property(schedule, (steps) => {
      const { effects } = play(steps);
      const tools = effects.flatMap((each) => (each.kind === "run_tool" ? [each.toolCallId] : []));
      expect(new Set(tools).size).toBe(tools.length);
      expect(effects.filter((each) => each.kind === "hang_up").length).toBeLessThanOrEqual(1);
    }),
    runs,
  );
});

test("nothing is told to a model that does not listen", () => {
  fc.assert(
    fc.property(schedule, (steps) => {
      play(steps, (before, effects, after) => {
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
        const { effects } = play([ready, ...starts, ...shuffled].map((event) => ({ pauseMs: 0, event })));
        const order = effects.flatMap((each) => (each.kind === "play" ? [each.audio.base64.toString()] : []));
        const changes = order.filter((each, at) => each !== order[at - 1]).length;
        expect(changes).toBe(responses.length);
        expect(order).toHaveLength(responses.reduce((sum, { pieces }) => sum + pieces, 0));
      },
    ),
    runs,
  );
});
