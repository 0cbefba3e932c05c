import { expect, test } from "vitest";
import { agentSchema } from "../agent.ts";
import { languageKey, languageMenu } from "./language-menu.ts";
import { phrasesIn } from "./phrases.ts";

const line = (...codes: string[]) => {
  const availables = codes.map((short_code) => ({ short_code, voice: "any", pronunciations_en: [short_code] }));
  const agent = agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie", lang: { availables } });
  return languageMenu(agent, new Map(codes.map((code) => [code, phrasesIn(code, agent)])));
};

test("each language asks in itself, by its own name, with its key", () => {
  expect(line("fr-FR", "en-US", "es-ES", "de-DE", "zh-CN")).toBe(
    "Pour le français, tapez 1. For English, press 2. Para español, pulse 3. Für Deutsch drücken Sie die 4. 中文请按5。",
  );
});

test("two kinds of one language are told apart", () => {
  expect(line("en-US", "en-GB")).toBe("For American English, press 1. For British English, press 2.");
});

test("beyond nine languages every key has two digits, so that none is the beginning of another", () => {
  const codes = ["fr-FR", "en-US", "es-ES", "de-DE", "zh-CN", "it-IT", "pt-PT", "nl-NL", "pl-PL", "ja-JP"];
  const menu = line(...codes);
  expect(menu).toContain("tapez 01.");
  expect(menu).toContain("For 日本語, press 10.");
  expect(codes.map((_, position) => languageKey(position, codes.length)).join()).toBe("01,02,03,04,05,06,07,08,09,10");
});
