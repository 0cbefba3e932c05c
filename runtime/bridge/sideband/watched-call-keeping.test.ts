/** What a watched call keeps, and the tools it runs, when the database fails or another bridge was there before. */
import { beforeEach, expect, test } from "vitest";
import { settled, Watching, watchedCall } from "../../../tests/bridge/watching.ts";
import { claimTool, interruptedTools } from "./tool-claims.ts";
import type { Outcome } from "./tools.ts";

let on: Watching;
beforeEach(async () => {
  on = await Watching.open();
});

test("what the database does not take at once is kept later, in order", async () => {
  const one = await on.watched();
  on.failing = 2;
  on.done("resp_1");
  on.done("resp_2");
  await settled();
  expect((await on.session()).usages).toEqual([]);
  for (let second = 0; second < 3; second++) {
    on.clock.pass(1_000);
    await settled();
  }
  expect((await on.session()).usages.map((each) => each.id)).toEqual(["usage:resp_1", "usage:resp_2"]);
  await on.over(one);
  expect(on.hungUp).toEqual([]);
});

test("what the database never takes ends the call, and so does more than can wait", async () => {
  const one = await on.watched();
  on.failing = Number.POSITIVE_INFINITY;
  on.done("resp_1");
  for (let second = 0; second < 30; second++) {
    await settled();
    on.clock.pass(1_000);
  }
  expect(on.hungUp).toEqual(["rtc_1"]);
  on.failing = 0;
  await on.over(one);

  await on.watched("bridge-2").catch(() => undefined);
});

test("a flood of what must be kept ends the call before it fills the memory", async () => {
  const one = await on.watched();
  on.failing = Number.POSITIVE_INFINITY;
  for (let at = 0; at < 500; at++) on.done(`resp_${at}`);
  expect(on.hungUp).toEqual([]);
  on.done("resp_500");
  expect(on.hungUp).toEqual(["rtc_1"]);
  on.failing = 0;
  for (let second = 0; second < 3; second++) {
    await settled();
    on.clock.pass(1_000);
  }
  await on.over(one);
  expect((await on.session()).usages).toHaveLength(500);
});

test("a tool that was begun elsewhere is not begun again", async () => {
  const one = await on.watched();
  await claimTool(on.documents, watchedCall, "call_1");
  on.asksExpert("call_1");
  await settled();
  expect(on.ran).toEqual([]);
  expect(on.outputs).toEqual([]);
  on.asksExpert("call_2");
  await settled();
  expect(on.ran).toEqual(["call_2"]);
  await on.over(one);
});

test("a tool that takes too long is answered in words, and what it used is kept all the same", async () => {
  const one = await on.watched();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  on.tool = () => promise;
  on.asksExpert("call_1");
  await settled();
  on.clock.pass(30_000);
  expect(on.outputs).toHaveLength(1);
  expect(on.outputs[0]).toContain("takes too long");
  const used = { deployment: "chat-strong", choice: "strong", usage: { prompt_tokens: 10, completion_tokens: 20 } } as const;
  resolve({ content: "Because.", used });
  await settled();
  expect(on.outputs).toHaveLength(1);
  await on.over(one);
  expect((await on.session()).usages.map(({ id, kind }) => [id, kind])).toContainEqual(["usage:call_1", "text"]);
});

test("a tool that nobody answered before the bridge was gone is found by the next one", async () => {
  const one = await on.watched();
  on.tool = () => new Promise(() => undefined);
  on.asksExpert("call_1");
  await settled();
  expect(await interruptedTools(on.documents, watchedCall)).toEqual(["call_1"]);
  on.tool = async () => ({ content: "Because." });
  on.asksExpert("call_2");
  await settled();
  expect(await interruptedTools(on.documents, watchedCall)).toEqual(["call_1"]);
  expect(one.isQuiet).toBe(false);
});
