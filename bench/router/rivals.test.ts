import { expect, test } from "vitest";
import { recipe, rivals } from "./rivals.ts";

test.each([
  ["Hello, how are you?", 0],
  ["Explain distributed microservices architecture", 0.5],
  ["Can you explain the technical architecture of distributed microservices with event sourcing patterns?", 0.6],
  ["Please update the record of my order today", 0.3],
  ["What should I say about time complexity of this algorithm, and why?", 0.5],
])("the recipe gives %j %d", (message, score) => {
  expect(recipe.score(message)).toBeCloseTo(score, 12);
});

test("the recipe sends none of its own complex samples to the strong model", () => {
  const score = recipe.score(
    "Can you explain the technical architecture of distributed microservices with event sourcing patterns?",
  );
  expect(recipe.toStrong(score)).toBe(false);
  expect(
    recipe.toStrong(recipe.score("Analyze this algorithm: why should it be faster, and what would multiple steps cost?")),
  ).toBe(true);
});

test("rules written by hand see the conversation, a length sees only the message", () => {
  const hard = [{ persona: "human", content: "Compare the concurrency protocols of distributed databases" }] as const;
  const by = (name: string) => rivals.find((each) => each.name === name)!;
  expect(by("hand-written rules").score("And the second?", hard)).toBeGreaterThan(
    by("hand-written rules").score("And the second?", []),
  );
  expect(by("prompt length").score("four", hard)).toBe(4);
});
