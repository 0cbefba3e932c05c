import { describe, expect, test } from "vitest";
import { conversationOf } from "./chat-completions.ts";

const calls = (...ids: string[]) => ({
  role: "assistant",
  tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "send_sms", arguments: "{}" } })),
});
const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "sent" });
const read = (...messages: object[]) => conversationOf({ messages });

test("what comes before the conversation instructs, what comes in its midst is told to the model", () => {
  const { instructions, items } = read(
    { role: "system", content: "You are Ada." },
    { role: "developer", content: "Be brief." },
    { role: "user", content: "Hello" },
    { role: "system", content: "The caller pressed 1 on the keypad." },
  );
  expect(instructions).toBe("You are Ada.\n\nBe brief.");
  expect(items).toEqual([
    { kind: "said", by: "caller", text: "Hello" },
    { kind: "said", by: "system", text: "The caller pressed 1 on the keypad." },
  ]);
});

describe("tool calls", () => {
  test("are answered right after them, in any order", () => {
    const { items } = read(calls("a", "b"), result("b"), result("a"), { role: "user", content: "Thanks" });
    expect(items.map((each) => each.kind)).toEqual(["called", "called", "returned", "returned", "said"]);
  });

  test.each([
    ["never", [calls("a"), { role: "user", content: "Hello" }]],
    ["not at the end", [calls("a")]],
    ["not all of them", [calls("a", "b"), result("a"), { role: "user", content: "Hello" }]],
  ])("that are answered %s are refused by their ids", (_, messages) => {
    expect(() => read(...messages)).toThrow(/did not have response messages: [ab]/);
  });

  test("nobody made have no answer", () => {
    expect(() => read({ role: "user", content: "Hello" }, result("a"))).toThrow("must be a response to a preceding message");
    expect(() => read(calls("a"), result("a"), result("a"))).toThrow("must be a response to a preceding message");
  });
});
