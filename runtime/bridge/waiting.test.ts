import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds, sound } from "../../tests/support/call-story.ts";
import { defaultFlags } from "../flags.ts";
import type { Effect } from "./session-state.ts";
import { thinkingSound } from "./thinking.ts";

describe("waiting", () => {
  test("is bridged once by a phrase, then by an apology", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(commands(story.passes(3_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "waiting" }]);
    expect(commands(story.passes(10_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "apology" }]);
  });

  test("is never bridged when the flags are 0", () => {
    const story = CallStory.greeted({ flags: { answer_soft_timeout_sec: 0, answer_hard_timeout_sec: 0 } });
    story.model({ kind: "turn_ended", itemId: "u1" });
    expect(commands(story.passes(60_000))).toEqual([]);
  });

  test("ends with the first sound, and a phrase that comes after it is not spoken", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    story.beginsToSay("Here it is", 500);
    story.model({ kind: "response_started", responseId: "late", purpose: "waiting" });
    const effects = story.model({ kind: "speech", responseId: "late", itemId: "l", contentIndex: 0, audio: sound(800) });
    expect(commands(effects)).toEqual([{ kind: "cancel", responseId: "late" }]);
  });

  test("phrase and answer are played one after the other, never interleaved, and only the answer is remembered", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    const phrase = story.beginsToSay("One moment", 600, "waiting");
    const before = story.effects.length;
    story.says("Your claim is open", 1_000);
    expect(kinds(story.effects.slice(before))).not.toContain("play");
    expect(kinds(story.model({ kind: "response_ended", responseId: phrase, outcome: "completed" }))).toEqual(["play"]);
    story.passes(1_600);
    expect(story.history.slice(1)).toEqual(["assistant: Your claim is open"]);
  });

  test("for an answer that stops in the middle ends in an apology too", () => {
    const story = CallStory.greeted();
    const responseId = story.beginsToSay("Well, your", 500);
    const effects = commands(story.passes(15_500));
    expect(effects).toContainEqual({ kind: "cancel", responseId });
    expect(effects.at(-1)).toMatchObject({ kind: "respond", purpose: "apology" });
  });
});

describe("silence", () => {
  test("is asked about as often as the flag says, then the call says goodbye, and hangs up once that was heard", () => {
    const story = CallStory.greeted();
    for (let prompt = 0; prompt < 2; prompt++) {
      expect(commands(story.passes(20_000))).toMatchObject([
        { kind: "respond", purpose: "silence", say: "Are you still there?" },
      ]);
      story.says("Are you still there?", 1_000, "silence");
      story.passes(1_000);
    }
    expect(commands(story.passes(20_000))).toMatchObject([{ kind: "respond", purpose: "goodbye" }]);
    story.says("Thank you for calling Contoso. Goodbye!", 3_000, "goodbye");
    expect(kinds(story.passes(2_999))).not.toContain("hang_up");
    expect(kinds(story.passes(1))).toContain("hang_up");
  });

  test("starts when the caller has heard the assistant's last word, not when it was sent", () => {
    const story = CallStory.greeted();
    story.says("a long explanation", 30_000);
    expect(commands(story.passes(49_999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ kind: "respond", purpose: "silence" }]);
  });

  test("is over when words were heard, and noise without words is not", () => {
    const story = CallStory.greeted();
    story.passes(20_000);
    expect(story.session.silencePrompts).toBe(1);
    story.says("Are you still there?", 1_000, "silence");
    story.callerBegins();
    story.callerSays("", "noise");
    expect(story.session.silencePrompts).toBe(1);
    story.callerSays("Yes, I am", "u1");
    expect(story.session.silencePrompts).toBe(0);
  });

  test("is left alone when the flag is 0", () => {
    const story = CallStory.greeted({ flags: { phone_silence_timeout_sec: 0 } });
    expect(story.passes(600_000)).toEqual([]);
  });
});

describe("a caller who goes on waiting", () => {
  const waits = (flags = {}): CallStory => {
    const story = CallStory.greeted({ flags: { answer_hard_timeout_sec: 30, ...flags } });
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    story.says("One moment please", 1_500, "waiting");
    return story;
  };
  const plays = (effects: readonly Effect[]): number => effects.filter((each) => each.kind === "play").length;

  test("hears a soft sound every few seconds after the waiting phrase, of which nobody keeps anything", () => {
    const story = waits();
    expect(plays(story.passes(3_999))).toBe(0);
    expect(story.passes(1)).toEqual([{ kind: "play", audio: thinkingSound }]);
    expect(plays(story.passes(3_499))).toBe(0);
    expect(plays(story.passes(1))).toBe(1);
    expect(story.history).toHaveLength(1);
    expect(story.session.utterances).toEqual([]);
  });

  test("does not hear it instead of a phrase that is about to begin", () => {
    const story = CallStory.greeted({ flags: { answer_hard_timeout_sec: 30 } });
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(4_000);
    story.model({ kind: "response_started", responseId: "w", purpose: "waiting" });
    expect(plays(story.passes(10_000))).toBe(0);
    expect(plays(story.model({ kind: "response_ended", responseId: "w", outcome: "failed" }))).toBe(1);
  });

  test("no longer hears it as soon as the answer comes", () => {
    const story = waits();
    story.passes(4_500);
    const before = story.effects.length;
    story.beginsToSay("Here it is", 1_000);
    expect(kinds(story.effects.slice(before))).toEqual(["stop_playing", "play"]);
    expect(plays(story.passes(900))).toBe(0);
  });

  test("no longer hears it when speaking", () => {
    const story = waits();
    story.passes(4_500);
    expect(kinds(story.callerBegins())).toEqual(["stop_playing"]);
    expect(plays(story.passes(20_000))).toBe(0);
  });

  test("no longer hears it when pressing a key", () => {
    const story = waits();
    story.passes(4_500);
    expect(kinds(story.presses("1"))).toEqual(["stop_playing"]);
  });

  test("hears it while a lost model is fetched back, and never when there is no waiting phrase", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.model({ kind: "closed" });
    expect(plays(story.passes(999))).toBe(0);
    expect(plays(story.passes(1))).toBe(1);
    const plain = CallStory.greeted({ flags: { answer_soft_timeout_sec: 0, answer_hard_timeout_sec: 0 } });
    plain.model({ kind: "turn_ended", itemId: "u1" });
    expect(plays(plain.passes(60_000))).toBe(0);
  });

  test("in vain is offered a person the second time and let go the third", () => {
    const story = CallStory.greeted({ flags: { phone_silence_timeout_sec: 0 } });
    const waitsInVain = (itemId: string): Effect[] => {
      story.model({ kind: "turn_ended", itemId });
      const effects = story.passes(15_000);
      story.says("I am sorry", 500, "apology");
      story.passes(500);
      return effects;
    };
    expect(commands(waitsInVain("u1")).map((each) => each.kind)).toEqual(["respond", "respond"]);
    expect(commands(waitsInVain("u2")).map((each) => each.kind)).toEqual(["respond", "note", "respond"]);
    expect(commands(waitsInVain("u3")).at(-1)).toMatchObject({ purpose: "goodbye" });
  });

  test("counts anew after every answer", () => {
    const story = CallStory.greeted();
    story.model({ kind: "turn_ended", itemId: "u1" });
    story.passes(15_000);
    expect(story.session.hardTimeouts).toBe(1);
    story.says("Here it is", 500);
    expect(story.session.hardTimeouts).toBe(0);
  });
});

describe("flags that change during a call", () => {
  test("move every clock at once, and the model learns what concerns it", () => {
    const story = CallStory.greeted();
    story.passes(5_000);
    const slower = { ...defaultFlags, phone_silence_timeout_sec: 6 };
    expect(story.happens({ kind: "flags", flags: slower })).toEqual([]);
    expect(commands(story.passes(999))).toEqual([]);
    expect(commands(story.passes(1))).toMatchObject([{ purpose: "silence" }]);
    story.says("Are you still there?", 500, "silence");
    const louder = { ...slower, vad_threshold: 0.8 };
    expect(kinds(story.happens({ kind: "flags", flags: louder }))).toEqual(["brief"]);
  });
});
