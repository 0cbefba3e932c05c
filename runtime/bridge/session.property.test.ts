/** A call survives any order of events: what must hold of every call, tried on thousands of random ones. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { begun, id, modelEvent, play, said, schedule, steps, toolScene } from "../../tests/support/call-schedules.ts";
import type { Phase, SessionEvent } from "./session-state.ts";
import { thinkingSound } from "./thinking.ts";
import type { ModelEvent } from "./voice-model/voice-model.ts";

const phases: readonly Phase[] = ["new", "open", "leaving", "ended"];
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
      if (after.trial?.ready) reached.add("another engine tried");
      for (const each of made) reached.add(each.kind);
    });
  const rare = [
    "ringing",
    "briefing",
    "taken",
    "typing",
    "delivered",
    "choosing",
    "interrupted",
    "another engine",
    "another engine tried",
  ];
  const asked = [
    "deliver_digits",
    "dismiss",
    "hang_up",
    "keep_briefing",
    "load_phrases",
    "transfer",
    "stop_playing",
    "take_trial",
    "drop_trial",
  ];
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

test("the preferred engine takes the conversation over only between turns, and only a session that is open and was opened for that", () => {
  fc.assert(
    fc.property(schedule, (call) => {
      const opened: number[] = [];
      let tried: number | undefined;
      play(call, (before, made, after, event) => {
        const isReady = before.trial?.ready || (event.kind === "model" && event.event.kind === "ready");
        for (const each of made) {
          if (each.kind === "open_model" || each.kind === "try_model") opened.push(each.generation);
          if (each.kind === "try_model") tried = each.generation;
          if (each.kind === "drop_trial" || each.kind === "close_model") tried = undefined;
          if (each.kind !== "take_trial") continue;
          expect([tried, isReady, after.engine]).toEqual([after.generation, true, 0]);
          expect([before.callerSpeaking, before.utterances, before.handover, before.lineLostMs]).toEqual([
            false,
            [],
            undefined,
            undefined,
          ]);
          expect(before.tools.filter((tool) => tool.state === "running")).toEqual([]);
          tried = undefined;
        }
      });
      expect(new Set(opened).size).toBe(opened.length);
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

test("where digits may be secret, keys pressed at any time reach the receiver that asks for them or nobody", () => {
  const pause = fc.constantFrom(0, 20, 300, 2_000, 12_000);
  const unpressed = modelEvent.filter(({ kind }) => kind !== "digit");
  const between = fc.array(fc.record({ pauseMs: pause, event: unpressed }), { maxLength: 4 });
  const collect = { kind: "collect_digits", name: "card", least: 3, most: 4 } as const;
  let delivered = 0;
  fc.assert(
    fc.property(fc.array(between, { minLength: 4, maxLength: 4 }), fc.nat(4), (meanwhile, before) => {
      const typed = meanwhile.map((events) => [
        ...events.map(({ pauseMs, event }) => ({ pauseMs, event: said(event) })),
        { pauseMs: 20, event: { kind: "phone", event: { kind: "digit", digit: "8" } } as const },
      ]);
      const steps = [...begun, ...typed.slice(0, before).flat(), ...toolScene("h", 300, collect), ...typed.slice(before).flat()];
      play({ facts: { engines: 2, secretKeys: true }, steps }, (_before, made) => {
        for (const each of made) {
          if (each.kind === "deliver_digits") delivered++;
          else expect(textsOf(each)).not.toContain("8");
        }
      });
    }),
    runs,
  );
  expect(delivered).toBeGreaterThan(0);
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
