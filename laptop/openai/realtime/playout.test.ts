import { expect, test } from "vitest";
import type { MessageItem } from "./items.ts";
import { Playout } from "./playout.ts";

const item = (id: string): MessageItem => ({
  id,
  object: "realtime.item",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [],
});

function open() {
  const told: string[] = [];
  return { told, playout: new Playout((type, responseId) => told.push(`${type} ${responseId}`)) };
}

test("a response has been heard once all of it was played and nothing more of it comes", () => {
  const { told, playout } = open();
  playout.give("a", item("1"), 200);
  playout.played(200);
  expect(told).toEqual(["started a"]);
  playout.give("a", item("1"), 100);
  playout.complete("a");
  playout.played(80);
  expect(told).toEqual(["started a"]);
  playout.played(20);
  expect(told).toEqual(["started a", "stopped a"]);
  expect(playout.isEmpty).toBe(true);
});

test("a response waits until the one before it was heard", () => {
  const { told, playout } = open();
  playout.give("a", item("1"), 100);
  playout.give("b", item("2"), 100);
  playout.complete("b");
  playout.complete("a");
  playout.played(150);
  expect(told).toEqual(["started a", "stopped a", "started b"]);
  expect(playout.clear()).toMatchObject([{ responseId: "b", playedMs: 50 }]);
  expect(playout.isEmpty).toBe(true);
});

test("what is cut off is known with how much of it was heard, however much came at once", () => {
  const { told, playout } = open();
  playout.give("a", item("1"), 5_000);
  playout.complete("a");
  playout.played(1_240);
  expect(playout.clear()).toMatchObject([{ responseId: "a", item: { id: "1" }, playedMs: 1_240 }]);
  playout.played(20);
  expect(told).toEqual(["started a"]);
});
