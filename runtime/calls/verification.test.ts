import { beforeEach, describe, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { agentSchema, verificationCode } from "../agent.ts";
import { defaultFlags } from "../flags.ts";
import type { CallRecord } from "./call.ts";
import { type CallStore, callStore } from "./store.ts";
import { runTool } from "./tools.ts";
import { type DigitsContext, deliverDigits } from "./verification.ts";

const caller = "+33612345678";
const agent = agentSchema.parse({
  bot_company: "Contoso",
  bot_name: "Amélie",
  secure_digits: [{ name: "card_number", description: "the card", least: 12, most: 19, url: "https://pay.example.com/card" }],
});
const old: CallRecord = {
  call_id: "old",
  created_at: "2026-11-22T08:00:00Z",
  direction: "inbound",
  phone_number: caller,
  initiate: agent,
  status: "ended",
  ended_reason: "completed",
  claim: { policyholder_name: "Ada" },
  reminders: [],
  lang_short_code: "fr-FR",
};

let store: CallStore;
let nowMs: number;
let texts: string[];
let codes: string[];
let posted: unknown[];
let answers: DigitsContext["post"];
let sending: () => Promise<void>;

beforeEach(async () => {
  nowMs = Date.parse("2026-11-22T09:00:00Z");
  store = callStore(memoryDocuments(), now);
  texts = [];
  codes = ["042042", "111111", "222222"];
  posted = [];
  answers = async () => ({ accepted: true });
  sending = async () => undefined;
  await store.create(old);
  await store.append("old", {
    id: "1",
    created_at: old.created_at,
    persona: "human",
    action: "talk",
    content: "Un tuyau fuit.",
    style: "none",
    tool_calls: [],
  });
  const { ended_reason: _, ...live } = old;
  await store.create({
    ...live,
    call_id: "new",
    created_at: now().toISOString(),
    status: "connected",
    claim: {},
    resumable: "old",
  });
});

const now = () => new Date(nowMs);
let uses = 0;
const asks = (name = "continue_last_conversation", given: unknown = {}, callId = "new") =>
  runTool(
    {
      callId,
      toolId: `tool-${uses++}`,
      store,
      sms: {
        send: async (to, message) => {
          await sending();
          texts.push(`${to} ${message}`);
        },
      },
      knowledge: { search: async () => [] },
      finish: async () => undefined,
      now,
      newId: () => "id",
      newCode: () => codes.shift() ?? "",
      flags: async () => defaultFlags,
      startRecording: async () => true,
      withdrawRecording: async () => undefined,
    },
    name,
    JSON.stringify(given),
  );
const types = (digits: string, name = verificationCode) =>
  deliverDigits({
    store,
    now,
    post: async (url, body) => {
      posted.push([url, body]);
      return answers(url, body);
    },
  })({ callId: "new", name, digits });
const kept = async () => (await store.get("new"))!;

describe("a caller who wants to go on", () => {
  test("gets a code on the number's phone, types it, and the conversation goes on with all that is known", async () => {
    const { effect, content } = await asks();
    expect(effect).toEqual({ kind: "collect_digits", name: "verification_code", least: 6, most: 6 });
    expect(texts).toEqual([expect.stringMatching(/^\+33612345678 042042 est votre code pour Contoso\./)]);
    expect(content).not.toMatch(/042042|Ada|tuyau/);
    const told = await types("042042");
    expect(told).toMatch(/code is right/);
    expect(told).toContain("Customer: Un tuyau fuit.");
    expect(told).toContain('policyholder_name (text): "Ada"');
    expect(await kept()).toMatchObject({ verified: true, resumes: "old", claim: { policyholder_name: "Ada" } });
  });

  test("hears nothing of the conversation for a wrong code, and has three attempts in the whole call", async () => {
    await asks();
    for (const digits of ["000000", "111111"]) expect(await types(digits)).toMatch(/not right.*try again/);
    expect(await types("222222")).toMatch(/last attempt/);
    expect(await types("042042")).toMatch(/No code is out/);
    expect(await kept()).toMatchObject({ claim: {}, messages: [] });
    expect((await kept()).verified).toBeUndefined();
    expect(await asks()).toEqual({ content: expect.stringMatching(/^Too many codes/) });
    expect(texts).toHaveLength(1);
  });

  test("cannot try more often by typing several codes at once", async () => {
    await asks();
    const told = await Promise.all(["000000", "000001", "000002", "000003", "000004", "042042"].map((each) => types(each)));
    expect(told.filter((each) => /not right/.test(each)).length).toBeLessThanOrEqual(3);
    expect((await kept()).verification?.attempts ?? 0).toBeLessThanOrEqual(3);
  });

  test("has five minutes for a code, gets one more, and no third", async () => {
    await asks();
    nowMs += 5 * 60_000;
    expect(await types("042042")).toMatch(/not valid any more/);
    await asks();
    expect(await types("042042")).toMatch(/not right/);
    expect(await types("111111")).toMatch(/code is right/);
    expect(texts).toHaveLength(2);
  });

  test("has no more attempts for a new code than were left for the old one", async () => {
    await asks();
    await types("000000");
    await types("000000");
    nowMs += 6 * 60_000;
    await asks();
    expect(await types("000000")).toMatch(/last attempt/);
    expect(await types("111111")).toMatch(/No code is out/);
  });

  test("types a mistyped code again without another message", async () => {
    await asks();
    await types("042043");
    expect((await asks()).effect?.kind).toBe("collect_digits");
    expect(texts).toHaveLength(1);
    expect(await types("042042")).toMatch(/code is right/);
  });

  test("who did not get it is sent another one, which alone is good then, and no third", async () => {
    await asks();
    await asks();
    expect(texts).toHaveLength(2);
    expect((await asks()).effect?.kind).toBe("collect_digits");
    expect(texts).toHaveLength(2);
    expect(await types("042042")).toMatch(/not right/);
    expect(await types("111111")).toMatch(/code is right/);
  });

  test("gets no third code when the second one has lapsed", async () => {
    await asks();
    await asks();
    nowMs += 6 * 60_000;
    expect(await asks()).toEqual({ content: expect.stringMatching(/No further code/) });
    expect(texts).toHaveLength(2);
  });

  test("is sent three codes in a day, however many calls show the number, and more when the day is over", async () => {
    const callsAgain = async (callId: string) => {
      const { verification: _, ...record } = (await store.get("new"))!;
      await store.create({ ...record, call_id: callId });
      return asks("continue_last_conversation", {}, callId);
    };
    codes.push("333333", "444444");
    for (const callId of ["one", "two", "three"]) expect((await callsAgain(callId)).effect?.kind).toBe("collect_digits");
    expect(await callsAgain("four")).toEqual({ content: expect.stringMatching(/No further code/) });
    expect(texts).toHaveLength(3);
    nowMs += 24 * 3_600_000;
    expect((await callsAgain("five")).effect?.kind).toBe("collect_digits");
    expect(texts).toHaveLength(4);
  });

  test("can try again when the message could not be sent", async () => {
    sending = async () => {
      throw new Error("503");
    };
    await expect(asks()).rejects.toThrow();
    sending = async () => undefined;
    await asks();
    expect(await types("111111")).toMatch(/code is right/);
  });

  test("cannot prove a withheld number; a verified one needs no code", async () => {
    await store.change("new", (record) => ({ ...record, phone_number: "anonymous" }));
    expect(await asks()).toEqual({ content: expect.stringMatching(/withheld/) });
    await store.change("new", (record) => ({ ...record, phone_number: caller, verified: true }));
    expect((await asks()).content).toContain("Un tuyau fuit.");
    expect(texts).toEqual([]);
  });

  test("finds no such tool when there is nothing to go on with", async () => {
    await store.change("new", ({ resumable: _, ...record }) => record);
    expect((await asks()).content).toMatch(/There is no tool/);
  });
});

test("the code is nowhere in the record, and another call's code does not fit", async () => {
  await asks();
  expect(JSON.stringify(await kept())).not.toContain("042042");
  const before = (await kept()).verification!.code_sha256;
  const { resumable, ...plain } = await kept();
  await store.create({ ...plain, call_id: "other", resumable: resumable! });
  await store.change("other", (record) => ({ ...record, verification: { ...record.verification!, code_sha256: before } }));
  const told = await deliverDigits({ store, now, post: answers })({ callId: "other", name: verificationCode, digits: "042042" });
  expect(told).toMatch(/not right/);
});

describe("digits for a customer's own service", () => {
  test("the model starts the typing by name and learns what came of it, never the digits", async () => {
    expect((await asks("collect_digits", { name: "card_number" })).effect).toEqual({
      kind: "collect_digits",
      name: "card_number",
      least: 12,
      most: 19,
    });
    answers = async () => ({ accepted: true, message: "Card 4111111111111111, that is 4111 1111-1111.1111, is good." });
    const told = await types("4111111111111111", "card_number");
    expect(posted).toEqual([
      ["https://pay.example.com/card", { call_id: "new", name: "card_number", digits: "4111111111111111" }],
    ]);
    expect(told).toContain("accepted");
    expect(told).not.toContain("1111");
  });

  test("a refusal and a service that fails are told apart, without its error's words", async () => {
    answers = async () => ({ accepted: false, message: "The card has expired." });
    expect(await types("4111111111111111", "card_number")).toMatch(/not accepted.*The card has expired/);
    answers = async () => {
      throw new Error("POST 4111111111111111 timed out");
    };
    expect(await types("4111111111111111", "card_number")).toMatch(/could not be handed over/);
    expect(await types("4111111111111111", "card_number")).not.toContain("4111");
  });

  test("a name nobody asked for goes nowhere", async () => {
    expect(await types("1234", "pin")).toMatch(/Nobody takes these digits/);
    expect((await asks("collect_digits", { name: "pin" })).content).toMatch(/there are card_number/);
    expect(posted).toEqual([]);
  });
});
