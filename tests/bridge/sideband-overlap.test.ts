/** Two calls of one chat at once, over real WebRTC and real side sockets: the older one goes on until somebody is in the newer one. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bothUpMs } from "../../runtime/bridge/sideband/overlap.ts";
import type { SideSocket } from "../../runtime/bridge/sideband/side-socket.ts";
import type { Sidebands } from "../../runtime/bridge/sideband/sidebands.ts";
import { keepTurn } from "../../runtime/chat/session.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Chats, openChats, type Talk } from "./chats.ts";

const patient = { timeout: 20_000, interval: 25 };
let chats: Chats;
beforeAll(async () => {
  chats = await openChats();
});
afterAll(() => chats.close());

const turnsOf = async (sessionId: string): Promise<string[]> =>
  (await chats.session(sessionId)).turns.map(({ turn }) => `${turn.persona}: ${turn.content}`);

/** Why each of the session's calls ended, oldest first; undefined for those that go on. */
const endsOf = async (sessionId: string) => (await chats.session(sessionId)).calls.map((each) => each.ended_by);

test("R7: an escalation ends the older call once somebody is in the newer, whose model knows what was said before and meanwhile", async () => {
  const bridge = chats.bridge();
  const cheap = await chats.talks(bridge);
  const { sessionId } = cheap;
  await cheap.browser.says("My name is Ada");
  await vi.waitFor(async () => expect(await turnsOf(sessionId)).toHaveLength(1), patient);
  const strong = await chats.talks(bridge, { sessionId, choice: "strong" });
  expect([bridge.size, await endsOf(sessionId)]).toEqual([2, [undefined, undefined]]);
  await cheap.browser.says("My name is Grace, I was mistaken");
  await vi.waitFor(async () => expect(String(await turnsOf(sessionId))).toContain("Grace"), patient);
  expect(await endsOf(sessionId)).toEqual([undefined, undefined]);

  strong.browser.sends({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "One moment." }] },
  });
  await cheap.browser.left;
  await vi.waitFor(async () => expect([bridge.size, await endsOf(sessionId)]).toEqual([1, ["escalation", undefined]]), patient);
  const itemOf = (words: string) =>
    strong.browser.told.find((each) => each.type === "conversation.item.added" && JSON.stringify(each.item).includes(words));
  await vi.waitFor(() => expect(itemOf("mistaken")).toBeDefined(), patient);
  strong.browser.types("What is my name?");
  await vi.waitFor(async () => expect(await turnsOf(sessionId)).toContain("assistant: Your name is Grace."), patient);
  // In its place: after what we told before, and before what was said in the newer call.
  const [mark] = String(itemOf("One moment.")?.previous_item_id).split("_");
  expect(String(itemOf("mistaken")?.previous_item_id).split("_")[0]).toBe(mark);
  const { usages } = await chats.session(sessionId);
  expect(new Set(usages.map((each) => each.id)).size).toBe(usages.length);
  expect(new Set(usages.map((each) => each.choice))).toEqual(new Set(["cheap", "strong"]));
  await bridge.end({ callId: strong.callId, by: "person" });
  expect(await endsOf(sessionId)).toEqual(["escalation", "person"]);
}, 60_000);

describe("R7: with several bridges over one store", () => {
  const opensStrong = async (older: Sidebands, newer: Sidebands) => {
    const cheap = await chats.talks(older);
    const { sessionId } = cheap;
    await cheap.browser.says("My name is Ada");
    // The answer too, which is kept once it has been heard: what is kept later is told to the newer call.
    await vi.waitFor(async () => expect(await turnsOf(sessionId)).toHaveLength(2), patient);
    return { cheap, sessionId, strong: await chats.talks(newer, { sessionId, choice: "strong" }) };
  };
  const isMistaken = async ({ browser, sessionId }: Talk) => {
    await browser.says("My name is Grace, I was mistaken");
    await vi.waitFor(async () => expect(String(await turnsOf(sessionId))).toContain("Grace"), patient);
  };
  /** What its browser was told of, once each. */
  const itemsWith = ({ browser }: Talk, words: string) =>
    browser.told.filter((each) => each.type === "conversation.item.added" && JSON.stringify(each.item).includes(words));

  test("a newer call on another bridge knows what was said and typed meanwhile, once, and its own words are not told it again", async () => {
    const [older, newer] = [chats.bridge(), chats.bridge()];
    const { cheap, sessionId, strong } = await opensStrong(older, newer);
    await isMistaken(cheap);
    const typed = { persona: "human", at: new Date(), deployment: "realtime-cheap", choice: "cheap" } as const;
    await keepTurn(chats.documents, sessionId, { ...typed, itemId: "typed_1", content: "I live in Utrecht." });
    await keepTurn(chats.documents, sessionId, { ...typed, itemId: "typed_2", content: "One moment." });
    strong.browser.sends({
      type: "conversation.item.create",
      item: { id: "typed_2", type: "message", role: "user", content: [{ type: "input_text", text: "One moment." }] },
    });
    await cheap.browser.left;
    await vi.waitFor(() => expect(itemsWith(strong, "Utrecht")).toHaveLength(1), patient);
    expect(await endsOf(sessionId)).toEqual(["escalation", undefined]);
    expect([older.size, newer.size]).toEqual([0, 1]);
    // The past it was told before its browser came.
    expect(["Ada", "mistaken", "One moment."].map((words) => itemsWith(strong, words).length)).toEqual([0, 1, 1]);
    strong.browser.types("What is my name?");
    await vi.waitFor(async () => expect(await turnsOf(sessionId)).toContain("assistant: Your name is Grace."), patient);
    await newer.end({ callId: strong.callId, by: "person" });
  }, 60_000);

  test("a bridge that takes the newer call up from one that was lost tells it what that one had not", async () => {
    const held: SideSocket[] = [];
    const lost = chats.bridge({
      sockets: (open) => (callId, news) => {
        const socket = open(callId, news);
        held.push(socket);
        return socket;
      },
    });
    const older = chats.bridge();
    const { cheap, sessionId, strong } = await opensStrong(older, lost);
    for (const each of held) each.close();
    await isMistaken(cheap);
    const next = chats.bridge();
    await next.attach({ callId: strong.callId, sessionId, deployment: "realtime-strong", choice: "strong" });
    strong.browser.sends({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "One moment." }] },
    });
    await cheap.browser.left;
    await vi.waitFor(() => expect(itemsWith(strong, "mistaken")).toHaveLength(1), patient);
    expect(itemsWith(strong, "Ada")).toEqual([]);
    const isToldAll = async () => (await chats.session(sessionId)).calls.every(({ ended_at, told }) => ended_at || !told);
    await vi.waitFor(async () => expect(await isToldAll()).toBe(true), patient);
    await next.end({ callId: strong.callId, by: "person" });
  }, 60_000);

  test("a third call leaves the one that somebody was heard in, though another bridge watches it", async () => {
    const [one, other] = [chats.bridge(), chats.bridge()];
    const silent = await chats.talks(one, { connects: false });
    const { sessionId } = silent;
    const spoken = await chats.talks(one, { sessionId, choice: "strong", connects: false });
    const said = { persona: "human", content: "Hello.", at: new Date(), call: spoken.callId } as const;
    await keepTurn(chats.documents, sessionId, { ...said, itemId: "item_1" });
    const third = await chats.talks(other, { sessionId, choice: "strong" });
    await vi.waitFor(async () => expect(await endsOf(sessionId)).toEqual(["person", undefined, undefined]), patient);
    for (const { callId } of [spoken, third]) await other.end({ callId, by: "person" });
  }, 60_000);
});

test("R7: a browser that leaves the older call itself has escalated; with the same model it has only come again", async () => {
  const bridge = chats.bridge();
  const first = await chats.talks(bridge);
  const { sessionId } = first;
  const second = await chats.talks(bridge, { sessionId, choice: "strong" });
  await first.browser.close();
  await vi.waitFor(async () => expect(await endsOf(sessionId)).toEqual(["escalation", undefined]), patient);
  const third = await chats.talks(bridge, { sessionId, choice: "strong" });
  await second.browser.close();
  await vi.waitFor(async () => expect(await endsOf(sessionId)).toEqual(["escalation", "person", undefined]), patient);
  await bridge.end({ callId: third.callId, by: "person" });
}, 60_000);

test("R7: an escalation that fails leaves the older call, which goes on with its budget right", async () => {
  const clock = new VirtualClock();
  const bridge = chats.bridge({ clock });
  const cheap = await chats.talks(bridge);
  const { sessionId } = cheap;
  clock.pass(1_000);
  const strong = await chats.talks(bridge, { sessionId, choice: "strong", connects: false });
  expect(bridge.size).toBe(2);
  await chats.calls.hangUp(strong.callId);
  await vi.waitFor(() => {
    clock.pass(500);
    expect(bridge.size).toBe(1);
  }, patient);
  clock.pass(bothUpMs);
  cheap.browser.types("Hello, are you still there?");
  await vi.waitFor(async () => expect((await chats.session(sessionId)).usages).toHaveLength(1), patient);
  expect((await endsOf(sessionId))[0]).toBeUndefined();
  await cheap.browser.close();
  await vi.waitFor(async () => {
    clock.pass(500);
    expect([bridge.size, (await endsOf(sessionId))[0]]).toEqual([0, "person"]);
  }, patient);
}, 60_000);

test("R7: while both calls are silent the older one ends after a minute, when whoever is not there has been missed", async () => {
  const clock = new VirtualClock();
  const bridge = chats.bridge({ clock });
  const cheap = await chats.talks(bridge);
  clock.pass(1_000);
  await chats.talks(bridge, { sessionId: cheap.sessionId, choice: "strong" });
  clock.pass(bothUpMs - 1);
  expect(bridge.size).toBe(2);
  clock.pass(1);
  await cheap.browser.left;
  await vi.waitFor(async () => {
    clock.pass(2_000);
    expect([bridge.size, await endsOf(cheap.sessionId)]).toEqual([1, ["escalation", undefined]]);
  }, patient);
}, 60_000);

test("R7: a session has two calls at most: a second attempt ends the first, and not the call that somebody is in", async () => {
  const bridge = chats.bridge();
  const cheap = await chats.talks(bridge);
  const { sessionId } = cheap;
  await chats.talks(bridge, { sessionId, choice: "strong", connects: false });
  const again = await chats.talks(bridge, { sessionId, choice: "strong" });
  expect(bridge.size).toBe(2);
  expect(await endsOf(sessionId)).toEqual([undefined, "person", undefined]);
  again.browser.types("Hello");
  await cheap.browser.left;
  await vi.waitFor(async () => expect(await endsOf(sessionId)).toEqual(["escalation", "person", undefined]), patient);
  const last = await chats.talks(bridge, { sessionId });
  expect(await endsOf(sessionId)).toEqual(["escalation", "person", undefined, undefined]);
  for (const { callId } of [again, last]) await bridge.end({ callId, by: "person" });
  expect([bridge.size, bridge.sockets]).toEqual([0, 0]);
}, 60_000);

test("R7: a newer call that cannot be watched ends nothing", async () => {
  const bridge = chats.bridge();
  const cheap = await chats.talks(bridge);
  const { sessionId, callId } = cheap;
  const never = { callId: "rtc_never", sessionId, deployment: "realtime-strong", choice: "strong" } as const;
  await expect(bridge.attach(never)).rejects.toMatchObject({ status: 502 });
  cheap.browser.types("Hello");
  await vi.waitFor(async () => expect((await chats.session(sessionId)).usages).toHaveLength(1), patient);
  expect(await endsOf(sessionId)).toEqual([undefined, "service"]);
  await bridge.end({ callId, by: "person" });
}, 60_000);
