/** Calls we place by Twilio, and callers who are handed over to a person. */
import { afterEach, describe, expect, test } from "vitest";
import { digest } from "../../runtime/calls/addresses.ts";
import { agentDefaults } from "../../runtime/calls/agent-defaults.ts";
import { accountSid, authToken, colleague, type Line, number, openLine } from "./line.ts";

const anna = "+33612345678";

const open: Line[] = [];
async function line(): Promise<Line> {
  const opened = await openLine();
  open.push(opened);
  return opened;
}
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** Dials as runtime/calls/dial.ts does; the call's id. */
async function dialled(on: Line, to = anna): Promise<string> {
  const callId = "7a1f0a52-2b30-4c1d-9a52-0f3b6d5e1c11";
  const nonce = "opens-once";
  await on.store.create({
    call_id: callId,
    created_at: new Date(on.clock.nowMs()).toISOString(),
    direction: "outbound",
    phone_number: to,
    initiate: agentDefaults(on.settings),
    status: "created",
    claim: {},
    reminders: [],
    lang_short_code: "fr-FR",
    carrier: "twilio",
    media_nonce_sha256: digest(nonce),
  });
  const connection_id = await on.carrier.dial({ to, from: number, callId, nonce });
  await on.store.change(callId, (record) => ({ ...record, connection_id }));
  return callId;
}

const state = (on: Line, callId: string) => async () => (await on.store.get(callId))?.status;
const reason = async (on: Line, callId: string) => {
  await on.until("the record ends", async () => (await state(on, callId)()) === "ended");
  return (await on.store.get(callId))?.ended_reason;
};

describe("a call we place", () => {
  test("rings, is answered and talks to the model", async () => {
    const on = await line();
    const callee = on.phone(anna);
    const callId = await dialled(on);
    await on.until("it rings", () => callee.ringing !== undefined);
    expect(callee.ringing?.from).toBe(number);
    await on.until("the record rings", async () => (await state(on, callId)()) === "ringing");
    callee.pickUp();
    const model = await on.model();
    await on.until("the greeting is asked for", () => model.of("respond").length > 0);
    model.speaks("Hello from Contoso", "greeting");
    await on.until("the greeting is heard", () => callee.heard.includes("Hello from Contoso"));
    expect(await state(on, callId)()).toBe("connected");
    callee.hangUp();
    expect(await reason(on, callId)).toBe("completed");
    expect(on.queued).toEqual([callId]);
  });

  test.each([
    ["busy", "busy", "busy"],
    ["declined", "declined", "busy"],
  ] as const)("that meets a %s phone ends so", async (_what, ending, expected) => {
    const on = await line();
    const callee = on.phone(anna);
    const callId = await dialled(on);
    await on.until("it rings", () => callee.ringing !== undefined);
    callee.ringing?.refuse(ending);
    expect(await reason(on, callId)).toBe(expected);
    expect(on.queued).toEqual([]);
  });

  test("that nobody picks up is given up", async () => {
    const on = await line();
    const callee = on.phone(anna);
    const callId = await dialled(on);
    await on.until("it rings", () => callee.ringing !== undefined);
    expect(await reason(on, callId)).toBe("no_answer");
    expect(callee.ringing).toBeUndefined();
  });

  test("to a number that nobody has fails", async () => {
    const on = await line();
    expect(await reason(on, await dialled(on, "+33612340000"))).toBe("failed");
  });

  test("that we take back stops ringing, and is cancelled", async () => {
    const on = await line();
    const callee = on.phone(anna);
    const callId = await dialled(on);
    await on.until("it rings", () => callee.ringing !== undefined);
    const sid = (await on.store.get(callId))?.connection_id ?? "";
    await on.carrier.hangUp(sid);
    expect(await reason(on, callId)).toBe("cancelled");
    expect(callee.ringing).toBeUndefined();
    await on.carrier.hangUp(sid);
    expect(await on.carrier.state(sid)).toBe("gone");
  });

  test("to a country that is not open rings nobody", async () => {
    const on = await line();
    const callee = on.phone("+14255550123");
    await expect(dialled(on, "+14255550123")).rejects.toThrow("DIALLABLE_COUNTRIES");
    await expect(on.carrier.transfer("CA1", "+14255550123", "x")).rejects.toThrow("DIALLABLE_COUNTRIES");
    await expect(on.carrier.send("+14255550123", "Hello")).rejects.toThrow("DIALLABLE_COUNTRIES");
    await on.passes(1_000);
    expect(callee.ringing).toBeUndefined();
    expect(callee.texts).toEqual([]);
  });

  test("is asked about by its id: connected while it is, gone after", async () => {
    const on = await line();
    const callee = on.phone(anna);
    const callId = await dialled(on);
    await on.until("it rings", () => callee.ringing !== undefined);
    const sid = (await on.store.get(callId))?.connection_id ?? "";
    callee.pickUp();
    await on.model();
    expect(await on.carrier.state(sid)).toBe("connected");
    callee.hangUp();
    await on.until("the call is gone", async () => (await on.carrier.state(sid)) === "gone");
    expect(await on.carrier.state("CA0")).toBe("gone");
  });
});

describe("a caller who is handed over", () => {
  async function handedOver(on: Line) {
    const person = on.phone(colleague);
    const caller = on.phone(anna);
    on.dials(caller);
    const model = await on.model();
    await on.until("the greeting is asked for", () => model.of("respond").length > 0);
    model.speaks("Hello", "greeting");
    await on.until("the greeting is heard", () => caller.heard.includes("Hello"));
    model.asksFor("talk_to_human");
    await on.until("it is announced, or done", () => person.ringing !== undefined || model.of("respond").length > 1);
    if (!person.ringing) model.speaks("One moment", model.of("respond").at(-1)?.purpose);
    await on.until("the colleague's phone rings", () => person.ringing !== undefined);
    expect(person.ringing?.from).toBe(number);
    const call = await on.store.latestFor(anna);
    return { person, caller, model, callId: call?.call_id ?? "" };
  }

  test("talks to the person, and to nobody else", async () => {
    const on = await line();
    const { person, caller, model, callId } = await handedOver(on);
    person.pickUp();
    await on.passes(100);
    caller.says("Hello colleague");
    await on.until("the colleague hears", () => person.heard.includes("Hello colleague"));
    person.says("Hello Anna");
    await on.until("the caller hears", () => caller.heard.includes("Hello Anna"));
    expect(model.heard).not.toContain("Hello colleague");
    person.hangUp();
    await on.until("the caller is hung up on", () => caller.ending !== undefined);
    expect(await reason(on, callId)).toBe("completed");
  });

  test("comes back to the assistant when the person declines, who is told", async () => {
    const on = await line();
    const { person, caller, callId } = await handedOver(on);
    person.ringing?.refuse("declined");
    await on.until("the failure is told", () => on.told.length > 0);
    expect(on.told).toEqual([{ callId, news: { kind: "transfer_failed" } }]);
    await on.until("the sound is back", async () => (await on.store.get(callId))?.media_nonce_sha256 === undefined);
    caller.says("So what now");
    await on.until("a model hears", () => on.models.some((each) => each.heard.includes("So what now")));
    expect((await on.store.get(callId))?.status).toBe("connected");
  });

  test("comes back when the person does not pick up, and hears so even when no bridge has the conversation any more", async () => {
    const on = await line();
    const { person, caller, callId } = await handedOver(on);
    await on.until("the colleague's phone is given up", () => person.ringing === undefined);
    await on.until("somebody hears the caller again", async () => (await on.store.get(callId))?.media_nonce_sha256 === undefined);
    await on.until("the caller is told", () => caller.heard.some((each) => each.includes("personne n'est disponible")));
    expect((await on.store.get(callId))?.status).toBe("connected");
  });
});

describe("text messages", () => {
  test("that come in are queued once they are believed, and answered with nothing", async () => {
    const on = await line();
    on.exchange.text(anna, number, "When are you open? à bientôt");
    await on.until("it is queued", () => on.texts.length > 0);
    expect(on.texts).toEqual([
      { messageId: expect.stringMatching(/^SM[0-9a-f]{32}$/), from: anna, to: number, message: "When are you open? à bientôt" },
    ]);
    expect(on.webhooks).toEqual(["/twilio/sms 200"]);
  });

  test("that go out arrive from our number", async () => {
    const on = await line();
    const phone = on.phone(anna);
    await on.carrier.send(anna, "We are open until six & a half.");
    expect(phone.texts).toEqual(["We are open until six & a half."]);
  });
});

describe("Twilio's API refuses", () => {
  const ask = async (on: Line, path: string, form?: Record<string, string>, basic = `${accountSid}:${authToken}`) => {
    const answer = await on.standIn.fetch(
      new Request(`https://api.twilio.example/2010-04-01/Accounts/${accountSid}${path}`, {
        headers: { authorization: `Basic ${Buffer.from(basic).toString("base64")}` },
        ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
      }),
    );
    return { status: answer.status, body: (await answer.json()) as { code?: number; sid?: string; status?: unknown } };
  };
  const call = { To: anna, From: number, Twiml: "<Response/>" };

  test.each([
    ["another's token", "/Calls.json", call, `${accountSid}:other`, 401, 20_003],
    ["another account", "/Calls.json", call, `AC0:${authToken}`, 401, 20_003],
    ["a call to nobody", "/Calls.json", { ...call, To: "" }, undefined, 400, 21_201],
    ["a number that is none", "/Calls.json", { ...call, To: "+1" }, undefined, 400, 21_211],
    ["a number that is not the account's", "/Calls.json", { ...call, From: anna }, undefined, 400, 21_210],
    ["a call without a word of what to do", "/Calls.json", { To: anna, From: number }, undefined, 400, 21_205],
    ["a call it does not have", "/Calls/CA0.json", undefined, undefined, 404, 20_404],
    ["a message to nobody", "/Messages.json", { From: number, Body: "x" }, undefined, 400, 21_604],
    ["a message without words", "/Messages.json", { To: anna, From: number }, undefined, 400, 21_602],
    ["a message that is too long", "/Messages.json", { To: anna, From: number, Body: "x".repeat(1_601) }, undefined, 400, 21_617],
    ["a message from another's number", "/Messages.json", { To: anna, From: anna, Body: "x" }, undefined, 400, 21_606],
    ["what the laptop does not have", "/Conferences.json", undefined, undefined, 404, 20_404],
  ])("%s", async (_what, path, form, basic, status, code) => {
    const on = await line();
    const answer = await ask(on, path, form as Record<string, string> | undefined, basic);
    expect(answer).toMatchObject({ status, body: { code, status } });
  });

  test("to change a call that is over", async () => {
    const on = await line();
    const { body } = await ask(on, "/Calls.json", call);
    await on.passes(1_000);
    expect(await ask(on, `/Calls/${body.sid}.json`, { Status: "completed" })).toMatchObject({
      status: 400,
      body: { code: 21_220 },
    });
    expect(await ask(on, `/Calls/${body.sid}.json`, { Twiml: "<Response/>" })).toMatchObject({
      status: 400,
      body: { code: 21_220 },
    });
  });

  test("nothing of what people's words were is in our own error", async () => {
    const on = await line();
    on.settings.PHONE_NUMBER = "+33199000000";
    await expect(on.carrier.send(anna, "my secret")).rejects.toThrow(
      "Twilio refused with status 400, error 21606 (www.twilio.com/docs/api/errors/21606).",
    );
  });
});
