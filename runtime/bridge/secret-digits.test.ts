import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";
import { silenceLike } from "./secret-digits.ts";

/** Asked to type a card number of four to six digits. */
function typing(): CallStory {
  const story = CallStory.greeted();
  story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
  story.calls("collect_digits", "t1", "r");
  story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
  const effect = { kind: "collect_digits", name: "card", least: 4, most: 6 } as const;
  story.happens({ kind: "tool_done", toolCallId: "t1", content: "", effect });
  return story;
}

const delivery = { kind: "deliver_digits", callId: "call-1", toolCallId: "t1", name: "card" };

describe("secret digits", () => {
  test("pause the recording, and go to their receiver when the last of them is typed", () => {
    const story = typing();
    expect(kinds(story.effects).at(-1)).toBe("pause_recording");
    expect(story.presses("12345")).toEqual([]);
    expect(story.presses("6")).toEqual([{ ...delivery, digits: "123456" }, { kind: "resume_recording" }]);
    expect(JSON.stringify(story.session)).not.toContain("123456");
  });

  test("end with #, and begin anew with *", () => {
    const story = typing();
    expect(story.presses("99*1234#")).toEqual([{ ...delivery, digits: "1234" }, { kind: "resume_recording" }]);
  });

  test("typed while the question was still being answered by the tool belong to them", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("collect_digits", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    story.presses("12");
    expect(commands(story.passes(3_000))).toEqual([]);
    const effect = { kind: "collect_digits", name: "card", least: 4, most: 4 } as const;
    story.happens({ kind: "tool_done", toolCallId: "t1", content: "", effect });
    expect(story.presses("34").at(0)).toEqual({ ...delivery, digits: "1234" });
  });

  test("that are too few are not passed on, and the model learns so without them", () => {
    const story = typing();
    const effects = story.presses("123#");
    expect(kinds(effects)).toEqual(["resume_recording", "append", "tool_result", "respond"]);
    expect(JSON.stringify(effects)).toContain("too few digits");
    expect(JSON.stringify(effects.filter((each) => each.kind === "model"))).not.toMatch(/[123]{2}/);
  });

  test("are waited for 30 seconds after the last of them, without a word about the silence", () => {
    const story = typing();
    story.passes(29_000);
    story.presses("1");
    expect(kinds(story.passes(29_999))).toEqual([]);
    expect(kinds(story.passes(1))).toEqual(["resume_recording", "append", "tool_result", "respond"]);
  });

  test("are silence to the model until their receiver has answered", () => {
    const story = typing();
    const spoken = { kind: "audio", audio: { base64: Buffer.from("/38A".repeat(320)), durationMs: 20 } } as const;
    const silence = silenceLike(spoken.audio);
    expect(Buffer.from(silence.base64.toString(), "base64")).toEqual(Buffer.alloc(960));
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: silence }]);
    story.presses("1234#");
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: silence }]);
    const accepted = story.happens({ kind: "tool_done", toolCallId: "t1", content: "The number was accepted." });
    expect(kinds(accepted)).toEqual(["append", "tool_result", "respond"]);
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: spoken.audio }]);
  });

  test("survive a lost model: the new session learns what came of them", () => {
    const story = typing();
    story.model({ kind: "closed" });
    story.passes(0);
    story.model({ kind: "ready" });
    story.presses("123456");
    const told = commands(story.happens({ kind: "tool_done", toolCallId: "t1", content: "Accepted." }));
    expect(told).toMatchObject([
      { kind: "tool_result", toolCallId: "t1", call: { name: "collect_digits" } },
      { kind: "respond" },
    ]);
  });

  test("interrupt what is being said", () => {
    const story = typing();
    story.beginsToSay("Please type your card number now", 3_000);
    story.passes(500);
    expect(kinds(story.presses("1"))).toContain("stop_playing");
  });

  test("are forgotten when the call is left, and the recording goes on", () => {
    const story = typing();
    story.presses("12");
    const effects = story.happens({ kind: "news", news: { kind: "end" } });
    expect(kinds(effects)).toContain("resume_recording");
    expect(story.session.secret).toBeUndefined();
  });

  test("are not asked for where the model's service hears the keypad itself", () => {
    const story = new CallStory({ carried: true }).starts();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("collect_digits", "t1", "r");
    const effect = { kind: "collect_digits", name: "card", least: 4, most: 6 } as const;
    const effects = story.happens({ kind: "tool_done", toolCallId: "t1", content: "", effect });
    expect(kinds(effects)).not.toContain("pause_recording");
    expect(JSON.stringify(effects)).toContain("would not stay secret");
  });
});

describe("keys pressed before they are asked for, where the agent has secret digits,", () => {
  const secretive = () => CallStory.greeted({ secretKeys: true });
  const collects = (story: CallStory, toolCallId = "t1") => {
    story.model({ kind: "response_started", responseId: `r-${toolCallId}`, purpose: "answer" });
    story.calls("collect_digits", toolCallId, `r-${toolCallId}`);
    story.model({ kind: "response_ended", responseId: `r-${toolCallId}`, outcome: "completed" });
    const effect = { kind: "collect_digits", name: "card", least: 4, most: 6 } as const;
    return story.happens({ kind: "tool_done", toolCallId, content: "", effect });
  };

  test("are not told to the model, which learns that there were some", () => {
    const story = secretive();
    const pressed = story.presses("4711");
    const effects = [...pressed, ...story.passes(20_000)];
    expect(commands(effects).filter((each) => each.kind === "note")).toEqual([
      { kind: "note", text: expect.stringMatching(/pressed keys.*use it now/) },
    ]);
    const told = effects.filter((each) => each.kind === "model" || each.kind === "append");
    expect(JSON.stringify(told)).not.toMatch(/4\W?7\W?1/);
  });

  test("count into the collection that follows", () => {
    const story = secretive();
    story.presses("47");
    story.passes(4_000);
    collects(story);
    expect(story.presses("11#").at(0)).toEqual({ ...delivery, digits: "4711" });
  });

  test("and are complete go to their receiver as soon as the collection begins", () => {
    const story = secretive();
    story.presses("4711#");
    story.passes(4_000);
    expect(collects(story)).toContainEqual({ ...delivery, digits: "4711" });
    expect(JSON.stringify(story.session)).not.toContain("4711");
  });

  test("are forgotten after some seconds, and are of no later collection", () => {
    const story = secretive();
    story.presses("99");
    story.passes(11_500);
    expect(JSON.stringify(story.session)).not.toContain('"99"');
    collects(story);
    expect(story.presses("4711#")).toContainEqual({ ...delivery, digits: "4711" });
  });

  test("in several goes count together, and the model is told of each", () => {
    const story = secretive();
    story.presses("4");
    story.passes(5_000);
    story.presses("7");
    story.passes(5_000);
    collects(story);
    expect(story.presses("11#").at(0)).toEqual({ ...delivery, digits: "4711" });
  });

  test("are silence to the model while they are pressed, and no longer", () => {
    const story = secretive();
    const spoken = { kind: "audio", audio: { base64: Buffer.from("/38A".repeat(320)), durationMs: 20 } } as const;
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: spoken.audio }]);
    story.presses("4");
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: silenceLike(spoken.audio) }]);
    story.passes(1_500);
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: spoken.audio }]);
  });

  test("are silence to the model no longer than that while a tool runs, too", () => {
    const story = secretive();
    const spoken = { kind: "audio", audio: { base64: Buffer.from("/38A".repeat(320)), durationMs: 20 } } as const;
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("search_document", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    story.presses("4");
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: silenceLike(spoken.audio) }]);
    story.passes(1_500);
    expect(commands(story.phone(spoken))).toEqual([{ kind: "hear", audio: spoken.audio }]);
  });

  test("are forgotten when the call is left", () => {
    const story = secretive();
    story.presses("4711");
    story.happens({ kind: "news", news: { kind: "end" } });
    expect(JSON.stringify(story.session)).not.toContain("4711");
  });

  test("still choose a language", () => {
    const languages = [
      { shortCode: "en-US", names: ["English"] },
      { shortCode: "fr-FR", names: ["French"] },
    ];
    const story = new CallStory({ secretKeys: true, languages, languageMenu: "English: press 1. Français: tapez 2." }).starts();
    story.presses("2");
    expect(story.session.language).toBe("fr-FR");
  });
});
