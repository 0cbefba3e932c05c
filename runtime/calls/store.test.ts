import { expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { agentSchema } from "../agent.ts";
import { UnknownContinuation } from "../services/documents.ts";
import type { CallRecord, Message } from "./call.ts";
import { callStore, UnknownCall } from "./store.ts";

const now = () => new Date("2026-11-22T09:00:00Z");
const record = (call_id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  call_id,
  created_at: now().toISOString(),
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
  status: "created",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  ...more,
});
const message = (id: string, second: number): Message => ({
  id,
  created_at: new Date(now().getTime() + second * 1_000).toISOString(),
  persona: "human",
  action: "talk",
  content: id,
  style: "none",
  tool_calls: [],
});

test("ten writers at once lose no change", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  await Promise.all(
    Array.from({ length: 10 }, (_, each) =>
      store.change("call-1", (kept) => ({ ...kept, claim: { ...kept.claim, [`field_${each}`]: "x" } })),
    ),
  );
  expect(Object.keys((await store.get("call-1"))!.claim)).toHaveLength(10);
});

test("an entry whose record was never written hides no older call of the same number", async () => {
  const documents = memoryDocuments();
  const store = callStore(documents, now);
  await store.create(record("call-1"));
  const lost = { id: "call-2", phoneNumber: "+33612345678", created_at: "2026-11-22T10:00:00.000Z" };
  await documents.create("callers", "+33612345678", lost);
  expect((await store.latestFor("+33612345678"))?.call_id).toBe("call-1");
  expect(await store.latestFor("+33612345679")).toBeUndefined();
});

test("a change that changes nothing writes nothing", async () => {
  const documents = memoryDocuments();
  const store = callStore(documents, now);
  await store.create(record("call-1"));
  const before = await documents.read("calls", "call-1", "record");
  await store.change("call-1", (kept) => kept);
  expect(await documents.read("calls", "call-1", "record")).toEqual(before);
});

test("an effect is claimed by exactly one of many", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim("call-1", "dial")));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await store.claim("call-1", "answer")).toBe(true);
});

test("messages come in the order they were said, each once, whatever their ids hold", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  for (const each of [message("b/2?#", 2), message("a", 1), message("b/2?#", 2), message("turn-10", 3), message("turn-9", 3)])
    await store.append("call-1", each);
  expect((await store.get("call-1"))!.messages.map((each) => each.id)).toEqual(["a", "b/2?#", "turn-9", "turn-10"]);
});

test("an answer begun in the very millisecond a turn ended comes after that turn", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  await store.append("call-1", { ...message("assistant:a", 1), persona: "assistant" });
  await store.append("call-1", message("human:z", 1));
  expect((await store.get("call-1"))?.messages.map(({ id }) => id)).toEqual(["human:z", "assistant:a"]);
});

test("a call made twice is the first one", async () => {
  const store = callStore(memoryDocuments(), now);
  expect(await store.create(record("call-1"))).toBe(true);
  expect(await store.create(record("call-1", { status: "ended" }))).toBe(false);
  expect((await store.get("call-1"))!.status).toBe("created");
});

test("a caller's list holds nobody else's calls", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  await store.create(record("call-2", { phone_number: "+33612345679" }));
  expect((await store.list({ phoneNumber: "+33612345679", limit: 10 })).calls.map((each) => each.call_id)).toEqual(["call-2"]);
});

test("a call that is not there and a continuation that is none are said so", async () => {
  const store = callStore(memoryDocuments(), now);
  expect(await store.get("call-1")).toBeUndefined();
  await expect(store.change("call-1", (kept) => kept)).rejects.toThrow(UnknownCall);
  await expect(store.list({ limit: 1, continuation: "nonsense" })).rejects.toThrow(UnknownContinuation);
});

test("a message kept unfinished is finished once, and a finished one never goes back", async () => {
  const store = callStore(memoryDocuments(), now);
  await store.create(record("call-1"));
  const words = async () => (await store.get("call-1"))?.messages.map((each) => each.content);
  await store.keepUnfinished("call-1", { ...message("m", 1), content: "When was" });
  await store.keepUnfinished("call-1", { ...message("m", 1), content: "When was it, and how" });
  expect(await words()).toEqual(["When was it, and how"]);
  await store.append("call-1", { ...message("m", 1), content: "When was it?" });
  await store.append("call-1", { ...message("m", 1), content: "said twice" });
  await store.keepUnfinished("call-1", { ...message("m", 1), content: "told late" });
  expect(await words()).toEqual(["When was it?"]);
});
