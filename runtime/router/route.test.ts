import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { route } from "./route.ts";

describe("goes to the cheap model", () => {
  test.each([
    "Hello, how are you?",
    "Yes",
    "Thanks, bye!",
    "What time is it?",
    "I need to update my address",
    "Where is my parcel?",
    "Bonjour !",
    "你好",
    "Quelle heure est-il ?",
    "",
  ])("%j", (message) => {
    expect(route(message).choice).toBe("cheap");
  });
});

describe("goes to the strong model", () => {
  test.each([
    "Explain distributed microservices architecture",
    "Can you explain the technical architecture of distributed microservices with event sourcing patterns?",
    "Analyze the trade-offs between these two contracts step by step",
    "Analysez les avantages et les inconvénients de ces deux contrats",
    "请解释微服务架构的优缺点",
    "Vergleichen Sie die Haftung in beiden Verträgen und begründen Sie die Wahl",
    "Why does this fail?\n```ts\nconst total = items.reduce((sum, each) => sum + each);\n```\nDebug it and explain.",
  ])("%j", (message) => {
    expect(route(message).choice).toBe("strong");
  });
});

test("a word inside another is not mistaken for it", () => {
  expect(route("Please update my date of birth").reasons).toEqual(route("Please mend my coat of arms").reasons);
});

test("a follow-up is as hard as what it follows, and fades as the talk turns small", () => {
  const hard = {
    persona: "human",
    content: "Explain distributed microservices architecture and compare the concurrency protocols",
  } as const;
  const small = { persona: "human", content: "Fine." } as const;
  const followUp = route("And the second one?", [hard]);
  expect(followUp.score).toBeGreaterThan(route("And the second one?").score);
  expect(followUp.reasons).toContain("the conversation so far is demanding");
  expect(route("And the second one?", [hard, small, small]).score).toBeLessThan(followUp.score);
});

test("what the assistant said does not make a message harder", () => {
  expect(route("Go on", [{ persona: "assistant", content: "Explain the architecture of distributed databases" }]).score).toBe(
    route("Go on").score,
  );
});

test("every message gets a choice with a score and a confidence within bounds, and reasons", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string({ unit: "grapheme" })), (message, before) => {
      const decision = route(
        message,
        before.map((content) => ({ persona: "human" as const, content })),
      );
      expect(decision.score).toBeGreaterThanOrEqual(0);
      expect(decision.score).toBeLessThanOrEqual(1);
      expect(decision.confidence).toBeGreaterThanOrEqual(0.5);
      expect(decision.confidence).toBeLessThanOrEqual(1);
      expect(decision.reasons.length).toBeGreaterThan(0);
    }),
  );
});
