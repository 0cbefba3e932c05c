import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds, sound } from "../../tests/support/call-story.ts";
import type { Effect, SessionEvent } from "./session-state.ts";
import { nextDeadlineMs } from "./timing.ts";

describe("the beginning", () => {
  test("marks the call connected, opens the model and lets it speak first, in our words", () => {
    const story = new CallStory();
    expect(kinds(story.happens({ kind: "start" }))).toEqual(["connected", "open_model"]);
    expect(commands(story.model({ kind: "ready" }))).toEqual([
      { kind: "respond", purpose: "greeting", say: "Hello, this is Ada." },
    ]);
  });

  test("forwards the caller's sound only once the model listens", () => {
    const story = new CallStory();
    story.happens({ kind: "start" });
    const frame: SessionEvent = { kind: "phone", event: { kind: "audio", audio: sound(20) } };
    expect(story.happens(frame)).toEqual([]);
    story.model({ kind: "ready" });
    expect(kinds(story.happens(frame))).toEqual(["hear"]);
  });

  test("writes the greeting down once it has been heard, at the time it began", () => {
    const story = new CallStory().starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    expect(story.history).toEqual([]);
    story.passes(1_999);
    expect(story.history).toEqual([]);
    story.passes(1);
    expect(story.history).toEqual(["assistant: Hello, this is Ada."]);
    const [message] = story.effects.flatMap((each) => (each.kind === "append" ? [each.message] : []));
    expect(message).toMatchObject({
      id: "assistant:i-r1",
      created_at: new Date(1_000_000).toISOString(),
      lang_short_code: "en-US",
    });
  });
});

describe("what is being said", () => {
  const unfinished = (effects: readonly Effect[]) =>
    effects.flatMap((each) => (each.kind === "keep_unfinished" ? [[each.message.id, each.message.content]] : []));

  test("is kept once a word of it was heard, two seconds ahead, for a bridge that dies takes its memory with it", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("one two three four five six seven eight nine ten", 10_000);
    expect(unfinished(story.passes(499))).toEqual([]);
    // Half a second is less than the first word.
    expect(unfinished(story.passes(1))).toEqual([]);
    expect(unfinished(story.passes(500))).toEqual([[`assistant:i-${responseId}`, "one two three"]]);
    expect(unfinished(story.passes(1_999))).toEqual([]);
    expect(unfinished(story.passes(1))).toEqual([[`assistant:i-${responseId}`, "one two three four five"]]);
  });

  test("is no longer kept unfinished when it is cut, and the record then holds what was heard and not what was foreseen", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four five six seven eight nine ten", 10_000);
    story.passes(1_100);
    story.callerBegins();
    story.passes(250);
    expect(story.history.at(-1)).toBe("assistant: one");
    expect(unfinished(story.passes(10_000))).toEqual([]);
  });
});

describe("an interruption", () => {
  test("stops the phone, cancels, truncates at what was heard and writes down only that", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("one two three four", 1_000);
    story.passes(250);
    story.callerBegins();
    const effects = story.passes(250);
    expect(kinds(effects)).toEqual(["stop_playing", "cancel", "truncate", "append"]);
    expect(commands(effects)).toContainEqual({ kind: "truncate", itemId: `i-${responseId}`, contentIndex: 0, heardMs: 500 });
    expect(story.history.at(-1)).toBe("assistant: one two");
  });

  test("drops what still arrives of the cut response", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("a long story", 1_000);
    story.callerBegins();
    story.passes(250);
    const late = { kind: "speech", responseId, itemId: `i-${responseId}`, contentIndex: 0, audio: sound(500) } as const;
    expect(story.model(late)).toEqual([]);
    expect(story.model({ kind: "words", responseId, itemId: `i-${responseId}`, text: " that goes on" })).toEqual([]);
    story.passes(5_000);
    expect(story.history.join()).not.toContain("goes on");
  });

  test("needs speech that lasts: a cough changes nothing", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.callerBegins();
    story.passes(200);
    story.model({ kind: "speech_stopped" });
    expect(story.passes(700).map((each) => each.kind)).not.toContain("stop_playing");
  });

  test("counts the speech that had passed before the model noticed it", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(600);
    for (let frame = 0; frame < 40; frame++) story.happens({ kind: "phone", event: { kind: "audio", audio: sound(20) } });
    story.model({ kind: "speech_started", audioStartMs: 250, paddingMs: 300 });
    expect(kinds(story.effects.slice(-4))).toEqual(["stop_playing", "cancel", "truncate", "append"]);
  });

  test("comes at once when the flag is 0", () => {
    const story = CallStory.greeted({ flags: { vad_cutoff_timeout_ms: 0 } });
    story.beginsToSay("one two", 1_000);
    expect(kinds(story.callerBegins())).toContain("stop_playing");
  });

  test("cuts the waiting utterances too, and forgets those that were not heard at all", () => {
    const story = CallStory.greeted();
    const first = story.says("the first thing", 1_000);
    const second = story.says("the second thing", 1_000);
    story.callerBegins();
    const effects = commands(story.passes(250));
    expect(effects).toEqual([
      { kind: "truncate", itemId: `i-${first}`, contentIndex: 0, heardMs: 250 },
      { kind: "truncate", itemId: `i-${second}`, contentIndex: 0, heardMs: 0 },
    ]);
    expect(story.history.join()).not.toContain("second");
  });

  test("of a greeting by a key of the keypad tells the model the digits once they are complete, and keeps them out of the record", () => {
    const story = new CallStory().starts();
    story.says("Hello, this is Ada.", 2_000, "greeting");
    expect(kinds(story.happens({ kind: "phone", event: { kind: "digit", digit: "4" } }))).toContain("stop_playing");
    story.passes(500);
    story.happens({ kind: "phone", event: { kind: "digit", digit: "2" } });
    const effects = commands(story.passes(1_500));
    expect(effects).toEqual([
      { kind: "note", text: "The caller pressed 4 2 on the keypad." },
      { kind: "respond", purpose: "answer" },
    ]);
    expect(story.history.join()).not.toContain("4 2");
  });
});

describe("an interruption at the very end", () => {
  test("of an utterance leaves it whole: the last frame is on its way", () => {
    const story = CallStory.greeted();
    story.says("one two three four", 1_000);
    story.passes(690);
    story.callerBegins();
    expect(story.history).toHaveLength(1);
    story.passes(250);
    expect(story.history.at(-1)).toBe("assistant: one two three four");
  });

  test("of what is still being generated keeps only what was heard", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(690);
    story.callerBegins();
    story.passes(250);
    expect(story.history.at(-1)).toBe("assistant: one two three");
  });
});

describe("turns", () => {
  test("are answered by the service itself, so nothing is asked for", () => {
    const story = CallStory.greeted();
    story.callerBegins();
    story.passes(1_000);
    expect(commands(story.callerSays("My roof leaks.", "u1"))).toEqual([]);
    expect(story.history.at(-1)).toBe("human: My roof leaks.");
  });

  test("that end while the assistant still answers are answered afterwards", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("I see", 400);
    story.callerBegins();
    story.passes(100);
    expect(commands(story.callerSays("no", "u1"))).toEqual([]);
    const effects = story.model({ kind: "response_ended", responseId, outcome: "completed" });
    expect(commands(effects)).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test("whose words come late keep the time they were said at", () => {
    const story = CallStory.greeted();
    story.callerBegins();
    story.model({ kind: "turn_ended", itemId: "u1" });
    const saidAtMs = story.nowMs;
    story.passes(700);
    const effects = story.model({ kind: "turn_heard", itemId: "u1", text: "Hello?" });
    expect(effects).toMatchObject([
      { kind: "append", message: { id: "human:u1", created_at: new Date(saidAtMs).toISOString() } },
    ]);
  });

  test("that were only a noise are not waited for when no answer comes", () => {
    const story = CallStory.greeted();
    story.callerBegins();
    story.callerSays("", "u1");
    expect(commands(story.passes(19_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ purpose: "silence" }]);
  });

  test("without words leave no message", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(story.model({ kind: "turn_heard", itemId: "u1", text: " " })).toEqual([]);
  });

  test("are kept also when the session that heard them was given up meanwhile", () => {
    const story = CallStory.greeted();
    const { generation } = story.session;
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.model({ kind: "closed" });
    story.passes(1_000);
    expect(story.session.generation).toBe(generation + 1);
    story.happens({ kind: "model", generation, event: { kind: "turn_heard", itemId: "u1", text: "My window is broken." } });
    expect(story.history.at(-1)).toBe("human: My window is broken.");
  });
});

describe("the end", () => {
  test("comes with the phone's: what was heard is kept, everything is let go of", () => {
    const story = CallStory.greeted();
    story.beginsToSay("one two three four", 1_000);
    story.passes(500);
    expect(kinds(story.happens({ kind: "phone", event: { kind: "closed" } }))).toEqual(["append", "close_model", "end"]);
    expect(story.history.at(-1)).toBe("assistant: one two");
    expect(nextDeadlineMs(story.session)).toBeUndefined();
  });

  test("is not waited for when the network does not end the call it was told to end", () => {
    const story = CallStory.greeted();
    story.happens({ kind: "stop" });
    expect(kinds(story.effects).slice(-3)).toEqual(["hang_up", "close_model", "end"]);
  });

  test("comes to every call after an hour", () => {
    const story = CallStory.greeted({ flags: { phone_silence_timeout_sec: 0 } });
    story.passes(50 * 60_000 - 2_000);
    story.model({ kind: "ready" });
    expect(commands(story.passes(10 * 60_000))).toMatchObject([{ kind: "respond", purpose: "goodbye" }]);
    expect(kinds(story.passes(20_000))).toEqual(["hang_up", "close_model", "end"]);
  });
});
