import { beforeEach, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import type { Documents } from "../services/documents.ts";
import { watchOver } from "./watch.ts";
import {
  beginWatch,
  type ChatCall,
  endWatch,
  listOpen,
  readOpen,
  releaseWatch,
  renewWatch,
  watchedForMs,
} from "./watched-calls.ts";

const call: ChatCall = { callId: "rtc_1", sessionId: "session-1", deployment: "realtime-cheap", choice: "cheap" };
let documents: Documents;
let nowMs: number;
/** What bridges do when they are asked to watch a call. */
let bridge: (call: ChatCall) => Promise<unknown>;
let hungUp: string[];
let asked: ChatCall[];

const now = () => new Date(nowMs);
const look = () =>
  watchOver({
    documents,
    sideband: {
      attach: async (each) => {
        asked.push(each);
        await bridge(each);
      },
    },
    realtimeCalls: { hangUp: async (id) => void hungUp.push(id) },
    now,
    log: { warn: () => undefined, error: () => undefined },
  });
const full = () => Promise.reject(new Error("this bridge takes no new calls"));
const endedBy = async () => (await documents.read("chats", call.sessionId, "call:rtc_1"))?.document.ended_by;

beforeEach(() => {
  documents = memoryDocuments();
  nowMs = Date.UTC(2026, 10, 22, 9);
  bridge = (each) => beginWatch(documents, each, "bridge-2", now());
  hungUp = [];
  asked = [];
});

test("a call that is watched is left alone", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  nowMs += watchedForMs - 1;
  expect(await renewWatch(documents, call, "bridge-1", now())).toBe("kept");
  nowMs += watchedForMs - 1;
  await look();
  expect(asked).toEqual([]);
});

test("a call whose bridge was killed finds another one, and its first bridge learns that when it comes back", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  nowMs += watchedForMs + 1;
  await look();
  expect(asked).toEqual([call]);
  expect(await renewWatch(documents, call, "bridge-1", now())).toBe("taken");
  await look();
  expect(asked).toHaveLength(1);
});

test("a call that its bridge lets go of finds another one at the next look", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  await releaseWatch(documents, call, "bridge-1", now());
  await look();
  expect(asked).toEqual([call]);
});

test("a call that no bridge takes twice is hung up", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  nowMs += watchedForMs + 1;
  bridge = full;
  await look();
  expect(hungUp).toEqual([]);
  await look();
  expect(hungUp).toEqual(["rtc_1"]);
  expect(await endedBy()).toBe("service");
  expect((await listOpen(documents)).calls).toEqual([]);
});

test("a failure long ago is not held against a call", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  nowMs += watchedForMs + 1;
  bridge = full;
  await look();
  bridge = (each) => beginWatch(documents, each, "bridge-2", now());
  await look();
  nowMs += watchedForMs + 1;
  bridge = full;
  await look();
  expect(hungUp).toEqual([]);
});

test("a call that has ended is forgotten, and never begun again", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  await endWatch(documents, call, "time", now());
  await endWatch(documents, call, "person", now());
  expect(await endedBy()).toBe("time");
  expect(await readOpen(documents, call)).toBeUndefined();
  expect(await beginWatch(documents, call, "bridge-2", now())).toEqual({ state: "ended" });
  expect((await listOpen(documents)).calls).toEqual([]);
});

test("an entry without a call, as a crash between the two leaves it, is forgotten", async () => {
  await documents.create("listings", "chat-calls", { id: "rtc_9", month: "chat-calls", sessionId: "session-9", failed: 0 });
  await look();
  expect((await listOpen(documents)).calls).toEqual([]);
  expect(asked).toEqual([]);
});

test("one call that cannot be looked at keeps no other from being looked at", async () => {
  await beginWatch(documents, call, "bridge-1", now());
  const other = { ...call, callId: "rtc_2", sessionId: "session-2" };
  await beginWatch(documents, other, "bridge-1", now());
  nowMs += watchedForMs + 1;
  const whole = documents;
  documents = {
    ...whole,
    read: (container, partition, id) =>
      partition === "session-1" ? Promise.reject(new Error("throttled")) : whole.read(container, partition, id),
  };
  await look();
  expect(asked).toEqual([other]);
});
