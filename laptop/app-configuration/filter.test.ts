import { expect, test } from "vitest";
import { readFilter } from "./filter.ts";

test.each([
  ["*", ["a", "b/c", ""], []],
  ["vad_*", ["vad_threshold"], ["threshold", "VAD_x"]],
  ["a,b*", ["a", "b", "bc"], ["ac", "a,b*"]],
  ["a\\,b", ["a,b"], ["a", "b"]],
  ["a\\*", ["a*"], ["ab"]],
  ["a\\\\*", ["a\\b"], ["a*"]],
])("the key filter %s", (filter, kept, dropped) => {
  expect(kept.filter(readFilter("key", filter))).toEqual(kept);
  expect(dropped.filter(readFilter("key", filter))).toEqual([]);
});

test("without a filter everything passes, with or without a label", () => {
  expect([null, "fr"].filter(readFilter("label", undefined))).toEqual([null, "fr"]);
});

test("no label is a label of its own", () => {
  expect([null, "fr"].filter(readFilter("label", "\0"))).toEqual([null]);
  expect([null, "fr", "es"].filter(readFilter("label", "fr,\0"))).toEqual([null, "fr"]);
});

test("a star in the middle and a sixth name are refused", () => {
  expect(() => readFilter("key", "a*b")).toThrow("only at the end");
  expect(() => readFilter("key", "a,b,c,d,e,f")).toThrow("at most 5 names; 6 were given");
});
