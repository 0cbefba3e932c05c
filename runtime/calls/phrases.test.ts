import { expect, test } from "vitest";
import { phraseNames } from "./phrase-book.ts";
import { codeMessage, phrasesIn } from "./phrases.ts";

const agent = { bot_name: "Amélie", bot_company: "Contoso" };

test.each([
  ["fr-FR", "Bonjour"],
  ["es-ES", "Hola"],
  ["zh-CN", "您好"],
  ["en-US", "Hello"],
  ["DE-at", "Guten Tag"],
  ["sv-SE", "Hello"],
])("a caller in %s is greeted with %s, by name", (language, word) => {
  const [greeting] = phrasesIn(language, agent).hello_tpl;
  expect(greeting).toContain(word);
  expect(greeting).toContain("Amélie");
});

test.each(["en", "fr", "es", "de", "zh"])("in %s nothing but a menu's key and language is left to fill in", (language) => {
  const book = phrasesIn(language, agent);
  for (const name of phraseNames)
    for (const text of book[name])
      expect(text.match(/\{\w+\}/g)?.sort() ?? []).toEqual(name === "ivr_language_tpl" ? ["{index}", "{label}"] : []);
});

test("a company may be called anything", () => {
  expect(phrasesIn("en-US", { bot_name: "Amélie", bot_company: "Cash$&More" }).goodbye_tpl[0]).toContain("Cash$&More");
});

test.each(["en-US", "fr-FR", "es-ES", "de-DE", "zh-CN", "it-IT"])("a code is sent in %s with the company's name", (language) => {
  const message = codeMessage(language, "Contoso", "012345");
  expect(message).toContain("012345");
  expect(message).toContain("Contoso");
  expect(message).not.toMatch(/[{}]/);
});
