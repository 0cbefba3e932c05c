import { describe, expect, test } from "vitest";
import { expertAsked, kindsOf, sentIn, someSound, WatchStory } from "../../../tests/bridge/watch-story.ts";

const answer = (sent: readonly object[]) => sent.filter((each) => (each as { type: string }).type === "response.create");

describe("a call that is joined", () => {
  test("is told what was said before, then our rules, and only then handed out", () => {
    const story = new WatchStory({
      past: [
        { persona: "human", content: "I am Ada." },
        { persona: "assistant", content: "Hello Ada." },
      ],
    });
    expect(kindsOf(story.happens({ kind: "start" }))).toEqual(["join"]);
    const joined = story.happens({ kind: "joined" });
    expect(kindsOf(joined)).toEqual(["send"]);
    const messages = sentIn(joined) as readonly Record<string, Record<string, unknown>>[];
    expect(messages.map((each) => each.type)).toEqual([
      "conversation.item.create",
      "conversation.item.create",
      "session.update",
      "session.update",
    ]);
    expect(messages[0]?.item).toMatchObject({ role: "user", content: [{ type: "input_text", text: "I am Ada." }] });
    expect(messages[1]?.item).toMatchObject({ role: "assistant", content: [{ type: "output_text", text: "Hello Ada." }] });
    expect(messages[2]?.session).toMatchObject({ tools: [{ name: "ask_expert" }, { name: "search_documents" }] });
    expect(messages[3]?.session).toMatchObject({ audio: { input: { transcription: { model: "whisper" } } } });
    expect(story.says(story.changed({ instructions: "As it was opened." }))).toEqual([]);
    expect(story.says(story.confirmed)).toEqual([{ kind: "attached" }]);
  });

  test("offers the expert to the cheap model alone", () => {
    const strong = new WatchStory({ choice: "strong" }).attached();
    expect(JSON.stringify(strong.sent)).not.toContain("ask_expert");
    expect(JSON.stringify(strong.sent)).toContain("search_documents");
  });

  test("is not handed out when the service refuses the rules", () => {
    const story = new WatchStory();
    story.happens({ kind: "joined" });
    story.says({ kind: "refused", code: "invalid_value", eventId: "rules" });
    expect(story.watch).toMatchObject({ phase: "leaving", endedBy: "service" });
  });

  test("loses its transcript, not itself, when nothing writes down what is said", () => {
    const story = new WatchStory();
    story.happens({ kind: "joined" });
    story.says(story.changed({ transcription: undefined }));
    story.says({ kind: "refused", code: "model_not_found", eventId: "transcription" });
    story.says(story.changed({ transcription: undefined }));
    expect(story.watch).toMatchObject({ phase: "open", socket: "configured", offences: 0 });
  });

  test("is joined again after a moment when the service does not know it yet, and given up when it never does", () => {
    const story = new WatchStory();
    story.happens({ kind: "start" });
    expect(story.happens({ kind: "gone" })).toEqual([]);
    expect(kindsOf(story.passes(300))).toEqual(["join"]);
    story.happens({ kind: "gone" });
    story.passes(1_000);
    expect(kindsOf(story.happens({ kind: "gone" }))).toEqual(["keep_end", "stop"]);
    expect(story.watch.endedBy).toBe("service");
  });
});

describe("a side socket that breaks", () => {
  test("is opened again with growing pauses, too, by a service that takes it and drops it at once", () => {
    const story = new WatchStory().attached();
    const pauses = Array.from({ length: 4 }, () => {
      story.happens({ kind: "dropped" });
      const fromMs = story.nowMs;
      while (story.watch.socket === "lost") story.passes(100);
      story.happens({ kind: "joined" });
      return story.nowMs - fromMs;
    });
    expect(pauses).toEqual([100, 1_000, 2_000, 5_000]);
  });

  test("is opened again with growing pauses while the call lives, and told nothing twice", () => {
    const story = new WatchStory({ past: [{ persona: "human", content: "Hello." }] }).attached();
    story.happens({ kind: "dropped" });
    expect(kindsOf(story.passes(0))).toEqual(["join"]);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      story.happens({ kind: "dropped" });
      const fromMs = story.nowMs;
      while (kindsOf(story.passes(100)).length === 0) expect(story.watch.phase).toBe("open");
      pauses.push(story.nowMs - fromMs);
    }
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
    expect(pauses[2]).toBeGreaterThan(1_000);
    const again = sentIn(story.happens({ kind: "joined" }));
    expect(again.map((each) => each.type)).toEqual(["session.update", "session.update"]);
  });

  test("that the service does not let in any more means that the person has left", () => {
    const story = new WatchStory().attached();
    story.happens({ kind: "dropped" });
    story.passes(0);
    expect(story.happens({ kind: "gone" })).toEqual([{ kind: "keep_end", by: "person" }, { kind: "stop" }]);
  });

  test("keeps the call unwatched in the record, so that another bridge is found", () => {
    const story = new WatchStory().attached();
    expect(kindsOf(story.passes(60_000)).filter((each) => each === "renew")).toHaveLength(3);
    story.happens({ kind: "dropped" });
    expect(kindsOf(story.passes(60_000))).not.toContain("renew");
  });

  test("does not swallow what a tool returned meanwhile", () => {
    const story = new WatchStory().attached();
    story.personSays("u1", "Why?");
    story.asks("1", expertAsked("call_1"));
    story.happens({ kind: "dropped" });
    expect(sentIn(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." }))).toEqual([]);
    story.passes(0);
    const sent = [...sentIn(story.happens({ kind: "joined" })), ...sentIn(story.says(story.confirmed))];
    expect(JSON.stringify(sent)).toContain("Because.");
    expect(answer(sent)).toHaveLength(1);
  });
});

describe("a tool", () => {
  test("is run once, its answer told and spoken of", () => {
    const story = new WatchStory().attached();
    story.personSays("u1", "Why?");
    expect(kindsOf(story.asks("1", expertAsked("call_1")))).toEqual(["keep_usage", "run_tool"]);
    expect(
      story.says({
        kind: "response_done",
        responseId: "resp_2",
        status: "completed",
        usage: undefined,
        calls: [expertAsked("call_1")],
      }),
    ).toEqual([]);
    const done = sentIn(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." }));
    expect(done.map((each) => each.type)).toEqual(["conversation.item.create", "response.create"]);
    expect(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." })).toEqual([]);
  });

  test("of several in one response is spoken of when all have answered", () => {
    const story = new WatchStory().attached();
    story.asks("1", expertAsked("call_1"), expertAsked("call_2"));
    expect(answer(sentIn(story.happens({ kind: "tool_done", toolCallId: "call_2", content: "Two." })))).toEqual([]);
    expect(answer(sentIn(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "One." })))).toHaveLength(1);
  });

  test("of a response that was talked over is not run", () => {
    const story = new WatchStory().attached();
    const cancelled = { kind: "response_done", responseId: "resp_1", status: "cancelled", usage: someSound } as const;
    expect(kindsOf(story.says({ ...cancelled, calls: [expertAsked("call_1")] }))).toEqual(["keep_usage"]);
  });

  test("that answers after the person has moved on is told, and not spoken of", () => {
    const story = new WatchStory().attached();
    story.personSays("u1", "Why?");
    story.asks("1", expertAsked("call_1"));
    story.personSays("u2", "Never mind. What time is it?");
    const done = sentIn(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." }));
    expect(done.map((each) => each.type)).toEqual(["conversation.item.create"]);
    story.speaks("2", "Noon.");
    expect(answer(story.sent)).toEqual([]);
  });

  test("is spoken of after what is being said, when the model talks already", () => {
    const story = new WatchStory().attached();
    story.asks("1", expertAsked("call_1"));
    story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." });
    expect(answer(story.sent)).toHaveLength(1);
    story.says({ kind: "refused", code: "conversation_already_has_active_response", eventId: "response" });
    expect(answer(story.sent)).toHaveLength(1);
    story.says({ kind: "response_done", responseId: "resp_9", status: "completed", usage: undefined, calls: [] });
    expect(answer(story.sent)).toHaveLength(2);
  });

  test("that another bridge began and nobody answered is answered by the one that goes on", () => {
    const story = new WatchStory({ resumed: true, interrupted: ["call_1"] }).attached();
    const told = story.sent.find((each) => each.type === "conversation.item.create") as unknown as { item: object };
    expect(told.item).toMatchObject({ type: "function_call_output", call_id: "call_1" });
    expect(answer(story.sent)).toHaveLength(1);
    expect(kindsOf(story.commands)).not.toContain("run_tool");
  });

  test("that another bridge runs is left to it", () => {
    const story = new WatchStory().attached();
    story.asks("1", expertAsked("call_1"));
    story.happens({ kind: "tool_elsewhere", toolCallId: "call_1" });
    expect(story.happens({ kind: "tool_done", toolCallId: "call_1", content: "Because." })).toEqual([]);
  });
});

describe("the time limit", () => {
  test("is spoken of a minute before, and ends the call", () => {
    const story = new WatchStory({ longestMs: 1_800_000 }).attached();
    story.passes(1_739_000);
    expect(answer(story.sent)).toEqual([]);
    story.passes(1_000);
    expect(JSON.stringify(answer(story.sent))).toContain("in the language of this conversation");
    story.passes(59_999);
    expect(story.watch.phase).toBe("open");
    expect(kindsOf(story.passes(1))).toContain("hang_up");
    expect(story.watch.endedBy).toBe("time");
  });

  test("is not spoken of while somebody speaks, but right after", () => {
    const story = new WatchStory({ longestMs: 1_800_000 }).attached();
    story.says({ kind: "speech_started" });
    story.passes(1_741_000);
    expect(answer(story.sent)).toEqual([]);
    story.says({ kind: "committed", itemId: "u1" });
    expect(answer(story.sent)).toHaveLength(1);
  });

  test("of a bridge that goes on is that of the call", () => {
    const story = new WatchStory({ resumed: true, longestMs: 5_000 }).attached();
    story.passes(5_000);
    expect(story.watch.endedBy).toBe("time");
  });
});

describe("the budget", () => {
  test("is spoken of near its end, and ends the session once what is being said has been heard", () => {
    const story = new WatchStory({ budgetUsd: 0.12, spentUsd: 0.09 }).attached();
    story.speaks("1", "Nearly.");
    expect(answer(story.sent)).toHaveLength(1);
    story.heardIt("1");
    expect(story.watch.phase).toBe("open");
    story.speaks("2", "It ends soon.");
    story.passes(9_999);
    expect(story.watch.phase).toBe("open");
    story.heardIt("2");
    expect(story.watch).toMatchObject({ phase: "leaving", endedBy: "budget" });
  });

  test("ends the session at once when nothing is being said", () => {
    const story = new WatchStory({ budgetUsd: 0.12, spentUsd: 0.09 }).attached();
    story.speaks("1", "Nearly.");
    story.heardIt("1");
    story.asks("2");
    story.passes(0);
    expect(story.watch.endedBy).toBe("budget");
  });

  test("is not overrun by somebody who goes on talking", () => {
    const story = new WatchStory({ budgetUsd: 0.01 }).attached();
    story.speaks("1", "A very long answer.");
    expect(story.watch.phase).toBe("open");
    story.says({ kind: "speech_started" });
    story.passes(20_000);
    expect(story.watch.endedBy).toBe("budget");
  });
});

describe("the end", () => {
  test("waits for the service's last words of what was used, and keeps why", () => {
    const story = new WatchStory().attached();
    story.says({ kind: "response_created", responseId: "resp_1", beside: false, mostOutputTokens: 2_048 });
    expect(kindsOf(story.happens({ kind: "end", by: "escalation" }))).toEqual(["hang_up"]);
    story.happens({ kind: "hung_up", done: true });
    story.says({ kind: "response_done", responseId: "resp_1", status: "cancelled", usage: someSound, calls: [] });
    expect(story.happens({ kind: "dropped" })).toEqual([{ kind: "keep_end", by: "escalation" }, { kind: "stop" }]);
    expect(kindsOf(story.commands)).toContain("keep_usage");
    expect(story.passes(3_600_000)).toEqual([]);
  });

  test("comes also when the service says nothing more", () => {
    const story = new WatchStory().attached();
    story.happens({ kind: "end", by: "person" });
    story.happens({ kind: "hung_up", done: true });
    expect(kindsOf(story.passes(2_000))).toEqual(["keep_end", "stop"]);
  });

  test("is asked for again until the service hangs up", () => {
    const story = new WatchStory().attached();
    story.happens({ kind: "end", by: "person" });
    story.happens({ kind: "hung_up", done: false });
    expect(kindsOf(story.passes(5_000))).toEqual(["hang_up"]);
    expect(kindsOf(story.passes(5_000))).toEqual(["hang_up"]);
  });

  test("is not the call's when another bridge watches it now", () => {
    const story = new WatchStory().attached();
    story.speaks("1", "Hello.");
    const commands = story.happens({ kind: "taken" });
    expect(kindsOf(commands)).not.toContain("hang_up");
    expect(kindsOf(commands)).not.toContain("keep_end");
    expect(kindsOf(commands).at(-1)).toBe("stop");
  });
});
