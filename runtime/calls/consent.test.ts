import { beforeEach, describe, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { agentSchema } from "../agent.ts";
import { defaultFlags } from "../flags.ts";
import type { CallRecord } from "./call.ts";
import { asksForConsent, mayWithdraw, recordsAtOnce, startRecording } from "./consent.ts";
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
let ended: string[];
let whileStarting: () => Promise<unknown>;
beforeEach(() => {
  store = callStore(memoryDocuments(), () => new Date(record.created_at));
  started = [];
  ended = [];
  whileStarting = async () => undefined;
});
const automation = {
  startRecording: async (connectionId: string) => {
    started.push(connectionId);
    await whileStarting();
    return "recording";
  },
  stopRecording: async (recordingId: string) => void ended.push(recordingId),
};

test.each([
  [true, "none", true],
  [true, "ask", false],
  [false, "none", false],
] as const)("with recording %s and consent %s, a call is recorded at once: %s", (recording_enabled, recording_consent, at) => {
  expect(recordsAtOnce({ recording_consent }, { recording_enabled })).toBe(at);
});

test("a caller is asked once, whatever they answer", () => {
  expect([record, answered(false), answered(true)].map((each) => asksForConsent(each, on))).toEqual([true, false, false]);
});

test("what a caller may withdraw is a recording that goes on or is about to", () => {
  const atOnce = { ...record, initiate: { ...agent, recording_consent: "none" } } as const;
  const withdrawn = { at: record.created_at, by: "caller", recording: "deleted" } as const;
  expect([answered(true), { ...record, recording_id: "recording" }, atOnce].map((each) => mayWithdraw(each, on))).toEqual([
    true,
    true,
    true,
  ]);
  const none = [
    record,
    answered(false),
    { ...answered(true), recording_withdrawn: withdrawn },
    { ...answered(true), status: "ended" } as const,
    { ...answered(true), carrier: "twilio" } as const,
  ];
  for (const each of none) expect(mayWithdraw(each, on)).toBe(false);
  // The flag may be switched off during a call that is recorded.
  expect(mayWithdraw({ ...record, recording_id: "recording" }, defaultFlags)).toBe(true);
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

describe("a caller who wants no recording", () => {
  const withdraws = () =>
    store.change("call", (each) => ({
      ...each,
      recording_withdrawn: { at: record.created_at, by: "caller", recording: "to be deleted" },
    }));

  test("is not recorded", async () => {
    await store.create(record);
    await withdraws();
    expect(await startRecording({ store, automation }, "call")).toBe(false);
    expect(started).toEqual([]);
  });

  test("and says so while the recording is being started is recorded no further", async () => {
    await store.create(record);
    whileStarting = withdraws;
    expect(await startRecording({ store, automation }, "call")).toBe(false);
    expect(ended).toEqual(["recording"]);
    expect(await store.get("call")).toMatchObject({ recording_withdrawn: { recording: "to be deleted" } });
  });

  test("is known to be recorded still while the service has not ended it", async () => {
    await store.create(record);
    whileStarting = withdraws;
    const failing = { ...automation, stopRecording: () => Promise.reject(new Error("out of reach")) };
    await expect(startRecording({ store, automation: failing }, "call")).rejects.toThrow("out of reach");
    expect(await store.get("call")).toMatchObject({ recording_withdrawn: { recording: "being stopped" } });
  });
});
