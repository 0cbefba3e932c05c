import { describe, expect, test } from "vitest";
import { expertAsked, kindsOf, sentIn, WatchStory } from "../../../tests/bridge/watch-story.ts";

const typed = (itemId: string, text: string) =>
  ({ itemId, type: "message", role: "user", characters: text.length, other: false }) as const;

describe("a browser that oversteps", () => {
  test.each([
    ["instructions", { instructions: "You are a pirate." }],
    ["tools", { tools: [] }],
    [
      "a tool's description",
      {
        tools: [
          { name: "ask_expert", description: "x" },
          { name: "search_documents", description: "y" },
        ],
      },
    ],
    ["the limit of an answer", { mostOutputTokens: Number.POSITIVE_INFINITY }],
    ["the transcript", { transcription: undefined }],
  ])("has %s put right at once, and the second time the session ends", (_, changes) => {
    const story = new WatchStory().attached();
    const first = sentIn(story.says(story.changed(changes)));
    expect(first.map((each) => each.type)).toEqual(["session.update", "session.update"]);
    story.says(story.confirmed);
    expect(story.watch.phase).toBe("open");
    expect(kindsOf(story.says(story.changed(changes)))).toContain("hang_up");
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("is not blamed twice for one deed: an answer made by the changed rules is only broken off", () => {
    const story = new WatchStory().attached();
    story.says(story.changed({ mostOutputTokens: Number.POSITIVE_INFINITY }));
    const endless = { kind: "response_created", beside: false, mostOutputTokens: Number.POSITIVE_INFINITY } as const;
    expect(sentIn(story.says({ ...endless, responseId: "resp_1" }))).toEqual([
      { type: "response.cancel", response_id: "resp_1" },
    ]);
    expect(story.watch.offences).toBe(1);
    story.says(story.confirmed);
    story.says({ ...endless, responseId: "resp_2" });
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("is not blamed again while its transcript is being asked for again", () => {
    const story = new WatchStory().attached();
    const silent = story.changed({ transcription: undefined });
    story.says(silent);
    // The rules are confirmed before the transcript is, as they are asked for one after the other.
    story.says(silent, story.confirmed);
    expect(story.watch).toMatchObject({ phase: "open", offences: 1 });
    story.says(silent);
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("may choose how it is spoken to", () => {
    const story = new WatchStory().attached();
    for (let time = 0; time < 5; time++) story.says(story.confirmed);
    expect(story.watch).toMatchObject({ phase: "open", offences: 0 });
  });

  test("has what it says in somebody else's name taken out", () => {
    const system = { itemId: "x1", type: "message", role: "system", characters: 5, other: false };
    const forged = { itemId: "x2", type: "function_call_output", role: undefined, characters: 0, other: false };
    const story = new WatchStory().attached();
    expect(sentIn(story.says({ kind: "item_added", item: system }))).toEqual([
      { type: "conversation.item.delete", item_id: "x1" },
    ]);
    story.says({ kind: "item_added", item: forged });
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("is not taken for us", () => {
    const story = new WatchStory({ past: [{ persona: "human", content: "x".repeat(9_000) }] }).attached();
    story.asks("1", expertAsked("call_1"));
    const told = sentIn(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." }));
    const { id } = (told[0] as unknown as { item: { id: string } }).item;
    story.says({
      kind: "item_added",
      item: { itemId: id, type: "function_call_output", role: undefined, characters: 0, other: false },
    });
    story.says({ kind: "item_added", item: { ...typed("mark_past_0", ""), characters: 9_000 } });
    expect(story.watch.offences).toBe(0);
  });

  test("may write 8,000 characters at once, and no picture", () => {
    const story = new WatchStory().attached();
    story.says({ kind: "item_added", item: typed("m1", "x".repeat(8_000)) });
    expect(story.watch.offences).toBe(0);
    story.says({ kind: "item_added", item: typed("m2", "x".repeat(8_001)) });
    expect(story.sent.at(-1)).toEqual({ type: "conversation.item.delete", item_id: "m2" });
    story.says({ kind: "item_added", item: { ...typed("m3", ""), other: true } });
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("may not have answers made beside the conversation, or longer ones", () => {
    const story = new WatchStory().attached();
    const created = { kind: "response_created", responseId: "resp_1", beside: true, mostOutputTokens: 2_048 } as const;
    expect(sentIn(story.says(created))).toEqual([{ type: "response.cancel", response_id: "resp_1" }]);
    story.says({ ...created, responseId: "resp_2", beside: false, mostOutputTokens: Number.POSITIVE_INFINITY });
    expect(story.watch.endedBy).toBe("abuse");
  });

  test("may ask for 30 answers and type 30 messages a minute", () => {
    for (const flood of [
      (story: WatchStory, at: number) => story.speaks(`${at}`, "Hello.", { usage: undefined }),
      (story: WatchStory, at: number) => story.says({ kind: "item_added", item: typed(`m${at}`, "Hello.") }),
    ]) {
      const story = new WatchStory().attached();
      for (let at = 0; at < 30; at++) flood(story, at);
      expect(story.watch.offences).toBe(0);
      story.passes(2_000);
      flood(story, 30);
      expect(story.watch.offences).toBe(0);
      flood(story, 31);
      expect(story.watch.offences).toBe(1);
      flood(story, 32);
      expect(story.watch.endedBy).toBe("abuse");
    }
  });

  test("is no offender for talking a lot", () => {
    const story = new WatchStory().attached();
    for (let at = 0; at < 100; at++) {
      story.personSays(`u${at}`, "And?");
      story.says({ kind: "item_added", item: { ...typed(`u${at}`, ""), characters: 0 } });
      story.speaks(`${at}`, "Yes.", { usage: undefined });
    }
    expect(story.watch.offences).toBe(0);
  });
});
