import { describe, expect, test } from "vitest";
import { sentIn, WatchStory } from "../../../tests/bridge/watch-story.ts";
import type { Choice } from "../../chat/record.ts";
import type { KeptCall } from "../../chat/session.ts";
import { olderThan, reasonOf } from "./overlap.ts";
import type { ServiceEvent } from "./service-events.ts";

describe("somebody is in a call", () => {
  const typed = (itemId: string, role: string): ServiceEvent => ({
    kind: "item_added",
    item: { itemId, type: "message", role, characters: 5, other: false },
  });
  test.each<[string, ServiceEvent]>([
    ["speaks", { kind: "speech_started" }],
    ["types", typed("item_1", "user")],
    ["asks for an answer", { kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: 2_048 }],
    ["is played to", { kind: "playing", responseId: "resp_1" }],
  ])("as soon as the service tells that they %s", (_, event) => {
    const story = new WatchStory().attached();
    expect(story.watch.established).toBe(false);
    story.says(event);
    expect(story.watch.established).toBe(true);
  });

  test("is not told by what we do ourselves: the past, the rules, an announcement that is being made", () => {
    const story = new WatchStory({ past: [{ persona: "human", content: "Hello." }], longestMs: 600_000 }).attached();
    story.says(typed("mark_past_0", "user"), typed("item_2", "assistant"));
    story.passes(540_000);
    story.says({ kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: 2_048 });
    expect(story.watch.established).toBe(false);
  });
});

describe("what was said in the older call meanwhile", () => {
  const turns = [
    { persona: "human", content: "Really?" },
    { persona: "assistant", content: "Really." },
  ] as const;
  const placed = (story: WatchStory) => {
    const told = sentIn(story.happens({ kind: "said_before", turns })) as readonly Record<string, Record<string, unknown>>[];
    expect(told[1]?.previous_item_id).toBe(told[0]?.item?.id);
    return told[0]?.previous_item_id;
  };

  test("is told in its order, after the past and before all that is said in the newer one", () => {
    expect(placed(new WatchStory({ past: [{ persona: "human", content: "Hello." }] }).attached())).toBe("mark_past_0");
    expect(placed(new WatchStory().attached())).toBe("root");
  });

  test("comes last where another bridge has told the past", () => {
    expect(placed(new WatchStory({ resumed: true }).attached())).toBeUndefined();
  });
});

describe("the calls of a session", () => {
  const at = (minute: number) => `2026-11-22T09:0${minute}:00.000Z`;
  const call = (id: string, minute: number, choice: Choice, ended_by?: "person"): KeptCall => ({
    id: `call:${id}`,
    sessionId: "session-1",
    at: at(minute),
    deployment: `realtime-${choice}`,
    choice,
    watched_until: at(9),
    ...(ended_by ? { ended_at: at(8), ended_by } : {}),
  });

  test("are older by when they were opened, and by id where that is one moment; those that have ended do not count", () => {
    const calls = [call("a", 1, "cheap"), call("b", 1, "cheap", "person"), call("c", 2, "cheap"), call("e", 2, "cheap")];
    const older = olderThan({ callId: "d", openedAt: at(2) }, calls);
    expect(older.map((each) => each.id)).toEqual(["call:a", "call:c"]);
  });

  test("are left for another model, or by the person", () => {
    const of = (...newer: KeptCall[]) => reasonOf({ callId: "a", choice: "cheap" }, [call("a", 1, "cheap"), ...newer]);
    expect([of(), of(call("b", 2, "strong")), of(call("b", 2, "cheap")), of(call("b", 2, "strong", "person"))]).toEqual([
      "person",
      "escalation",
      "person",
      "person",
    ]);
  });
});
