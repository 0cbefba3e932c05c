import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds, sound } from "../../tests/support/call-story.ts";

const briefing = "A roof leaks in Lyon; the caller wants a date.";

/** The caller is on hold, and a colleague is being rung. */
function ringing(): CallStory {
  const story = CallStory.greeted({ warm: true });
  story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
  story.calls("talk_to_human", "t1", "r");
  story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
  story.happens({
    kind: "tool_done",
    toolCallId: "t1",
    content: "ok",
    effect: { kind: "transfer", to: "+33100000000", briefing },
  });
  story.says("I put you through.", 1_000);
  story.passes(1_000);
  return story;
}

function briefed(): CallStory {
  const story = ringing();
  story.happens({ kind: "news", news: { kind: "joined" } });
  story.says("A roof leaks", 4_000, "briefing");
  story.passes(4_000);
  return story;
}

const back = ["note", "respond"];

describe("a warm transfer", () => {
  test("puts the caller on hold and rings, once the announcement was heard", () => {
    const story = ringing();
    expect(story.effects.slice(-2)).toEqual([{ kind: "hold" }, { kind: "invite", to: "+33100000000" }]);
  });

  test("tells the person who picks up what it is about, and how to answer, and keeps it in writing", () => {
    const effects = ringing().happens({ kind: "news", news: { kind: "joined" } });
    expect(effects).toEqual([
      { kind: "keep_briefing", callId: "call-1", to: "+33100000000", text: briefing },
      {
        kind: "model",
        command: { kind: "respond", purpose: "briefing", say: `${briefing} Press 1 to take the call, or 2 to decline.` },
      },
    ]);
  });

  test("that is taken leaves caller and colleague alone, until one of them goes", () => {
    const story = briefed();
    expect(kinds(story.presses("1"))).toEqual(["unhold", "close_model"]);
    expect(story.passes(7_200_000)).toEqual([]);
    expect(kinds(story.phone({ kind: "closed" }))).toEqual(["close_model", "end"]);
  });

  test("whose colleague leaves goes on with the assistant, which knows", () => {
    const story = briefed();
    story.presses("1");
    expect(kinds(story.happens({ kind: "news", news: { kind: "left" } }))).toEqual(["open_model"]);
    const told = commands(story.model({ kind: "ready" }));
    expect(told).toMatchObject([{ kind: "note" }, { kind: "respond", purpose: "answer" }]);
    expect(JSON.stringify(told)).toContain("The colleague has left the call");
    story.model({ kind: "closed" });
    story.passes(0);
    expect(commands(story.model({ kind: "ready" })).map((each) => each.kind)).toEqual(["respond"]);
  });

  test("that is declined says so to the caller, then goes on", () => {
    const story = briefed();
    const effects = story.presses("2");
    expect(kinds(effects)).toEqual(["dismiss", "unhold", ...back]);
    expect(commands(effects).at(-1)).toEqual({
      kind: "respond",
      purpose: "apology",
      say: "I am sorry, nobody is free at the moment.",
    });
    story.says("I am sorry, nobody is free at the moment.", 1_000, "apology");
    expect(commands(story.effects.slice(-1))).toEqual([{ kind: "respond", purpose: "answer" }]);
  });

  test.each([
    ["nobody picks up within 45 seconds", ringing, (story: CallStory) => story.passes(45_000), true],
    ["the person does not decide within 30 seconds", briefed, (story: CallStory) => story.passes(30_000), true],
    ["the network refuses", ringing, (story: CallStory) => story.happens({ kind: "transfer_refused" }), true],
    [
      "the person is busy",
      ringing,
      (story: CallStory) => story.happens({ kind: "news", news: { kind: "transfer_failed" } }),
      false,
    ],
    ["the person leaves", briefed, (story: CallStory) => story.happens({ kind: "news", news: { kind: "left" } }), false],
  ])("leads back when %s", (_when, begun, happens, dismissed) => {
    const effects = kinds(happens(begun()));
    expect(effects).toEqual([...(dismissed ? ["dismiss"] : []), "unhold", ...back]);
  });

  test("lets neither the model hear who is on hold nor them interrupt the briefing", () => {
    const story = ringing();
    story.happens({ kind: "news", news: { kind: "joined" } });
    story.beginsToSay("A roof leaks", 4_000, "briefing");
    expect(story.phone({ kind: "audio", audio: sound(20) })).toEqual([]);
    story.callerBegins();
    expect(kinds(story.passes(1_000))).not.toContain("stop_playing");
  });

  test("goes on when our own sound of the line is lost", () => {
    const story = briefed();
    story.presses("1");
    story.phone({ kind: "interrupted" });
    expect(story.passes(60_000)).toEqual([]);
  });

  test("goes on when this process stops, since no machine is needed any more", () => {
    const story = briefed();
    story.presses("1");
    expect(kinds(story.happens({ kind: "stop" }))).toEqual(["close_model", "end"]);
  });

  test("is undone when the call is ended meanwhile, so that the goodbye is heard", () => {
    const effects = ringing().happens({ kind: "news", news: { kind: "end" } });
    expect(kinds(effects)).toEqual(["dismiss", "unhold", "respond"]);
  });

  test("begins its briefing anew when the model is lost in the middle of it", () => {
    const story = ringing();
    story.happens({ kind: "news", news: { kind: "joined" } });
    story.beginsToSay("A roof leaks", 4_000, "briefing");
    story.model({ kind: "closed" });
    story.passes(4_000);
    expect(commands(story.model({ kind: "ready" }))).toMatchObject([{ kind: "respond", purpose: "briefing" }]);
  });

  test("has the model say nothing of its own while the caller is on hold", () => {
    const effects = commands(ringing().model({ kind: "response_started", responseId: "r9", purpose: "answer" }));
    expect(effects).toEqual([{ kind: "cancel", responseId: "r9" }]);
  });

  test("is blind when the line cannot hold the caller, or nobody is to be told anything", () => {
    const story = CallStory.greeted();
    story.model({ kind: "response_started", responseId: "r", purpose: "answer" });
    story.calls("talk_to_human", "t1", "r");
    story.model({ kind: "response_ended", responseId: "r", outcome: "completed" });
    story.happens({
      kind: "tool_done",
      toolCallId: "t1",
      content: "ok",
      effect: { kind: "transfer", to: "+33100000000", briefing },
    });
    story.says("I put you through.", 1_000);
    expect(story.passes(1_000).at(-1)).toEqual({ kind: "transfer", to: "+33100000000" });
    expect(kinds(story.happens({ kind: "news", news: { kind: "transfer_failed" } }))).toEqual(back);
  });
});
