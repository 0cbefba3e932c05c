import { expect, test } from "vitest";
import { styled } from "./style.ts";

test.each([
  ["style=cheerful That is good news. ", "cheerful", "That is good news. "],
  ["  Style=[sad] 很遗憾。", "sad", "很遗憾。"],
  ["style=none Hello.", "none", "Hello."],
  ["style=whispering Hello.", "none", "Hello."],
  ["style=cheerful", "cheerful", ""],
  ["The style=sad tag is not at the beginning.", undefined, "The style=sad tag is not at the beginning."],
])("%j is spoken in the style %s", (sentence, style, text) => {
  expect(styled(sentence)).toEqual({ style, text });
});
