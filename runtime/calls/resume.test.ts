import { beforeEach, describe, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { agentSchema } from "../agent.ts";
import type { CallRecord, Message } from "./call.ts";
import { instructionsFor } from "./prompts.ts";
import { resumableFor, resume } from "./resume.ts";
import { type CallStore, callStore } from "./store.ts";

const now = new Date("2026-11-22T09:00:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const caller = "+33612345678";
const within = (callback_timeout_hour: number) => ({ callback_timeout_hour });

let store: CallStore;
beforeEach(() => {
  store = callStore(memoryDocuments(), () => now);
});

async function held(call_id: string, endedMinutesAgo: number, more: Partial<CallRecord> = {}): Promise<void> {
  await store.create({
    call_id,
    created_at: minutesAgo(endedMinutesAgo + 5),
    direction: "inbound",
    phone_number: caller,
    initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
    status: "ended",
    ended_reason: "completed",
    claim: { policyholder_name: "Ada", incident_location: "Lyon" },
    reminders: [
      { created_at: now.toISOString(), title: "Call back", description: "", due_date_time: "2026-11-23T09:00:00Z", owner: "us" },
    ],
    lang_short_code: "es-ES",
    ...more,
  });
  await says(call_id, "1", "human", "Hay una fuga.", endedMinutesAgo + 3);
  await says(call_id, "2", "assistant", "¿Dónde ocurrió?", endedMinutesAgo + 2);
  await store.append(call_id, { ...message("disconnected", "human", "", endedMinutesAgo), action: "hangup" });
  await store.append(call_id, { ...message("summary-sms", "assistant", "Gracias.", endedMinutesAgo - 5), action: "sms" });
}

const message = (id: string, persona: Message["persona"], content: string, ago: number): Message => ({
  id,
  created_at: minutesAgo(ago),
  persona,
  action: "talk",
  content,
  style: "none",
  tool_calls: [],
});
const says = (callId: string, id: string, persona: Message["persona"], content: string, ago = 0) =>
  store.append(callId, message(id, persona, content, ago));

async function begun(more: Partial<CallRecord> = {}): Promise<void> {
  await store.create({
    call_id: "new",
    created_at: now.toISOString(),
    direction: "inbound",
    phone_number: caller,
    initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
    status: "connected",
    claim: {},
    reminders: [],
    lang_short_code: "fr-FR",
    resumable: "old",
    verified: true,
    ...more,
  });
}

describe("which conversation may be continued", () => {
  test.each([
    [59, 1, "old"],
    [61, 1, undefined],
    [61, 3, "old"],
    [20, 0.5, "old"],
    [0, 0, undefined],
  ])("one that ended %d minutes ago, with a window of %d hours: %s", async (ago, hours, found) => {
    await held("old", ago);
    expect(await resumableFor(store, caller, within(hours), now)).toBe(found);
  });

  test("a call nobody took and one in which nobody spoke are passed over; one in progress is none yet", async () => {
    await held("old", 30);
    await store.create({ ...(await store.get("old"))!, call_id: "missed", created_at: minutesAgo(10), ended_reason: "missed" });
    await held("live", 5, { status: "connected" });
    expect(await resumableFor(store, caller, within(1), now)).toBe("old");
  });

  test("a call in which the caller could not prove who they are does not hide the conversation they meant", async () => {
    await held("old", 30);
    await held("tried", 10, { resumable: "old", claim: {}, reminders: [] });
    expect(await resumableFor(store, caller, within(1), now)).toBe("old");
    await held("another", 5, { resumable: "old", claim: { policyholder_name: "Bo" } });
    expect(await resumableFor(store, caller, within(1), now)).toBe("another");
  });

  test("a line that dropped is continued like one that was hung up", async () => {
    await held("old", 1, { ended_reason: "failed" });
    expect(await resumableFor(store, caller, within(1), now)).toBe("old");
  });

  test("another number has no part in it, and a withheld number has none at all", async () => {
    await held("old", 1, { phone_number: "anonymous" });
    expect(await resumableFor(store, "anonymous", within(1), now)).toBeUndefined();
    expect(await resumableFor(store, caller, within(1), now)).toBeUndefined();
  });
});

describe("continuing it", () => {
  test("claim, reminders, language and words become the new call's own, oldest first", async () => {
    await held("old", 30);
    await begun();
    expect(await resume(store, "new")).toBe(true);
    const call = (await store.get("new"))!;
    expect(call).toMatchObject({
      resumes: "old",
      claim: { policyholder_name: "Ada", incident_location: "Lyon" },
      reminders: [{ title: "Call back" }],
      lang_short_code: "es-ES",
    });
    expect(call.messages.map((each) => each.content)).toEqual(["Hay una fuga.", "¿Dónde ocurrió?", "Gracias."]);
    expect(call.messages.every((each) => each.id.startsWith("earlier:old:"))).toBe(true);
    expect(instructionsFor(call, now, { recording_enabled: false })).toContain("Customer: Hay una fuga.");
  });

  test("what was said in the new call wins, and the language it was said in", async () => {
    await held("old", 30);
    await begun({ claim: { incident_location: "Paris" } });
    await says("new", "1", "human", "C'est moi.");
    await resume(store, "new");
    expect(await store.get("new")).toMatchObject({
      claim: { policyholder_name: "Ada", incident_location: "Paris" },
      lang_short_code: "fr-FR",
    });
  });

  test("once, however often and at once it is asked for", async () => {
    await held("old", 30);
    await begun();
    const results = await Promise.all([resume(store, "new"), resume(store, "new"), resume(store, "new")]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await store.get("new"))!.messages).toHaveLength(3);
    expect(await resume(store, "new")).toBe(false);
  });

  test("a conversation of two calls is continued whole, each word with the call it was said in", async () => {
    await held("old", 60);
    await begun();
    await resume(store, "new");
    await says("new", "1", "human", "En Sevilla.", 20);
    await store.change("new", (record) => ({ ...record, status: "ended" }));
    await store.create({ ...(await store.get("new"))!, call_id: "third", status: "connected", resumable: "new" });
    await resume(store, "third");
    const ids = (await store.get("third"))!.messages.map((each) => each.id);
    expect(ids).toEqual(["earlier:old:1", "earlier:old:2", "earlier:old:summary-sms", "earlier:new:1"]);
  });

  test("nothing of it reaches a caller who has not proven to be its person", async () => {
    await held("old", 30);
    await begun({ verified: false });
    expect(await resume(store, "new")).toBe(false);
    const call = (await store.get("new"))!;
    expect(call.messages).toEqual([]);
    const told = instructionsFor(call, now, { recording_enabled: false });
    expect(told).not.toMatch(/fuga|Ada|Lyon|Call back/);
    expect(told).toContain("continue_last_conversation");
  });

  test("only fields that the new call asks for come along", async () => {
    await held("old", 30);
    await begun({ initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie", claim: [] }) });
    await resume(store, "new");
    expect((await store.get("new"))!.claim).toEqual({ policyholder_name: "Ada" });
  });
});
