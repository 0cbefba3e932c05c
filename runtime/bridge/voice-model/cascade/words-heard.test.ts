import { expect, test } from "vitest";
import { WordsHeard } from "./words-heard.ts";

const said = (text: string, endMs: number, language?: string) => ({ text, endMs, ...(language ? { language } : {}) });

test("final phrases make up the turn, guesses before them do not", () => {
  const words = new WordsHeard();
  words.guess(said("I had", 800));
  expect(words.settled).toBe(false);
  words.settle(said("I had an accident.", 1_500));
  words.settle(said("Near Lyon.", 2_600));
  expect(words.settled).toBe(true);
  expect(words.take(3_200)).toEqual({ text: "I had an accident. Near Lyon." });
  expect(words.take(3_300)).toBeUndefined();
});

test("a guess is taken when the final words do not come in time, and those are then not heard twice", () => {
  const words = new WordsHeard();
  words.guess(said("call me", 1_000, "en-US"));
  expect(words.take(1_600)).toEqual({ text: "call me", language: "en-US" });
  words.guess(said("call me back", 1_050));
  expect(words.settle(said("Call me back.", 1_100))).toBe(false);
  expect(words.take(2_000)).toBeUndefined();
  expect(words.settle(said("Tomorrow.", 2_900))).toBe(true);
});

test("words that come after a turn without any are news", () => {
  const words = new WordsHeard();
  expect(words.take(1_000)).toBeUndefined();
  expect(words.settle(said("Hello.", 900))).toBe(true);
  expect(words.take(1_400)).toEqual({ text: "Hello." });
});

test("scripts without spaces are joined without one", () => {
  const words = new WordsHeard();
  words.settle(said("您好。", 900));
  words.settle(said("我出了车祸。", 1_900));
  expect(words.take(2_500)?.text).toBe("您好。我出了车祸。");
});
