import { expect, test } from "vitest";
import { phrasesIn } from "../../runtime/bridge/phrases.ts";
import { greeting, welcomeBack } from "../../runtime/calls/phrases.ts";
import { languages, phrases } from "./phrases.ts";
import { find, guess, translated } from "./translation.ts";

const into = (text: string, tag: string) => translated(text, find(text), tag);

test("every phrase can be told from every other, in every language, and back", () => {
  for (const phrase of phrases) {
    for (const from of languages)
      for (const to of languages) expect(into(phrase[from].replaceAll(/[{}]/g, ""), to)).toBe(phrase[to].replaceAll(/[{}]/g, ""));
  }
});

test("what the product itself says on the phone is in the list, names carried over", () => {
  const said = (language: string) => {
    const { waiting, apology, silence, goodbye } = phrasesIn(language);
    return [
      waiting,
      apology,
      silence,
      goodbye("Contoso & Söhne"),
      greeting(language, "Amélie", "Contoso"),
      welcomeBack(language),
    ];
  };
  for (const from of languages) for (const to of languages) expect(said(from).map((text) => into(text, to))).toEqual(said(to));
});

test("other text comes back as it was, and says that nobody knows its language", () => {
  expect(into("My policy number is B12345.", "fr")).toBe("My policy number is B12345.");
  expect(guess("My policy number is B12345.")).toEqual({ language: "en", score: 0 });
  expect(guess("我的保单号是多少").language).toBe("zh-Hans");
});

test("a language that is not among the five gets the text unchanged", () => {
  expect(into("Are you still there?", "it")).toBe("Are you still there?");
});

test("a phrase is looked for in the stated language only", () => {
  expect(find("Are you still there?", "fr")).toBeUndefined();
});
