import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";

describe("a model that would not speak", () => {
  const refusal = { kind: "refused", code: "rate_limit_exceeded", purpose: "silence" } as const;

  test("is asked again twice, then in a new session, with pauses, before the call is given up with a goodbye", () => {
    const story = CallStory.greeted({ flags: { answer_soft_timeout_sec: 0 } });
    story.passes(20_000);
    for (const pauseMs of [0, 1_000, 3_000]) {
      expect(commands(story.model(refusal))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
      expect(commands(story.model(refusal))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
      expect(kinds([...story.model(refusal), ...story.passes(pauseMs)]).filter((each) => each === "open_model")).toHaveLength(1);
      expect(commands(story.model({ kind: "ready" }))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
    }
    story.model(refusal);
    story.model(refusal);
    expect(commands(story.model(refusal))).toMatchObject([{ kind: "respond", purpose: "goodbye" }]);
    const goodbye = { ...refusal, purpose: "goodbye" } as const;
    expect([goodbye, goodbye, goodbye].flatMap((each) => kinds(story.model(each)))).toContain("hang_up");
  });

  test("because it is answering already is left to answer", () => {
    const story = CallStory.greeted();
    story.passes(20_000);
    const effects = story.model({ kind: "refused", code: "conversation_already_has_active_response", purpose: "silence" });
    expect(effects).toEqual([]);
  });
});

describe("a lost model", () => {
  test("is opened again while the phone stays up, and the answer that was due is asked for", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(kinds(story.model({ kind: "closed" }))).toEqual(["open_model"]);
    expect(commands(story.model({ kind: "ready" }))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("does not lose a tool that was running: the new session is told of the call and its result", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("send_sms", "t1", "r");
    story.model({ kind: "closed" });
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "sent" });
    story.passes(0);
    expect(commands(story.model({ kind: "ready" }))).toEqual([
      { kind: "tool_result", toolCallId: "t1", content: "sent", call: { name: "send_sms", argumentsJson: "{}" } },
      { kind: "respond", purpose: "answer" },
    ]);
    expect(story.effects.filter((each) => each.kind === "run_tool")).toHaveLength(1);
  });

  test("that cannot be opened ends the call after three more attempts", () => {
    const story = new CallStory();
    story.happens({ kind: "start" });
    for (let loss = 0; loss < 4; loss++) {
      story.model({ kind: "closed" });
      story.passes(3_000);
    }
    expect(story.effects.filter((each) => each.kind === "open_model")).toHaveLength(4);
    expect(kinds(story.effects).at(-1)).toBe("hang_up");
  });

  test("counts for nothing once another session is open", () => {
    const story = CallStory.greeted();
    story.model({ kind: "closed" });
    story.passes(0);
    expect(story.happens({ kind: "model", generation: 1, event: { kind: "closed" } })).toEqual([]);
    expect(story.session.model).toBe("opening");
  });
});

describe("the next voice engine", () => {
  const opened = (story: CallStory): number[] =>
    story.effects.flatMap((each) => (each.kind === "open_model" ? [each.engine] : []));

  test("takes over at once when a session is lost before its first word, and the last one is tried again before giving up", () => {
    const story = new CallStory({ engines: 2 });
    story.happens({ kind: "start" });
    for (let loss = 0; loss < 5; loss++) {
      story.model({ kind: "closed" });
      story.passes(3_000);
    }
    expect(opened(story)).toEqual([0, 1, 1, 1, 1]);
    expect(kinds(story.effects).at(-1)).toBe("hang_up");
  });

  test("waits for its turn when the session had spoken: the same engine comes first", () => {
    const story = CallStory.greeted({ engines: 3 });
    story.model({ kind: "closed" });
    story.model({ kind: "closed" });
    story.model({ kind: "closed" });
    story.model({ kind: "closed" });
    expect(opened(story)).toEqual([0, 0, 1, 2]);
  });

  test("after the last one is the first, when that has not failed in this row", () => {
    const story = new CallStory({ engines: 2 });
    story.happens({ kind: "start" });
    story.model({ kind: "closed" });
    story.model({ kind: "ready" });
    story.says("Hello, this is Ada.", 2_000, "greeting");
    story.model({ kind: "closed" });
    story.model({ kind: "closed" });
    expect(opened(story)).toEqual([0, 1, 1, 0]);
  });

  test("has its try when the one before would not speak three times in a row", () => {
    const story = CallStory.greeted({ engines: 2 });
    story.passes(20_000);
    for (let failure = 0; failure < 3; failure++)
      story.model({ kind: "refused", code: "rate_limit_exceeded", purpose: "silence" });
    expect(opened(story)).toEqual([0, 1]);
    expect(commands(story.model({ kind: "ready" }))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
  });

  test("is not kept waiting by a session that does not open, nor by pauses longer than the caller is", () => {
    const story = new CallStory({ engines: 2, flags: { answer_hard_timeout_sec: 4 } });
    story.happens({ kind: "start" });
    story.passes(2_000);
    expect(opened(story)).toEqual([0, 1]);
    for (let loss = 0; loss < 4; loss++) {
      story.model({ kind: "closed" });
      story.passes(1_500);
    }
    expect(opened(story)).toEqual([0, 1, 1, 1, 1]);
    expect(kinds(story.effects).at(-1)).toBe("hang_up");
  });
});

describe("a session of the model", () => {
  const minutes = (count: number): number => count * 60_000;
  const endless = { longestMs: minutes(90), flags: { phone_silence_timeout_sec: 0 } };

  test("is renewed after 50 minutes when nobody speaks, without a word", () => {
    const story = CallStory.greeted(endless);
    expect(kinds(story.passes(minutes(50) - 2_001))).toEqual([]);
    expect(kinds(story.passes(1))).toEqual(["open_model"]);
    expect(story.model({ kind: "ready" })).toEqual([]);
    expect(kinds(story.passes(minutes(30)))).toEqual([]);
  });

  test("is not renewed while somebody speaks before 58 minutes, and what was due is said by the next one", () => {
    const never = { answer_soft_timeout_sec: 0, answer_hard_timeout_sec: 0 };
    const story = CallStory.greeted({ ...endless, flags: { ...endless.flags, ...never } });
    story.passes(minutes(49));
    story.callerBegins();
    expect(kinds(story.passes(minutes(8)))).toEqual([]);
    story.callerSays("A very long story", "u1");
    story.model({ kind: "response_started", responseId: "r9", purpose: "answer" });
    const effects = story.passes(minutes(1));
    expect(kinds(effects)).toContain("open_model");
    expect(commands(story.model({ kind: "ready" }))).toMatchObject([{ kind: "respond", purpose: "answer" }]);
  });

  test("that owes words and reports nothing for two minutes is lost, whatever the flags say", () => {
    const story = CallStory.greeted({ flags: { answer_hard_timeout_sec: 0, answer_soft_timeout_sec: 0 } });
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(kinds(story.passes(119_999))).toEqual([]);
    expect(kinds(story.passes(1))).toEqual(["open_model"]);
    expect(commands(story.model({ kind: "ready" }))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("that waits for a tool of ours is not lost", () => {
    const story = CallStory.greeted({ flags: { answer_hard_timeout_sec: 0, answer_soft_timeout_sec: 0 } });
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("search_document", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    expect(kinds(story.passes(300_000))).toEqual([]);
  });
});
