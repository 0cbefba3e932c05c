import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";

/** The service carries the sound: only words and the service's own account of what was played arrive. */
function says(story: CallStory, text: string, responseId: string): void {
  story.model({ kind: "response_started", responseId, purpose: "answer" });
  story.model({ kind: "playing", responseId });
  story.model({ kind: "words", responseId, itemId: `i-${responseId}`, text });
}

const thirtyCharacters = "one two three four five sixty.";

describe("a carried call", () => {
  test("keeps what was played to its end", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, "Hello, this is Ada.", "r1");
    story.model({ kind: "response_ended", responseId: "r1", outcome: "completed" });
    expect(story.history).toEqual([]);
    story.passes(3_000);
    story.model({ kind: "played", responseId: "r1" });
    expect(story.history).toEqual(["assistant: Hello, this is Ada."]);
  });

  test("writes down an utterance whose end is never reported, in the end", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, "Hello, this is Ada.", "r1");
    story.model({ kind: "response_ended", responseId: "r1", outcome: "completed" });
    story.passes(12_000);
    expect(story.history).toEqual(["assistant: Hello, this is Ada."]);
  });

  test("that the service interrupts keeps what it says was heard, at 15 characters a second", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, thirtyCharacters, "r1");
    story.passes(500);
    story.callerBegins();
    expect(kinds(story.passes(400))).toEqual([]);
    story.model({ kind: "response_ended", responseId: "r1", outcome: "cancelled" });
    expect(story.history).toEqual([]);
    story.model({ kind: "truncated", itemId: "i-r1", heardMs: 1_000 });
    expect(story.history).toEqual(["assistant: one two three"]);
    expect(story.model({ kind: "words", responseId: "r1", itemId: "i-r1", text: " late" })).toEqual([]);
  });

  test("that the service interrupts without saying where keeps our own estimate", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, thirtyCharacters, "r1");
    story.passes(1_000);
    story.model({ kind: "response_ended", responseId: "r1", outcome: "cancelled" });
    story.passes(1_000);
    expect(story.history).toEqual(["assistant: one two three"]);
  });

  test("is cut by a key: the service is told to clear, and our own estimate counts when it says nothing", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, thirtyCharacters, "r1");
    story.passes(1_000);
    const effects = commands(story.model({ kind: "digit", digit: "4" }));
    expect(effects).toEqual([{ kind: "cancel", responseId: "r1" }, { kind: "clear" }]);
    story.passes(1_000);
    expect(story.history).toEqual(["assistant: one two three"]);
    story.model({ kind: "response_ended", responseId: "r1", outcome: "cancelled" });
    expect(commands(story.passes(500)).at(0)).toEqual({ kind: "note", text: "The caller pressed 4 on the keypad." });
  });

  test("hangs up after a goodbye only once it was played", () => {
    const story = new CallStory({ carried: true }).starts();
    says(story, "Goodbye then!", "r1");
    story.calls("end_call", "t1", "r1");
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "end_call" } });
    story.model({ kind: "response_ended", responseId: "r1", outcome: "completed" });
    expect(kinds(story.passes(2_000))).not.toContain("hang_up");
    expect(kinds(story.model({ kind: "played", responseId: "r1" }))).toEqual(["append", "hang_up"]);
  });

  test("is left before the service ends its session, which cannot be renewed", () => {
    const story = new CallStory({ carried: true, longestMs: 5_400_000, flags: { phone_silence_timeout_sec: 0 } }).starts();
    says(story, "Hello.", "r1");
    story.model({ kind: "response_ended", responseId: "r1", outcome: "completed" });
    story.model({ kind: "played", responseId: "r1" });
    expect(commands(story.passes(58 * 60_000))).toMatchObject([{ purpose: "goodbye" }]);
  });
});
