import { expect, test } from "vitest";
import { type Agent, agentSchema } from "../agent.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { phraseLibrary, type Translate, translatorLanguage } from "./phrase-library.ts";

const agent = (phrases: Agent["phrases"] = {}) =>
  agentSchema.parse({ bot_company: "Contoso & Söhne", bot_name: "Amélie", phrases });

/** Redis that remembers, shared by several libraries as by several processes. */
function remembering() {
  const values = new Map<string, string>();
  const lifetimes = new Set<number>();
  return {
    values,
    lifetimes,
    get: async (key: string) => values.get(key),
    set: async (key: string, value: string, lifetimeMs: number) => {
      values.set(key, value);
      lifetimes.add(lifetimeMs);
    },
  };
}

/** A translator that shouts, and counts how often it is asked. */
function shouting(): { translate: Translate; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    translate: async (texts, to) => {
      asked.push(to);
      return texts.map((text) => `[${to}] ${text.replace(/[^{}]+(?![^{]*\})/g, (words) => words.toUpperCase())}`);
    },
  };
}

test("a language we wrote is said in our own words, and nobody is asked", async () => {
  const { translate, asked } = shouting();
  const book = await phraseLibrary(translate, remembering(), () => 0)("fr-CA", agent());
  expect(book).toEqual(phrasesIn("fr-CA", agent()));
  expect(asked).toEqual([]);
});

test("a sixth language is translated, with the names put in afterwards and never translated", async () => {
  const { translate, asked } = shouting();
  const book = await phraseLibrary(translate, remembering(), () => 0)("it-IT", agent());
  expect(book.hello_tpl).toEqual(["[it] HELLO, I'M Amélie FROM Contoso & Söhne. HOW CAN I HELP YOU?"]);
  expect(book.ivr_language_tpl).toEqual(["[it] FOR {label}, PRESS {index}."]);
  expect(asked).toEqual(["it"]);
});

test("the customer's own phrasings stand over ours: as they are in English, translated elsewhere", async () => {
  const { translate } = shouting();
  const phrasesOf = phraseLibrary(translate, remembering(), () => 0);
  const own = agent({ hello_tpl: ["{bot_company}, hello!", "Hi, {bot_name} here."] });
  expect((await phrasesOf("en-GB", own)).hello_tpl).toEqual(["Contoso & Söhne, hello!", "Hi, Amélie here."]);
  const french = await phrasesOf("fr-FR", own);
  expect(french.hello_tpl).toEqual(["[fr] Contoso & Söhne, HELLO!", "[fr] HI, Amélie HERE."]);
  expect(french.error_tpl).toEqual(phrasesIn("fr-FR", own).error_tpl);
});

test("a translation is asked for once in a day, by whichever process needs it first", async () => {
  const { translate, asked } = shouting();
  const cache = remembering();
  const [one, other] = [phraseLibrary(translate, cache, () => 0), phraseLibrary(translate, cache, () => 0)];
  await Promise.all([one("it-IT", agent()), one("it-IT", agent())]);
  expect(await other("it-CH", agent())).toEqual(await one("it-IT", agent()));
  expect(asked).toEqual(["it"]);
  expect([...cache.lifetimes]).toEqual([86_400_000]);
  expect([...cache.values.keys()].join()).not.toMatch(/hello|Amélie/i);
});

test("the process forgets after a day and asks the cache again", async () => {
  let nowMs = 0;
  const cache = remembering();
  const { translate, asked } = shouting();
  const phrasesOf = phraseLibrary(translate, cache, () => nowMs);
  await phrasesOf("it-IT", agent());
  cache.values.clear();
  nowMs = 86_400_000;
  await phrasesOf("it-IT", agent());
  expect(asked).toEqual(["it", "it"]);
});

test("a translator that fails leaves English, and is asked again after a minute", async () => {
  let nowMs = 0;
  let asked = 0;
  const phrasesOf = phraseLibrary(
    async () => {
      asked++;
      throw new Error("429");
    },
    remembering(),
    () => nowMs,
  );
  expect(await phrasesOf("it-IT", agent())).toEqual(phrasesIn("en-US", agent()));
  await phrasesOf("it-IT", agent());
  expect(asked).toBe(1);
  nowMs = 60_000;
  await phrasesOf("it-IT", agent());
  expect(asked).toBe(2);
});

test("a translation that lost a name's place, or a whole text, is not used", async () => {
  const lossy: Translate = async (texts) => texts.map((text) => `ciao ${text.replace("{bot_name}", "Amalia")}`);
  const book = await phraseLibrary(lossy, remembering(), () => 0)("it-IT", agent());
  expect(book.hello_tpl[0]).toMatch(/^Hello, I'm Amélie/);
  expect(book.goodbye_tpl[0]).toMatch(/^ciao .*Contoso & Söhne/);
  const short: Translate = async (texts) => texts.slice(1);
  expect(await phraseLibrary(short, remembering(), () => 0)("it-IT", agent())).toEqual(phrasesIn("en-US", agent()));
});

test.each([
  ["fr-FR", "fr"],
  ["fr-CA", "fr-CA"],
  ["pt-BR", "pt"],
  ["pt-PT", "pt-PT"],
  ["zh-CN", "zh-Hans"],
  ["zh-TW", "zh-Hant"],
  ["no-NO", "nb"],
  ["nb-NO", "nb"],
  ["sr-RS", "sr-Cyrl"],
  ["hi-IN", "hi"],
])("%s is %s to the translator", (shortCode, tag) => {
  expect(translatorLanguage(shortCode)).toBe(tag);
});
