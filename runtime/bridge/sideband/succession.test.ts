import { describe, expect, test } from "vitest";
import { settled } from "../../../tests/bridge/watching.ts";
import { memoryDocuments } from "../../../tests/support/memory-documents.ts";
import { VirtualClock } from "../../../tests/support/virtual-clock.ts";
import { type KeptTurn, keepTurn, openSession, readSession } from "../../chat/session.ts";
import { beginWatch, endWatch, noteToldTurns } from "../../chat/watched-calls.ts";
import { saidSince, succeed, toldOf } from "./succession.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 9, 0, second)).toISOString();
const turn = (id: string, second: number, call?: string): KeptTurn => ({
  id: `turn:${id}`,
  sessionId: "session-1",
  at: at(second),
  turn: { persona: "human", content: id },
  ...(call === undefined ? {} : { call }),
});
const untilMs = Date.parse(at(10));
const since = (turns: readonly KeptTurn[], told: readonly string[]) =>
  saidSince(turns, { told, untilMs, isOwn: ({ call }) => call === "newer" }).map(({ turn: { content } }) => content);

test("what the newer model was told, or has heard itself, it is not told again", () => {
  const before = [turn("told", 1, "older")];
  const turns = [...before, turn("meanwhile", 3, "older"), turn("own", 4, "newer"), turn("last", 11, "older")];
  expect(since(turns, toldOf(before))).toEqual(["meanwhile", "last"]);
});

test("what was begun before it was told the past, and kept after, it is told", () => {
  const told = turn("told", 2, "older");
  expect(since([turn("begun", 1, "older"), told], toldOf([told]))).toEqual(["begun"]);
});

test("what is typed once somebody is in the newer call is said there", () => {
  expect(since([turn("before", 9), turn("after", 10)], [])).toEqual(["before"]);
});

test("what lies far back was told before, though only the last turns are remembered", () => {
  const past = Array.from({ length: 200 }, (_, index) => turn(`past-${index}`, 0, "older"));
  expect(toldOf(past)).toHaveLength(50);
  expect(since([...past, turn("meanwhile", 3, "older")], toldOf(past))).toEqual(["meanwhile"]);
});

describe("an older call that another bridge watches", () => {
  const sessionId = "session-1";
  const older = { callId: "rtc_1", sessionId, deployment: "realtime-cheap", choice: "cheap" } as const;
  const newer = { callId: "rtc_2", sessionId, deployment: "realtime-strong", choice: "strong" } as const;

  async function succession({ ended = new Promise<void>(() => undefined) } = {}) {
    const [documents, clock] = [memoryDocuments(), new VirtualClock()];
    const now = () => new Date(clock.nowMs());
    await openSession(documents, sessionId, "person-1", now());
    await beginWatch(documents, older, "bridge-1", now());
    await beginWatch(documents, newer, "bridge-2", now());
    await noteToldTurns(documents, newer, []);
    const told: string[] = [];
    const hungUp: string[] = [];
    const watched = {
      call: newer,
      established: Promise.resolve(),
      ended,
      hasHeard: () => false,
      succeed: (turns: readonly { readonly content: string }[]) => void told.push(...turns.map(({ content }) => content)),
    };
    const over = succeed(
      { newer: watched, older, told: [] },
      { documents, clock, calls: { hangUp: async (id) => void hungUp.push(id) }, endHere: () => undefined },
    );
    const calls = async () => (await readSession(documents, sessionId))?.calls ?? [];
    return { documents, clock, now, told, hungUp, over, calls };
  }

  test("is waited for until that one has kept what was being said in it", async () => {
    const { documents, clock, now, told, hungUp, over, calls } = await succession();
    await settled();
    expect([hungUp, told]).toEqual([["rtc_1"], []]);
    expect((await calls()).map((each) => each.told)).toEqual([undefined, []]);
    const last = { itemId: "item_1", at: now(), persona: "assistant", content: "Well, then", call: "rtc_1" } as const;
    await keepTurn(documents, sessionId, last);
    await endWatch(documents, older, "escalation", now());
    clock.pass(250);
    await over;
    expect(told).toEqual(["Well, then"]);
    expect((await calls()).map((each) => each.told)).toEqual([undefined, undefined]);
  });

  test("is ended in the record after four seconds, when that one does not do so", async () => {
    const { clock, over, calls } = await succession();
    for (let look = 0; look < 15; look++) {
      await settled();
      clock.pass(250);
    }
    await settled();
    expect((await calls()).map((each) => each.ended_by)).toEqual([undefined, undefined]);
    clock.pass(250);
    await over;
    expect((await calls()).map((each) => each.ended_by)).toEqual(["escalation", undefined]);
  });

  test("goes on when the newer ends first", async () => {
    const { hungUp, told, over, calls } = await succession({ ended: Promise.resolve() });
    await over;
    expect([hungUp, told]).toEqual([[], []]);
    expect((await calls()).map((each) => each.ended_by)).toEqual([undefined, undefined]);
  });
});
