import { beforeEach, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { agentSchema } from "../agent.ts";
import { defaultFlags } from "../flags.ts";
import type { CallRecord } from "./call.ts";
import { asksForConsent, mayConsent, recordsAtOnce, startRecording } from "./consent.ts";
import { type CallStore, callStore } from "./store.ts";

const on = { ...defaultFlags, recording_enabled: true };
const agent = agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" });
const record: CallRecord = {
  call_id: "call",
  created_at: "2026-11-22T09:00:00Z",
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agent,
  status: "connected",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  connection_id: "connection",
};
const answered = (given: boolean) => ({ ...record, recording_consent: { given, at: record.created_at } });

let store: CallStore;
let started: string[];
beforeEach(() => {
  store = callStore(memoryDocuments(), () => new Date(record.created_at));
  started = [];
});
const automation = {
  startRecording: async (connectionId: string) => {
    started.push(connectionId);
    return "recording";
  },
};

test.each([
  [true, "none", true],
  [true, "ask", false],
  [false, "none", false],
] as const)("with recording %s and consent %s, a call is recorded at once: %s", (recording_enabled, recording_consent, at) => {
  expect(recordsAtOnce({ recording_consent }, { recording_enabled })).toBe(at);
});

test("a caller is asked once, may agree later, and never has to agree twice", () => {
  expect([asksForConsent(record, on), mayConsent(record, on)]).toEqual([true, true]);
  expect([asksForConsent(answered(false), on), mayConsent(answered(false), on)]).toEqual([false, true]);
  expect([asksForConsent(answered(true), on), mayConsent(answered(true), on)]).toEqual([false, false]);
});

test("nobody is asked where nothing would be recorded", () => {
  expect(asksForConsent(record, defaultFlags)).toBe(false);
  expect(asksForConsent({ ...record, carrier: "sip" }, on)).toBe(false);
  expect(asksForConsent({ ...record, initiate: { ...agent, recording_consent: "none" } }, on)).toBe(false);
});

test("a recording is started once and linked to the call", async () => {
  await store.create(record);
  const results = await Promise.all([1, 2, 3].map(() => startRecording({ store, automation }, "call")));
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(started).toEqual(["connection"]);
  expect(await store.get("call")).toMatchObject({ recording_id: "recording" });
});

test("a call that is over is not recorded any more", async () => {
  await store.create({ ...record, status: "ended", ended_reason: "completed" });
  expect(await startRecording({ store, automation }, "call")).toBe(false);
  expect(started).toEqual([]);
});
