/** A bridge that is killed without a word while chats go on over real WebRTC: who watches them then, and after how long. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { OpenSideSocket, SideSocket } from "../../runtime/bridge/sideband/side-socket.ts";
import type { Sidebands } from "../../runtime/bridge/sideband/sidebands.ts";
import { watchOver } from "../../runtime/chat/watch.ts";
import { beginWatch, listOpen, watchedForMs } from "../../runtime/chat/watched-calls.ts";
import type { Documents } from "../../runtime/services/documents.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Chats, openChats, type Talk } from "./chats.ts";

const patient = { timeout: 20_000, interval: 25 };
/** How often the functions app looks for calls that nobody watches (runtime/functions.ts, `chatWatch`). */
const lookEveryMs = 60_000;
const aMinuteMs = 60_000;

let chats: Chats;
/** Of everybody but the killed, whose time has stopped. */
let clock: VirtualClock;
let openedAtMs: number;
beforeAll(async () => {
  chats = await openChats();
});
beforeEach(() => {
  clock = new VirtualClock();
  openedAtMs = clock.nowMs();
});
afterAll(() => chats.close());

/** A bridge that can be killed: its time stops and its sockets break, and nobody is told. */
function mortal(watcher: string) {
  const held: SideSocket[] = [];
  const sockets =
    (open: OpenSideSocket): OpenSideSocket =>
    (callId, news) => {
      const socket = open(callId, news);
      held.push(socket);
      return socket;
    };
  const bridge = chats.bridge({ clock: new VirtualClock(), watcher, sockets, options: { longest_session_min: 10 } });
  return {
    bridge,
    kill: () => {
      for (const each of held) each.close();
    },
  };
}

const living = (watcher?: string, sockets?: (open: OpenSideSocket) => OpenSideSocket): Sidebands =>
  chats.bridge({
    clock,
    options: { longest_session_min: 10 },
    ...(watcher ? { watcher } : {}),
    ...(sockets ? { sockets } : {}),
  });

const look = (sideband: Pick<Sidebands, "attach">) =>
  watchOver({
    documents: chats.documents,
    sideband,
    realtimeCalls: chats.calls,
    now: () => new Date(clock.nowMs()),
    log: { warn: () => undefined, error: () => undefined },
  });

/** The answer is metered. */
async function answers({ browser, sessionId }: Talk, words: string): Promise<void> {
  const before = (await chats.session(sessionId)).usages.length;
  browser.types(words);
  await vi.waitFor(async () => expect((await chats.session(sessionId)).usages).toHaveLength(before + 1), patient);
}

const endOf = (talk: Talk) =>
  vi.waitFor(async () => {
    clock.pass(100);
    const [call] = (await chats.session(talk.sessionId)).calls;
    if (call?.ended_by === undefined) throw new Error("The call has not ended yet.");
    return call.ended_by;
  }, patient);

test("the bridge that is started in its place goes on at once: it meters, and ends the call at the limit it had from the start", async () => {
  const killed = mortal("replica-1");
  const talk = await chats.talks(killed.bridge);
  const left = await chats.talks(killed.bridge);
  const elsewhere = living("replica-2");
  const others = await chats.talks(elsewhere);
  await answers(talk, "Hello");
  killed.kill();
  await left.browser.close();
  const bridge = living("replica-1");
  await bridge.resume();
  await answers(talk, "Are you still there?");
  expect(clock.nowMs()).toBe(openedAtMs);
  expect(await endOf(left)).toBe("person");
  expect(bridge.size).toBe(1);
  expect((await chats.session(others.sessionId)).calls[0]?.ended_at).toBeUndefined();
  clock.pass(openedAtMs + 10 * aMinuteMs - clock.nowMs());
  await talk.browser.left;
  expect(await endOf(talk)).toBe("time");
  expect((await chats.session(talk.sessionId)).usages.length).toBeGreaterThanOrEqual(2);
  expect([bridge.size, bridge.sockets]).toEqual([0, 0]);
  await elsewhere.end({ callId: others.callId, by: "person" });
}, 60_000);

test("a bridge that starts reads the whole list of open calls before it takes up the first", async () => {
  const documents = memoryDocuments();
  const done: string[] = [];
  const call = { sessionId: "session-1", deployment: "realtime-cheap", choice: "cheap" } as const;
  for (const callId of ["rtc_1", "rtc_2", "rtc_3"]) await beginWatch(documents, { ...call, callId }, "replica-7", new Date());
  const watched: Documents = {
    ...documents,
    page(container, partition, asked) {
      done.push("page");
      return documents.page(container, partition, { ...asked, limit: 1 });
    },
    read(...asked) {
      done.push("call");
      return documents.read(...asked);
    },
  };
  await chats.bridge({ clock, documents: watched, watcher: "replica-8" }).resume();
  expect(done).toEqual(["page", "page", "page", "call", "call", "call"]);
});

test("a replica that is lost leaves its calls to another one, after the lease and one look at the latest", async () => {
  const killed = mortal("replica-3");
  const talk = await chats.talks(killed.bridge);
  await answers(talk, "Hello");
  killed.kill();
  const other = living("replica-4");
  await other.resume();
  expect(other.size).toBe(0);
  // The look that finds the call comes as late as it can: the one before it was a moment too early.
  clock.pass((watchedForMs % lookEveryMs) - 1);
  for (; other.size === 0 && clock.nowMs() - openedAtMs < 10 * aMinuteMs; clock.pass(lookEveryMs)) await look(other);
  const gapMs = clock.nowMs() - openedAtMs - lookEveryMs;
  console.info(
    `A chat whose replica is lost is watched again after ${gapMs} ms at the latest; what it uses until then is not metered.`,
  );
  expect(gapMs).toBeLessThan(watchedForMs + lookEveryMs);
  await answers(talk, "Are you still there?");
  expect((await chats.session(talk.sessionId)).usages).toHaveLength(2);
  await other.end({ callId: talk.callId, by: "person" });
  expect(await endOf(talk)).toBe("person");
}, 60_000);

test("a call that no bridge can join any more is hung up, and its record says why", async () => {
  const killed = mortal("replica-5");
  const talk = await chats.talks(killed.bridge);
  killed.kill();
  const deaf = living("replica-5", () => (_, news) => {
    queueMicrotask(news.dropped);
    return { send: () => undefined, close: () => undefined };
  });
  const trying = async (work: Promise<unknown>) => {
    let over = false;
    void work.finally(() => {
      over = true;
    });
    await vi.waitFor(() => {
      clock.pass(500);
      expect(over).toBe(true);
    }, patient);
  };
  await trying(deaf.resume());
  expect([deaf.size, (await chats.session(talk.sessionId)).calls[0]?.ended_at]).toEqual([0, undefined]);
  for (let looks = 0; looks < 3; looks++) {
    clock.pass(watchedForMs);
    await trying(look(deaf));
  }
  await talk.browser.left;
  expect(await endOf(talk)).toBe("service");
  expect((await listOpen(chats.documents)).calls.map(({ sessionId }) => sessionId)).not.toContain(talk.sessionId);
}, 60_000);
