import { describe, expect, test } from "vitest";
import { expertAsked, kindsOf, someSound, WatchStory } from "../../../tests/bridge/watch-story.ts";

const typed = (itemId: string, text: string) =>
  ({ itemId, type: "message", role: "user", characters: text.length, other: false }) as const;

describe("what was said", () => {
  test("is kept with the usage before it, when it has been heard", () => {
    const story = new WatchStory().attached();
    expect(kindsOf(story.personSays("u1", "Good morning."))).toEqual(["keep_usage", "keep_turn"]);
    expect(story.speaks("1", "Good morning to you.")).toEqual([
      { kind: "keep_usage", of: "resp_1", use: "voice", deployment: "realtime-cheap", choice: "cheap", usage: someSound },
    ]);
    story.heardIt("1");
    expect(story.turns).toEqual(["human: Good morning.", "assistant: Good morning to you."]);
  });

  test("waits for its usage when the service tells of it late", () => {
    const story = new WatchStory().attached();
    story.says(
      { kind: "playing", responseId: "resp_1" },
      { kind: "words", responseId: "resp_1", itemId: "item_1", text: "Hello.", whole: true, spoken: true },
      { kind: "played", responseId: "resp_1" },
    );
    expect(story.turns).toEqual([]);
    const done = story.says({ kind: "response_done", responseId: "resp_1", status: "completed", usage: someSound, calls: [] });
    expect(kindsOf(done)).toEqual(["keep_usage", "keep_turn"]);
  });

  test("ends where the person talked over it", () => {
    const story = new WatchStory().attached();
    story.speaks("1", "One two three four five six seven eight nine ten.", { status: "cancelled" });
    story.says(
      { kind: "speech_started" },
      { kind: "cleared", responseId: "resp_1" },
      { kind: "truncated", itemId: "item_1", heardMs: 1_000 },
    );
    expect(story.turns).toHaveLength(1);
    expect(story.turns[0]).toMatch(/^assistant: One two three/);
    expect(story.turns[0]).not.toContain("six");
  });

  test("ends by our own clock when the service does not say where it was cut", () => {
    const story = new WatchStory().attached();
    story.speaks("1", "One two three four five six seven eight nine ten.");
    story.passes(1_000);
    story.says({ kind: "cleared", responseId: "resp_1" });
    story.passes(5_000);
    story.personSays("u1", "Stop.");
    expect(story.turns[0]).toMatch(/^assistant: One two three/);
    expect(story.turns[0]).not.toContain("six");
  });

  test("is nothing when it was broken off before a word was heard", () => {
    const story = new WatchStory().attached();
    story.says(
      { kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: 2_048 },
      { kind: "words", responseId: "resp_1", itemId: "item_1", text: "Hello.", whole: true, spoken: true },
      { kind: "response_done", responseId: "resp_1", status: "cancelled", usage: someSound, calls: [] },
    );
    story.happens({ kind: "dropped" });
    story.passes(0);
    story.happens({ kind: "gone" });
    expect(story.turns).toEqual([]);
  });

  test("is kept as far as it was heard when the person leaves in the middle of it", () => {
    const story = new WatchStory().attached();
    story.speaks("1", "One two three four five six seven eight nine ten.");
    story.passes(1_000);
    story.happens({ kind: "dropped" });
    story.passes(0);
    expect(kindsOf(story.happens({ kind: "gone" }))).toEqual(["keep_turn", "keep_end", "stop"]);
    expect(story.turns[0]).toMatch(/^assistant: One two three/);
    expect(story.turns[0]).not.toContain("six");
  });

  test("in writing is kept as soon as it is written", () => {
    const story = new WatchStory().attached();
    story.says(
      { kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: 2_048 },
      { kind: "words", responseId: "resp_1", itemId: "item_1", text: "Hel", whole: false, spoken: false },
      { kind: "words", responseId: "resp_1", itemId: "item_1", text: "lo.", whole: false, spoken: false },
      { kind: "response_done", responseId: "resp_1", status: "completed", usage: someSound, calls: [] },
    );
    expect(story.turns).toEqual(["assistant: Hello."]);
  });

  test("with the keyboard is the functions app's to keep", () => {
    const story = new WatchStory().attached();
    story.says({ kind: "item_added", item: typed("m1", "Hello.") });
    expect(story.turns).toEqual([]);
  });
});

describe("what was used", () => {
  test.each(["completed", "cancelled", "failed", "incomplete"])("is kept of a response that is %s", (status) => {
    const story = new WatchStory().attached();
    story.says({ kind: "response_done", responseId: "resp_1", status, usage: someSound, calls: [] });
    story.says({ kind: "response_done", responseId: "resp_1", status, usage: someSound, calls: [] });
    expect(story.commands.filter((each) => each.kind === "keep_usage")).toHaveLength(1);
    expect(story.watch.spentUsd).toBeCloseTo(0.02);
  });

  test("by the expert is kept, also when the answer comes too late or the call is over", () => {
    const story = new WatchStory().attached();
    story.asks("1", expertAsked("call_1"));
    story.happens({ kind: "tool_done", toolCallId: "call_1", content: "It takes too long." });
    story.happens({ kind: "end", by: "person" });
    story.happens({ kind: "dropped" });
    story.happens({ kind: "gone" });
    expect(story.watch.phase).toBe("ended");
    const used = { deployment: "chat-strong", choice: "strong", usage: { prompt_tokens: 10, completion_tokens: 20 } } as const;
    expect(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because.", used })).toEqual([
      { kind: "keep_usage", of: "call_1", use: "text", ...used },
    ]);
  });

  test("and cannot be kept ends the session", () => {
    const story = new WatchStory().attached();
    expect(kindsOf(story.happens({ kind: "lost" }))).toEqual(["hang_up"]);
    expect(story.watch.endedBy).toBe("service");
  });
});
