/** Whatever the order in which things happen, and however often they are told: nothing is counted, kept or done twice. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { expertAsked, someSound, WatchStory } from "../../../tests/bridge/watch-story.ts";
import type { ServiceEvent } from "./service-events.ts";
import { nextDeadlineMs } from "./step.ts";
import type { WatchEvent } from "./watch.ts";

const responseId = fc.constantFrom("resp_1", "resp_2", "resp_3");
const itemId = fc.constantFrom("item_1", "item_2", "item_3");
const toolCallId = fc.constantFrom("call_1", "call_2");
const spoken = fc.boolean();

const said: fc.Arbitrary<ServiceEvent> = fc.oneof(
  fc.record({ kind: fc.constant("speech_started" as const) }),
  fc.record({ kind: fc.constant("committed" as const), itemId }),
  itemId.map((id) => ({ kind: "transcribed" as const, itemId: id, text: "Hello.", usage: { seconds: 2 } })),
  responseId.map((id) => ({ kind: "response_created" as const, responseId: id, beside: false, mostOutputTokens: 2_048 })),
  fc.record({
    kind: fc.constant("words" as const),
    responseId,
    itemId,
    text: fc.constant("One two. "),
    whole: fc.boolean(),
    spoken,
  }),
  fc.record({
    kind: fc.constant("response_done" as const),
    responseId,
    status: fc.constantFrom("completed", "cancelled", "failed"),
    usage: fc.constantFrom(someSound, undefined),
    calls: fc.array(toolCallId.map(expertAsked), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constantFrom("playing" as const, "played" as const, "cleared" as const), responseId }),
  fc.record({ kind: fc.constant("truncated" as const), itemId, heardMs: fc.nat(2_000) }),
  fc.constant({ kind: "refused" as const, code: "conversation_already_has_active_response", eventId: "response" }),
);

const used = { deployment: "chat-strong", choice: "strong", usage: { completion_tokens: 5 } } as const;
const happened: fc.Arbitrary<WatchEvent> = fc.oneof(
  { weight: 8, arbitrary: said.map((event) => ({ kind: "service" as const, event })) },
  { weight: 2, arbitrary: toolCallId.map((id) => ({ kind: "tool_done" as const, toolCallId: id, content: "Because.", used })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<WatchEvent>(
      { kind: "dropped" },
      { kind: "joined" },
      { kind: "tick" },
      { kind: "hung_up", done: true },
      { kind: "end", by: "person" },
      { kind: "gone" },
      { kind: "taken" },
    ),
  },
);
const story = fc.array(fc.record({ event: happened, times: fc.constantFrom(1, 1, 2), gapMs: fc.nat(3_000) }), { maxLength: 60 });

const twice = (ids: readonly string[]): string[] => ids.filter((each, at) => ids.indexOf(each) !== at);

test("no usage, turn or tool is doubled, a turn follows its usage, and the end comes once and is the end", () => {
  fc.assert(
    fc.property(story, (events) => {
      const told = new WatchStory().attached();
      for (const { event, times, gapMs } of events) {
        told.passes(gapMs);
        for (let time = 0; time < times; time++) told.happens(event);
      }
      const { commands } = told;
      const usages = commands.flatMap((each) => (each.kind === "keep_usage" ? [each.of] : []));
      const turns = commands.flatMap((each) => (each.kind === "keep_turn" ? [each.itemId] : []));
      const tools = commands.flatMap((each) => (each.kind === "run_tool" ? [each.toolCallId] : []));
      expect([twice(usages), twice(turns), twice(tools)]).toEqual([[], [], []]);
      const stops = commands.filter((each) => each.kind === "stop");
      expect(stops.length).toBeLessThanOrEqual(1);
      const after = commands.slice(commands.findIndex((each) => each.kind === "stop") + 1);
      if (stops.length === 1) expect(after.every((each) => each.kind === "keep_usage")).toBe(true);
      if (told.watch.phase === "ended") {
        expect(stops).toHaveLength(1);
        expect(nextDeadlineMs(told.watch)).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
});

test("whoever finds a spoken turn finds what it used, in every order in which the service may tell of it", () => {
  const of = (id: string): ServiceEvent[] => [
    { kind: "response_created", responseId: `resp_${id}`, beside: false, mostOutputTokens: 2_048 },
    { kind: "words", responseId: `resp_${id}`, itemId: `item_${id}`, text: "One two three.", whole: true, spoken: true },
    { kind: "playing", responseId: `resp_${id}` },
    { kind: "response_done", responseId: `resp_${id}`, status: "completed", usage: someSound, calls: [] },
    { kind: "played", responseId: `resp_${id}` },
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray([...of("1"), ...of("2")]), (events) => {
      const told = new WatchStory().attached();
      told.says(...events);
      for (const [at, command] of told.commands.entries()) {
        if (command.kind !== "keep_turn") continue;
        const of = command.itemId.replace("item", "resp");
        const usage = told.commands.findIndex((each) => each.kind === "keep_usage" && each.of === of);
        expect(usage).toBeGreaterThanOrEqual(0);
        expect(usage).toBeLessThan(at);
      }
    }),
    { numRuns: 300 },
  );
});

test("a call without trouble ends with nothing waited for", () => {
  const told = new WatchStory().attached();
  told.speaks("1", "Hello.");
  told.heardIt("1");
  told.happens({ kind: "end", by: "person" });
  told.happens({ kind: "hung_up", done: true });
  told.happens({ kind: "dropped" });
  expect(told.watch).toMatchObject({ phase: "ended", utterances: [] });
  expect(nextDeadlineMs(told.watch)).toBeUndefined();
});
