import { expect, test } from "vitest";
import { CallStory, commands } from "../../tests/support/call-story.ts";
import { heardLately } from "./repetition.ts";
import type { Lately } from "./session-parts.ts";

function isMachine(turns: readonly string[], assistant: readonly string[] = [], ours: readonly string[] = []): boolean {
  let lately: Lately = { assistant, caller: [], echoes: 0 };
  let machine = false;
  for (const turn of turns) {
    const heard = heardLately(lately, turn, ours);
    lately = heard.lately;
    machine ||= heard.machine;
  }
  return machine;
}

const thrice = (text: string): string[] => [text, text, text];

test.each([
  ["a sentence said three times", thrice("Welcome to Fabrikam, please choose an option from the menu")],
  [
    "a sentence heard a little differently each time",
    [
      "Welcome to Fabrikam, please choose an option from our menu",
      "welcome to fabrikam please choose an option from our menu now",
      "Welcome to Fabrikam. Please, choose an option from our menu.",
    ],
  ],
  ["a sentence in a script without spaces", thrice("欢迎致电我们公司，请选择一个服务选项")],
  ["a sentence in Arabic", thrice("مرحبا بكم في شركتنا يرجى اختيار خدمة من القائمة")],
])("%s is a machine", (_name, turns) => {
  expect(isMachine(turns)).toBe(true);
});

test.each([
  ["yes", thrice("Yes.")],
  ["a short answer", thrice("No, thank you very much")],
  ["a spelled name", thrice("M A R T I N D U P O N T")],
  ["a number", thrice("0 6 1 2 3 4 5 6 7 8")],
  ["a sentence said twice", ["I want to speak to a person please", "I want to speak to a person please"]],
  [
    "a sentence said again after another",
    [
      "I want to speak to a person please",
      "I want to speak to a person please",
      "because my roof has been leaking since yesterday",
      "I want to speak to a person please",
    ],
  ],
])("%s is a person", (_name, turns) => {
  expect(isMachine(turns)).toBe(false);
});

test("our own sentences coming back twice in a row are an echo; once is a person who repeats what they heard", () => {
  const greeting = "Hello, I'm Ada from Contoso. How can I help you?";
  const question = "Could you tell me when the water came into the house?";
  expect(isMachine([greeting, question], [question], [greeting])).toBe(true);
  expect(isMachine([greeting, "My roof leaks since last night", question], [question], [greeting])).toBe(false);
});

test("a call with a machine is left with a goodbye", () => {
  const story = CallStory.greeted();
  for (const [at, text] of thrice("Welcome to Fabrikam, please choose an option from the menu").entries()) {
    story.callerSays(text, `u${at}`);
    story.says(`I see, number ${at}`, 500);
    story.passes(500);
  }
  expect(story.session.phase).toBe("leaving");
  expect(commands(story.effects).filter((each) => each.kind === "respond")).toMatchObject([
    { purpose: "greeting" },
    { purpose: "goodbye" },
  ]);
});
