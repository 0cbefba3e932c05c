import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";

describe("a line that loses its sound", () => {
  test("keeps what was heard, and goes on with it after a word about the interruption", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("one two three four", 1_000);
    story.passes(500);
    expect(commands(story.phone({ kind: "interrupted" }))).toEqual([
      { kind: "cancel", responseId },
      { kind: "truncate", itemId: `i-${responseId}`, contentIndex: 0, heardMs: 500 },
    ]);
    expect(story.history.at(-1)).toBe("assistant: one two");
    story.model({ kind: "response_ended", responseId, outcome: "cancelled" });
    story.passes(10_000);
    expect(commands(story.phone({ kind: "resumed" }))).toEqual([
      { kind: "respond", purpose: "apology", say: "Sorry, the line was interrupted for a moment." },
    ]);
    story.says("Sorry, the line was interrupted for a moment.", 1_000, "apology");
    expect(commands(story.effects.slice(-1))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("while the call says goodbye keeps nothing of a goodbye that nobody can hear", () => {
    const story = CallStory.greeted();
    story.happens({ kind: "news", news: { kind: "end" } });
    story.phone({ kind: "interrupted" });
    story.says("Goodbye!", 1_000, "goodbye");
    story.passes(2_000);
    story.phone({ kind: "closed" });
    expect(story.history).toEqual(["assistant: Hello, this is Ada."]);
  });

  test("in a pause comes back without a word", () => {
    const story = CallStory.greeted();
    story.phone({ kind: "interrupted" });
    story.passes(5_000);
    expect(story.phone({ kind: "resumed" })).toEqual([]);
    expect(commands(story.passes(20_000))).toMatchObject([{ purpose: "silence" }]);
  });

  test("for 20 seconds is let go of without hanging up, and nobody is asked anything meanwhile", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.phone({ kind: "interrupted" });
    expect(story.passes(19_999)).toEqual([]);
    expect(kinds(story.passes(1))).toEqual(["close_model", "end"]);
  });

  test("before the first word is greeted when it is back", () => {
    const story = new CallStory();
    story.happens({ kind: "start" });
    story.phone({ kind: "interrupted" });
    expect(story.model({ kind: "ready" })).toEqual([]);
    expect(commands(story.phone({ kind: "resumed" }))).toEqual([
      { kind: "respond", purpose: "greeting", say: "Hello, this is Ada." },
    ]);
  });

  test("hears no answer begun meanwhile, and gets one when it is back", () => {
    const story = CallStory.greeted();
    story.phone({ kind: "interrupted" });
    expect(commands(story.model({ kind: "response_started", responseId: "r1", purpose: "answer" }))).toEqual([
      { kind: "cancel", responseId: "r1" },
    ]);
    story.model({ kind: "response_ended", responseId: "r1", outcome: "cancelled" });
    expect(commands(story.phone({ kind: "resumed" }))).toMatchObject([{ kind: "respond", purpose: "apology" }]);
  });
});

describe("a call that goes on elsewhere", () => {
  test("keeps what was heard and lets go without hanging up", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(500);
    expect(kinds(story.happens({ kind: "move" }))).toEqual(["append", "close_model", "end"]);
    expect(story.history.at(-1)).toBe("assistant: one two");
  });

  test("is taken up without a greeting, a menu or a lost word", () => {
    const menu = {
      languageMenu: "For English press 1.",
      languages: [
        { shortCode: "en-US", names: [] },
        { shortCode: "fr-FR", names: [] },
      ],
    };
    const story = new CallStory({ resumed: true, ...menu });
    story.happens({ kind: "start" });
    const effects = commands(story.model({ kind: "ready" }));
    expect(effects).toMatchObject([
      { kind: "note" },
      { purpose: "apology", say: "Sorry, the line was interrupted for a moment." },
    ]);
    story.says("Sorry", 500, "apology");
    expect(commands(story.effects.slice(-1))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });
});

describe("the caller's last words", () => {
  test("are written down when they arrive within two seconds of the hang-up", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(story.phone({ kind: "closed" })).toEqual([]);
    story.passes(1_500);
    expect(kinds(story.model({ kind: "turn_heard", itemId: "u1", text: "Goodbye then" }))).toEqual([
      "append",
      "close_model",
      "end",
    ]);
    expect(story.history.at(-1)).toBe("human: Goodbye then");
  });

  test("are not waited for any longer, nor by a model that is gone", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.phone({ kind: "closed" });
    expect(kinds(story.passes(2_000))).toEqual(["close_model", "end"]);
    const deaf = CallStory.greeted();
    deaf.model({ kind: "turn_ended", itemId: "u1" });
    deaf.phone({ kind: "closed" });
    expect(kinds(deaf.model({ kind: "closed" }))).toEqual(["close_model", "end"]);
  });
});

describe("what a supervisor asks for", () => {
  test("is told to the model, which speaks about it only when nobody else does", () => {
    const story = CallStory.greeted();
    const whisper = { kind: "news", news: { kind: "whisper", text: "Offer a voucher." } } as const;
    expect(kinds(story.happens(whisper))).toEqual(["note", "respond"]);
    const talking = CallStory.greeted();
    const responseId = talking.beginsToSay("A long story", 5_000);
    expect(kinds(talking.happens(whisper))).toEqual(["note"]);
    expect(kinds(talking.model({ kind: "response_ended", responseId, outcome: "completed" }))).toEqual([]);
  });

  test("ends the call with a goodbye", () => {
    const story = CallStory.greeted();
    expect(commands(story.happens({ kind: "news", news: { kind: "end" } }))).toMatchObject([{ purpose: "goodbye" }]);
  });
});
