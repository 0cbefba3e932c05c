import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";
import type { Effect } from "./session-state.ts";

const trialsIn = (effects: readonly Effect[]) => effects.filter((each) => each.kind === "try_model");

/** A call whose preferred engine was lost before its first word, and whose caller was greeted by the next one. */
function fallenBack(): CallStory {
  const story = new CallStory({ engines: 2, flags: { phone_silence_timeout_sec: 0 } });
  story.happens({ kind: "start" });
  story.model({ kind: "closed" });
  story.passes(0);
  story.model({ kind: "ready" });
  expect(story.session.engine).toBe(1);
  story.says("Hello, this is Ada.", 2_000, "greeting");
  story.passes(2_000);
  return story;
}

/** Its preferred engine is being tried again. */
function trying(): CallStory {
  const story = fallenBack();
  expect(trialsIn(story.passes(15_000))).toHaveLength(1);
  return story;
}

const aboutTrial = (story: CallStory, kind: "ready" | "closed"): Effect[] =>
  story.happens({ kind: "model", generation: story.session.trial?.generation ?? 0, event: { kind } });

describe("a call that another engine had to take", () => {
  test("goes on with it while the preferred one is tried beside it", () => {
    const story = trying();
    expect(story.session.model).toBe("ready");
    story.callerBegins();
    story.callerSays("My roof leaks", "turn-1");
    story.says("When did it happen?", 1_000);
    story.passes(1_000);
    expect(story.history.slice(-2)).toEqual(["human: My roof leaks", "assistant: When did it happen?"]);
  });

  test("is taken over by the preferred one in a pause after it is ready, without a word, and told all that was said", () => {
    const story = trying();
    const saidBefore = story.history.length;
    expect(kinds(aboutTrial(story, "ready"))).toEqual(["take_trial", "brief"]);
    expect([story.session.engine, story.session.trial, story.history.length]).toEqual([0, undefined, saidBefore]);
    story.happens({ kind: "briefed" });
    story.callerBegins();
    story.callerSays("My roof leaks", "turn-1");
    expect(story.history.at(-1)).toBe("human: My roof leaks");
    expect(commands(story.passes(10_000)).map((each) => each.kind)).not.toContain("cancel");
  });

  test("is not taken over while the caller speaks, is answered, or waits for a tool", () => {
    const story = trying();
    story.callerBegins();
    aboutTrial(story, "ready");
    story.passes(5_000);
    story.callerSays("My roof leaks", "turn-1");
    const responseId = story.beginsToSay("When did it happen?", 3_000);
    story.calls("updated_claim", "tool-1", responseId);
    story.model({ kind: "response_ended", responseId, outcome: "completed" });
    story.passes(3_000);
    expect([story.session.engine, story.session.trial?.ready]).toEqual([1, true]);
    story.happens({ kind: "tool_done", toolCallId: "tool-1", content: "noted" });
    story.says("I have noted that.", 1_000);
    expect(kinds(story.passes(1_400))).not.toContain("take_trial");
    expect(kinds(story.passes(100))).toContain("take_trial");
  });

  test("keeps its engine when the preferred one does not open, and tries it less and less often, and in the end no more", () => {
    const story = fallenBack();
    const triedAfterMs: number[] = [];
    let sinceMs = story.nowMs - 2_000;
    for (let second = 0; second < 2_500; second++) {
      if (trialsIn(story.passes(1_000)).length > 0) {
        triedAfterMs.push(story.nowMs - sinceMs);
        aboutTrial(story, "closed");
        sinceMs = story.nowMs;
      }
    }
    expect(triedAfterMs).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 960_000]);
    expect([story.session.engine, story.session.model]).toEqual([1, "ready"]);
  });

  test("lets go of a session that does not say that it is open within 5 s, and of one that finds no pause in two minutes", () => {
    const slow = trying();
    expect(kinds(slow.passes(5_000))).toEqual(["drop_trial"]);
    const busy = trying();
    busy.callerBegins();
    aboutTrial(busy, "ready");
    expect(kinds(busy.passes(117_000))).not.toContain("drop_trial");
    expect(kinds(busy.passes(3_000))).toContain("drop_trial");
  });

  test("lets go of the one that is tried when its own is lost, and when it ends", () => {
    const lost = trying();
    expect(kinds(lost.model({ kind: "closed" }))).toContain("drop_trial");
    const ended = trying();
    expect(kinds(ended.phone({ kind: "closed" }))).toContain("close_model");
    expect(ended.session.phase).toBe("ended");
  });

  test("tries the preferred one again later when its own is lost after it had spoken, while the preferred one was tried", () => {
    const story = trying();
    story.model({ kind: "closed" });
    story.passes(0);
    story.model({ kind: "ready" });
    expect([story.session.engine, story.session.trial]).toEqual([1, undefined]);
    expect(trialsIn(story.passes(29_900))).toEqual([]);
    expect(trialsIn(story.passes(100))).toHaveLength(1);
  });

  test("tries it again later when its own session is renewed in the middle of a try", () => {
    const story = trying();
    story.callerBegins();
    aboutTrial(story, "ready");
    story.session = { ...story.session, modelSinceMs: story.nowMs - 58 * 60_000 };
    expect(kinds(story.happens({ kind: "tick" }))).toEqual(["drop_trial", "open_model"]);
    story.model({ kind: "ready" });
    expect(trialsIn(story.passes(30_000))).toHaveLength(1);
  });

  test("falls back again when the preferred one is lost without a word after all, and waits longer before the next try", () => {
    const story = trying();
    aboutTrial(story, "ready");
    story.model({ kind: "closed" });
    story.passes(0);
    story.model({ kind: "ready" });
    expect(story.session.engine).toBe(1);
    expect(trialsIn(story.passes(29_900))).toEqual([]);
    expect(trialsIn(story.passes(100))).toHaveLength(1);
  });
});

test("a call that its preferred engine holds tries nothing", () => {
  const story = CallStory.greeted({ engines: 2, flags: { phone_silence_timeout_sec: 0 } });
  expect(trialsIn(story.passes(1_800_000))).toEqual([]);
});
