import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SentenceSplitter } from "./sentences.ts";

function cut(text: string, parts: readonly string[] = [text]): string[] {
  const splitter = new SentenceSplitter();
  return [...parts.flatMap((part) => splitter.push(part)), ...splitter.end()];
}
const trimmed = (text: string) => cut(text).map((each) => each.trim());

describe("a sentence ends", () => {
  test.each([
    ["Latin", ["I see.", "Are you hurt?", "Stay calm!", "One moment…", "Tell me this:", "where are you?"]],
    ["French, whose marks and quotes stand behind a space", ["Bonjour !", "Il a dit « Partez ! »", "Que faire ?"]],
    ["Chinese, without spaces", ["您好。", "您在哪里？", "请稍等；", "我在……", "他说：“好的！”", "谢谢。"]],
    ["Japanese", ["「そうですか。」", "わかりました！", "はい。"]],
    ["Arabic", ["مرحبا؟", "نعم؛", "شكرا."]],
    ["Urdu", ["شکریہ۔", "آپ کیسے ہیں؟", "ٹھیک۔"]],
    ["Hindi, with and without a space", ["नमस्ते।", "आप कैसे हैं?", "धन्यवाद॥", "ठीक।"]],
    ["a quotation", ['He said "stop!"', "Then (finally.)", "He left."]],
  ])("in %s", (_, sentences) => {
    const wide = /[\u3000-\u9fff]/.test(sentences.join(""));
    expect(trimmed(sentences.join(wide ? "" : " "))).toEqual(sentences);
  });

  test("at the end of a line, and what stands after it is not lost", () => {
    expect(cut("first line\nsecond line")).toEqual(["first line\n", "second line"]);
  });

  test("in a text of several scripts", () => {
    expect(trimmed("OK!好的。 नमस्ते। Well.")).toEqual(["OK!", "好的。", "नमस्ते।", "Well."]);
  });
});

describe("a sentence goes on", () => {
  test.each([
    "Dr. Ada Lovelace and Mrs. Byron called",
    "J. R. R. Tolkien and the U.S. customs came",
    "It costs 3.50 euros, or 1,234.56 in all",
    "See https://example.com/a.b?c=d;e and mail to a.b@example.com now",
    "Come at 10:30 to the office",
    "Bring papers, e.g. a passport, etc. and wait",
    "Am 3. Mai um 12 Uhr",
    "Use node.js please",
  ])("%s", (text) => {
    expect(trimmed(`${text}. And so on.`)).toEqual([`${text}.`, "And so on."]);
  });
});

test("it is known to end once the next begins, so that it can be spoken meanwhile", () => {
  const splitter = new SentenceSplitter();
  expect(splitter.push("Hello")).toEqual([]);
  expect(splitter.push(" there. ")).toEqual([]);
  expect(splitter.push("H")).toEqual(["Hello there. "]);
  expect(splitter.push("ow are you")).toEqual([]);
  expect(splitter.end()).toEqual(["How are you"]);
});

test("what marks no end is cut where a phrase ends, and a script without marks sooner", () => {
  const long = cut(`${"word ".repeat(70)}more, ${"word ".repeat(60)}`);
  expect(long[0]).toMatch(/more, $/);
  const thai = cut(`${"สวัสดีครับยินดีต้อนรับ ".repeat(12)}`);
  expect(thai.length).toBeGreaterThan(2);
  for (const piece of thai) expect(piece).toMatch(/ $/);
  expect(cut("あ".repeat(900)).map((each) => each.length)).toSatisfy((lengths: number[]) => lengths.every((each) => each <= 400));
});

const alphabet = fc.constantFrom(
  ..."aB1 .!?;:…,、。！？「」\"'»«)(؟؛۔،नम।॥สวัส\n".split(""),
  "Dr. ",
  "3.5",
  "e.g. ",
  " word",
  "字字",
  "😀",
  "long ".repeat(30),
  "ก".repeat(60),
);
const texts = fc.array(alphabet, { maxLength: 60 }).map((parts) => parts.join(""));

test("joined, the sentences are the text, none is too long, and none is empty", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const pieces = cut(text);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) {
        expect(piece).not.toBe("");
        expect(piece.trim().length).toBeLessThanOrEqual(400);
      }
    }),
    { numRuns: 500 },
  );
});

test("wherever the tokens are cut, the sentences are the same", () => {
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (text, lengths) => {
      const parts: string[] = [];
      for (let at = 0, turn = 0; at < text.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1;
        parts.push(text.slice(at, at + length));
        at += length;
      }
      expect(cut(text, parts)).toEqual(cut(text));
    }),
    { numRuns: 500 },
  );
});
