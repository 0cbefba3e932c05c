import fc from "fast-check";
import { expect, test } from "vitest";
import { ssmlFor } from "./ssml.ts";

const french = { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French"] };
const say = (text: string, more = {}) => ssmlFor({ text, language: french, style: "none", speed: 1, ...more });

test("a sentence is said by the language's voice, shaped for a telephone, at the call's speed", () => {
  expect(say(" Bonjour ! ", { speed: 1.1 })).toBe(
    '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang="fr-FR">' +
      '<voice name="fr-FR-VivienneMultilingualNeural" effect="eq_telecomhp8k"><lang xml:lang="fr-FR">' +
      '<prosody rate="1.1">Bonjour !</prosody></lang></voice></speak>',
  );
});

test("a style is expressed, and no style is not", () => {
  expect(say("Bravo !", { style: "cheerful" })).toContain('<mstts:express-as style="cheerful" styledegree="0.5"><prosody');
  expect(say("Bravo !")).not.toContain("express-as");
});

test("a lexicon is read inside the voice, at its own address", () => {
  const language = { ...french, lexicon_url: "https://example.com/lexicon.xml?a=1&b=2" };
  expect(say("Bonjour", { language })).toContain('<lexicon uri="https://example.com/lexicon.xml?a=1&amp;b=2"/><lang');
});

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The words between the innermost tags, read as XML is read; throws where they are markup. */
function wordsIn(ssml: string): string {
  const inside = /<prosody rate="1">([\s\S]*)<\/prosody><\/lang><\/voice><\/speak>$/.exec(ssml)?.[1];
  if (inside === undefined || /[<>]|&(?!(amp|lt|gt|quot|apos);)/.test(inside)) throw new Error(`not words alone: ${inside}`);
  return inside.replaceAll(/&(\w+);/g, (_, name: string) => entities[name] ?? "");
}

const unwritable = ["\u0001", "\u000b", "\ufffe", "\ud800"];

test("whatever is to be said arrives as words, never as markup", () => {
  expect(wordsIn(say(`<break/> Tom & "Anna's" </voice>\u0000\u001b\ud800`))).toBe(`<break/> Tom & "Anna's" </voice>`);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a<>&\"';é字😀 ", ...unwritable), maxLength: 60 }), (text) => {
      expect(wordsIn(say(text))).toBe([...text.trim()].filter((each) => !unwritable.includes(each)).join(""));
    }),
  );
});

test("no attribute can be left by a value", () => {
  const ssml = say("Hello", { language: { ...french, voice: 'a"><evil/>' } });
  expect(ssml).toContain('<voice name="a&quot;&gt;&lt;evil/&gt;"');
});
