/** Two calls of one chat at once, over real WebRTC and real side sockets: the older one goes on until somebody is in the newer one. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bothUpMs } from "../../runtime/bridge/sideband/overlap.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Chats, openChats } from "./chats.ts";

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
