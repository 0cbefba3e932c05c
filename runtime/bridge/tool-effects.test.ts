import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";

describe("tools", () => {
  test("run once, however often they are asked for", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    expect(kinds(story.calls("updated_claim", "t1", "r"))).toEqual(["run_tool"]);
    expect(story.calls("updated_claim", "t1", "r")).toEqual([]);
  });

  test("asked for together are answered together, after the response that asked is done", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("updated_claim", "t1", "r");
    story.calls("new_or_updated_reminder", "t2", "r");
    expect(kinds(story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok" }))).toEqual(["append", "tool_result"]);
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    const effects = story.happens({ kind: "tool_done", toolCallId: "t2", content: "ok" });
    expect(kinds(effects)).toEqual(["append", "tool_result", "respond"]);
  });

  test("that change how the assistant speaks take effect before its next word", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("speech_lang", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    const effect = { kind: "language", shortCode: "fr-FR" } as const;
    const asked = story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect });
    expect(asked.at(-1)).toEqual({ kind: "brief", callId: "call-1", language: "fr-FR", speed: 1 });
    expect(commands(story.happens({ kind: "briefed" }))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("that open a new claim move what follows to the new record", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("new_claim", "t1", "r");
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "switch_call", callId: "call-2" } });
    expect(story.model({ kind: "turn_heard", itemId: "u9", text: "A new damage" })).toMatchObject([
      { kind: "append", callId: "call-2" },
    ]);
  });

  test("that end the call let the goodbye be heard, then hang up, and ignore new subjects", () => {
    const story = CallStory.greeted();
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
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("end_call", "t1", "r");
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "end_call" } });
    const effects = commands(story.model({ kind: "response_ended", responseId: "r", outcome: "completed" }));
    expect(effects).toEqual([{ kind: "respond", purpose: "goodbye", say: "Thank you for calling Contoso. Goodbye!" }]);
  });

  test("that hand over to a person do so once the announcement was heard, and a refusal leads back", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("talk_to_human", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "ok", effect: { kind: "transfer", to: "+33100000000" } });
    story.says("I put you through.", 1_000);
    expect(story.passes(1_000).at(-1)).toEqual({ kind: "transfer", to: "+33100000000" });
    expect(kinds(story.happens({ kind: "transfer_refused" }))).toEqual(["note", "respond"]);
  });
});
