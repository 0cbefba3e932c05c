/** How a watched call is left: by its end, or to another bridge. */
import { beforeEach, expect, test } from "vitest";
import { settled, Watching, watchedCall } from "../../../tests/bridge/watching.ts";
import { beginWatch, readOpen } from "../../chat/watched-calls.ts";

let on: Watching;
beforeEach(async () => {
  on = await Watching.open();
});

test("a call that another bridge took is left without being hung up", async () => {
  const one = await on.watched();
  await beginWatch(on.documents, watchedCall, "bridge-2", new Date(on.clock.nowMs()));
  on.clock.pass(30_000);
  await one.ended;
  expect(on.hungUp).toEqual([]);
  expect(on.sockets.at(-1)?.closed).toBe(true);
  expect(await readOpen(on.documents, watchedCall)).toBeDefined();
});

test("a call that is offered to others is watched on, but not said to be, until one has come", async () => {
  const one = await on.watched();
  await one.offer();
  const offeredAt = new Date(on.clock.nowMs());
  on.clock.pass(60_000);
  await settled();
  expect((await readOpen(on.documents, watchedCall))?.watchedUntil).toEqual(offeredAt);
  on.done("resp_1");
  await settled();
  expect((await on.session()).usages).toHaveLength(1);
  one.letGo();
  await one.ended;
});

test("a call that is over leaves no socket open, nothing waiting, and its end in the record", async () => {
  const before = on.clock.waiting;
  const one = await on.watched();
  on.asksExpert("call_1");
  await settled();
  one.end("budget");
  await settled();
  expect(on.hungUp).toEqual(["rtc_1"]);
  on.sockets.at(-1)?.news.dropped();
  await one.ended;
  expect(on.clock.waiting).toBe(before);
  expect(on.sockets.every((each) => each.closed) || !one.isJoined).toBe(true);
  expect((await on.session()).calls).toMatchObject([{ ended_by: "budget" }]);
});

test("a call ends when the person's other sessions have used up what was left, as the next look at the budgets shows", async () => {
  const one = await on.watched();
  await one.attached;
  on.leftUsd = 0;
  on.clock.pass(30_000);
  await settled();
  expect(JSON.stringify(on.sockets.at(-1)?.sent)).toContain("budget is nearly used up");
  on.clock.pass(20_000);
  await settled();
  on.sockets.at(-1)?.news.dropped();
  await one.ended;
  expect((await on.session()).calls).toMatchObject([{ ended_by: "budget" }]);
});

test("a call that ends before it is joined is not handed out", async () => {
  await on.watched();
  const gone = on.start(
    "bridge-2",
    { resumed: true },
    {
      openSocket: (_, news) => {
        queueMicrotask(news.gone);
        return { send: () => undefined, close: () => undefined };
      },
    },
  );
  await expect(gone.attached).rejects.toThrow("ended before");
});
