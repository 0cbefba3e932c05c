import { expect, test } from "vitest";
import { readSsml } from "./ssml.ts";

const spoken = (inside: string) =>
  `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="fr-FR">${inside}</speak>`;
const voice = (inside: string) => spoken(`<voice name="fr-FR-VivienneMultilingualNeural">${inside}</voice>`);

test("the words come out of their markup, entities resolved", () => {
  const ssml = voice('<!-- tone --><prosody rate="1.0">Tom &amp; J&#233;r&#xF4;me,<break time="200ms"/>au\n revoir</prosody>');
  expect(readSsml(ssml)).toEqual({
    text: "Tom & Jérôme, au revoir",
    language: "fr-FR",
    voices: ["fr-FR-VivienneMultilingualNeural"],
  });
});

test.each([
  ["<voice name='a'>not inside speak</voice>", "root must be a speak element"],
  ['<speak version="1.0"><voice name="a">no language</voice></speak>', "needs xml:lang"],
  [spoken("no voice"), "inside a voice element"],
  [spoken("<voice>nameless</voice>"), "voice element with a name"],
  [voice("<p>never closed"), "closes nothing"],
  [voice("less < more"), "could not be read"],
  [voice("Tom & Anna"), "bare &"],
  [voice("&nbsp;"), "not an entity"],
  ["just text", "outside the speak element"],
])("what is no SSML is refused with the reason: %s", (ssml, reason) => {
  expect(() => readSsml(ssml)).toThrow(reason);
});
