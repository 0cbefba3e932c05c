import { expect, test } from "vitest";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { type LanguageCode, languages, phrases } from "./phrases.ts";
import { find, guess, translated } from "./translation.ts";

const into = (text: string, to: LanguageCode) => translated(text, find(text), to);

test("every phrase can be told from every other, in every language, and back", () => {
  for (const phrase of phrases) {
    for (const from of languages)
      for (const to of languages) expect(into(phrase[from].replaceAll(/[{}]/g, ""), to)).toBe(phrase[to].replaceAll(/[{}]/g, ""));
  }
});

test("what the product itself says on the phone is in the list, names carried over", () => {
  const said = (language: string) =>
    Object.values(phrasesIn(language, { bot_name: "Amélie", bot_company: "Contoso & Söhne" })).map(([text]) => text);
  for (const from of languages) for (const to of languages) expect(said(from).map((text) => into(text, to))).toEqual(said(to));
});

test("names marked as not to be translated stay marked where they belong", () => {
  expect(into('Merci d\'avoir appelé <span class="notranslate">{bot_company}</span>. Au revoir !', "en")).toBe(
    'Thank you for calling <span class="notranslate">{bot_company}</span>. Goodbye!',
  );
});

test("other text comes back as it was, and says that nobody knows its language", () => {
  expect(into("My policy number is B12345.", "fr")).toBe("My policy number is B12345.");
  expect(guess("My policy number is B12345.")).toEqual({ language: "en", score: 0 });
  expect(guess("我的保单号是多少").language).toBe("zh-Hans");
});

test("a phrase is looked for in the stated language only", () => {
  expect(find("Are you still there?", "fr")).toBeUndefined();
});
