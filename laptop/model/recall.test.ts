import { expect, test } from "vitest";
import type { LanguageCode } from "./conversation.ts";
import { recalled } from "./recall.ts";

const said = (...texts: string[]) => texts.map((text) => ({ kind: "said", by: "caller", text }) as const);

test.each<[LanguageCode, introduction: string, question: string, answer: string]>([
  ["en", "Hello, my name is Ada.", "What is my name?", "Your name is Ada."],
  ["fr", "Je m'appelle Zoé.", "Comment je m'appelle ?", "Vous vous appelez Zoé."],
  ["es", "Buenos días, me llamo Íñigo.", "¿Cómo me llamo?", "Usted se llama Íñigo."],
  ["de", "Ich heiße Jürgen.", "Wie heiße ich?", "Sie heißen Jürgen."],
  ["zh", "你好，我叫李娜。", "我叫什么？", "您叫李娜。"],
])("in %s, a name that was given is known later", (language, introduction, question, answer) => {
  expect(recalled(question, said(introduction, "...", question), language)).toBe(answer);
  expect(recalled(question, said("...", question), language)).toBeUndefined();
});

test("what was said before is said again, and nothing is answered that was not asked", () => {
  const question = "What did I just say?";
  expect(recalled(question, said("My roof leaks.", question), "en")).toBe("Before that you said: My roof leaks.");
  expect(recalled("My roof leaks.", said("My name is Ada.", "My roof leaks."), "en")).toBeUndefined();
});
