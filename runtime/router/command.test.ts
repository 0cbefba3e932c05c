import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { answerLines, answerTo } from "./command.ts";
import { route } from "./route.ts";

async function answered(...lines: readonly string[]) {
  const output = new PassThrough();
  const printed = text(output);
  const sound = await answerLines(Readable.from([`${lines.join("\n")}\n`]), output);
  output.end();
  return {
    sound,
    answers: (await printed)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

test("a line is answered as route decides it, with the conversation before it", async () => {
  const line = JSON.stringify({ message: "And the second?", history: [{ role: "user", content: "Prove two theorems" }] });
  const { choice, score, confidence, reasons } = route("And the second?", {
    history: [{ persona: "human", content: "Prove two theorems" }],
  });
  expect(await answered(line)).toEqual({ sound: true, answers: [{ choice, score, confidence, reasons }] });
});

test("lines are answered in their order, and a bad one gets an error of its own", async () => {
  const { sound, answers } = await answered('{"message":"hello"}', "hello", '{"message":3}', "", '{"message":"prove it"}');
  expect(sound).toBe(false);
  expect(answers.map((each) => ("error" in each ? "error" : each.choice))).toEqual([
    "cheap",
    "error",
    "error",
    "error",
    expect.any(String),
  ]);
});

test("an error says what was given, what is allowed, and nothing of the message", () => {
  expect(answerTo('{"message":"hi","history":[{"role":"user"}]}')).toEqual({
    error: expect.stringMatching(/^history\.0\.content: .*A line is \{"message": "text"/u),
  });
  expect(JSON.stringify(answerTo("my secret"))).not.toContain("secret");
});
