/** What was said before, and what it must not do to what is asked now. The conversations are our own, and none of their sentences is taught. */
import { describe, expect, test } from "vitest";
import type { Turn } from "../chat/record.ts";
import { route } from "./route.ts";

const person = (content: string): Turn => ({ persona: "human", content });
const after = (said: readonly string[], message: string) => route(message, { history: said.map(person) });

const easyTalk = {
  "a greeting": ["Hello there", "Fine, it just rains all the time"],
  "a booking": ["We'd like a table this Saturday", "Half past seven", "Lovely, that suits us"],
  "a long chat": ["hey", "not much, you?", "haha true", "so bored today", "my dog says hi"],
  "un bavardage": ["Bonsoir", "Quel temps magnifique aujourd'hui"],
  "a parcel": ["The parcel still isn't here", "It says 55 12 90 on the slip"],
};
const hard = [
  "Prove that the square root of five is irrational",
  "Write a TypeScript function that parses nested brackets and returns the tree",
  "Explain how a write-ahead log keeps a database consistent after a crash",
  "Solve x^2 - 5x + 6 = 0",
  "A train leaves at nine at 80 km/h and another at ten at 110 km/h. When does the second catch up with the first?",
  "Compare optimistic and pessimistic locking for our ticket shop",
];

describe.each(Object.entries(easyTalk))("after %s", (_, said) => {
  test.each(hard)("a hard message goes to the strong model, no less surely than by itself: %s", (message) => {
    const decision = after(said, message);
    expect(decision.choice).toBe("strong");
    expect(decision.score).toBeGreaterThanOrEqual(route(message).score);
  });

  test.each(["Really?", "Could you say that again?", "And for six people?", "Perfect, see you then"])(
    "an easy message stays with the cheap one: %s",
    (message) => {
      expect(after(said, message).choice).toBe("cheap");
    },
  );
});

test.each(hard)("thanks turn away from a hard message: %s", (message) => {
  expect(after([message], "Great, thank you!").choice).toBe("cheap");
});

test.each([
  "Get us a table for three on Sunday",
  "Could we have a table for 5 at 19:30?",
  "Keep two seats for me in row 4",
  "Reservieren Sie uns bitte einen Tisch für sechs",
  "Une table pour trois personnes demain soir, s'il vous plaît",
])("numbers in a booking are no calculation: %s", (message) => {
  const { choice, reasons } = route(message);
  expect(choice).toBe("cheap");
  expect(reasons[0]).toBe("asks for customer service");
});

test("what a person declared may lower what a message says by itself, after talk as at the start", () => {
  const message = hard[2]!;
  const declared = route(message, { history: [person("Hello there")], task: "small talk" });
  expect(declared.score).toBeLessThan(route(message).score);
});
