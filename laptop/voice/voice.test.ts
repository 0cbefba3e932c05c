import fc from "fast-check";
import { expect, test } from "vitest";
import { muLawFromPcm, pcmFromMuLaw, resample } from "./sound.ts";
import { type Ear, openVoice, pcmDurationMs } from "./voice.ts";

const voice = await openVoice();

/** A line of our own: 20 ms frames of 8 kHz mu-law, as a telephone carries them. */
const overTelephone = (pcm: Int16Array) => resample(pcmFromMuLaw(muLawFromPcm(resample(pcm, 24_000, 8_000))), 8_000, 24_000);

function heard(ear: Ear, pcm: Int16Array, chunkSamples: number): string[] {
  const utterances: string[] = [];
  for (let at = 0; at < pcm.length; at += chunkSamples) utterances.push(...ear.hear(pcm.subarray(at, at + chunkSamples)));
  return utterances;
}

const sentences = [
  "Hello, my shower leaks since yesterday.",
  "Une grêle a détruit mes récoltes à Saint-Étienne, c'est terrible ! 😢",
  "我的车昨天被撞了，孩子受伤了。",
  "a",
  "¿Puede repetirlo, por favor? Ñandú 👩‍👩‍👧",
  "This is a long story that does not fit one burst of a hundred and forty bytes, so it is cut in pieces; 中文 and émojis 🌧️🚗 too, ".repeat(
    2,
  ),
];

test.each(sentences)("%s is heard exactly, clean and over the telephone", (text) => {
  const pcm = voice.speak(text);
  for (const [line, chunkSamples] of [
    [pcm, 480],
    [overTelephone(pcm), 333],
  ] as const) {
    const ear = voice.ear();
    expect(heard(ear, line, chunkSamples)).toEqual([text]);
    ear.close();
  }
});

test("whatever is said, in whatever chunks, is what is heard", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((each) => each.isWellFormed());
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5_000 }), fc.boolean(), (said, chunkSamples, telephone) => {
      const pcm = voice.speak(said);
      const ear = voice.ear();
      expect(heard(ear, telephone ? overTelephone(pcm) : pcm, chunkSamples)).toEqual([said]);
      ear.close();
    }),
    { numRuns: 40 },
  );
});

test("two utterances with silence between them are two utterances", () => {
  const ear = voice.ear();
  const line = [...voice.speak("first"), ...new Int16Array(24_000), ...voice.speak("second")];
  expect(heard(ear, Int16Array.from(line), 480)).toEqual(["first", "second"]);
  ear.close();
});

test("ears do not hear each other's lines", () => {
  const ears = Array.from({ length: 12 }, () => voice.ear());
  const lines = ears.map((_, at) => voice.speak(`caller ${at}`));
  const words: string[][] = ears.map(() => []);
  for (let at = 0; at < 60_000; at += 480)
    for (const [who, ear] of ears.entries()) words[who]?.push(...ear.hear(lines[who]!.subarray(at, at + 480)));
  expect(words).toEqual(ears.map((_, at) => [`caller ${at}`]));
  for (const ear of ears) ear.close();
});

test("an utterance cut off leaves the pieces that were heard", () => {
  const long = "one two three four five six seven eight nine ten ".repeat(5);
  const pcm = voice.speak(long);
  const ear = voice.ear();
  expect(heard(ear, pcm.subarray(0, Math.floor(pcm.length * 0.75)), 480)).toEqual([]);
  expect(long.startsWith(ear.unfinished)).toBe(true);
  expect(ear.unfinished.length).toBeGreaterThan(100);
  const cutOff = ear.unfinished;
  expect(heard(ear, Int16Array.from([...new Int16Array(48_000), ...voice.speak("next")]), 480)).toEqual([cutOff, "next"]);
  ear.close();
});

test.each([0.1, 0.25, 0.5, 0.75])("after %d of an utterance another one may begin without a pause, and is heard", (share) => {
  const cut = voice.speak("Thank you, I have noted that. When did it happen?");
  const line = Int16Array.from([...cut.subarray(0, Math.floor(cut.length * share)), ...voice.speak("One moment please.")]);
  for (const sound of [line, overTelephone(line)]) {
    const ear = voice.ear();
    expect(heard(ear, sound, 480)).toEqual(["One moment please."]);
    ear.close();
  }
});

test("noise and silence hold no words, and a closed ear hears nothing", () => {
  const ear = voice.ear();
  const noise = Int16Array.from({ length: 72_000 }, (_, at) => Math.round(4_000 * Math.sin(at * at)));
  expect(heard(ear, noise, 480)).toEqual([]);
  expect(heard(ear, new Int16Array(24_000), 480)).toEqual([]);
  ear.close();
  expect(heard(ear, voice.speak("late"), 480)).toEqual([]);
});

test("what was begun at an ear that was closed does not disturb the next one", () => {
  const pcm = voice.speak("How can I help you today?");
  const closed = voice.ear();
  heard(closed, pcm.subarray(0, Math.floor(pcm.length / 2)), 480);
  closed.close();
  const ear = voice.ear();
  expect(heard(ear, pcm, 480)).toEqual(["How can I help you today?"]);
  ear.close();
});

test("no words make no sound, and a sentence lasts about as long as saying it", () => {
  expect(voice.speak("")).toHaveLength(0);
  const durationMs = pcmDurationMs(voice.speak("How can I help you today with your insurance claim?"));
  expect(durationMs).toBeGreaterThan(2_000);
  expect(durationMs).toBeLessThan(6_000);
});
