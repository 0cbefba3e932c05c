/** Who is believed to be Twilio, and who is not: webhooks and media sockets, each refused without any effect. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { signature } from "../../laptop/twilio/webhooks.ts";
import { maxFrameBytes } from "../../runtime/bridge/frames.ts";
import { digest } from "../../runtime/calls/addresses.ts";
import { agentDefaults } from "../../runtime/calls/agent-defaults.ts";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { callIdOf } from "../../runtime/calls/inbound-twilio.ts";
import { accountSid, authToken, functionsUrl, type Line, number, openLine } from "./line.ts";

const anna = "+33612345678";
const callSid = `CA${"1".repeat(32)}`;
const otherSid = `CA${"2".repeat(32)}`;

const open: Line[] = [];
async function line(options: Parameters<typeof openLine>[0] = {}): Promise<Line> {
  const opened = await openLine(options);
  open.push(opened);
  return opened;
}
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function kept(on: Line, changes: Partial<CallRecord> = {}): Promise<CallRecord> {
  const record: CallRecord = {
    call_id: randomUUID(),
    created_at: new Date(on.clock.nowMs()).toISOString(),
    direction: "inbound",
    phone_number: anna,
    initiate: agentDefaults(on.settings),
    status: "created",
    claim: {},
    reminders: [],
    lang_short_code: "fr-FR",
    carrier: "twilio",
    connection_id: callSid,
    media_nonce_sha256: digest("nonce"),
    ...changes,
  };
  await on.store.create(record);
  return record;
}

describe("a webhook", () => {
  const voice = { AccountSid: accountSid, CallSid: callSid, From: anna, To: number, CallStatus: "ringing" };

  async function posts(
    on: Line,
    path: string,
    form: Record<string, string>,
    { signed = `${functionsUrl}${path}`, token = authToken, headers = {}, host = functionsUrl } = {},
  ) {
    const answer = await on.web.request(`${host}${path}`, {
      method: "POST",
      headers: { ...(signed ? { "x-twilio-signature": signature(token, signed, form) } : {}), ...headers },
      body: new URLSearchParams(form),
    });
    return { status: answer.status, body: await answer.text() };
  }

  test("is answered with TwiML when Twilio signed it, whatever host it says it came to", async () => {
    const on = await line();
    const { status, body } = await posts(on, "/twilio/voice", voice, { host: "http://internal:8080" });
    expect(status).toBe(200);
    const callId = callIdOf(callSid);
    expect(body).toContain(`<Stream url="${on.bridge.url.replace("http", "ws")}/twilio/media/${callId}"`);
    expect(body).toMatch(/<Parameter name="nonce" value="[\w-]{43}"\/>/);
  });

  test("asked again is answered the same while nothing has come of it, and with a hang-up after", async () => {
    const on = await line();
    const first = await posts(on, "/twilio/voice", voice);
    expect(await posts(on, "/twilio/voice", voice)).toEqual(first);
    await on.store.change(callIdOf(callSid), ({ media_nonce_sha256: _, ...record }) => record);
    expect((await posts(on, "/twilio/voice", voice)).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>',
    );
  });

  test.each([
    ["without a signature", { signed: "" }],
    ["signed with another token", { token: "f".repeat(32) }],
    ["signed for another path", { signed: `${functionsUrl}/twilio/status` }],
    [
      "signed for the host that the request names itself",
      { signed: "https://evil.example/twilio/voice", host: "https://evil.example" },
    ],
    [
      "signed for what a proxy's headers claim",
      {
        signed: "https://evil.example/twilio/voice",
        headers: { host: "evil.example", "x-forwarded-host": "evil.example", "x-original-host": "evil.example" },
      },
    ],
  ] as const)("W14: %s is refused with 403 and does nothing", async (_how, options) => {
    const on = await line();
    for (const path of [
      "/twilio/voice",
      "/twilio/sms",
      `/twilio/status/${callIdOf(callSid)}`,
      `/twilio/line/${callIdOf(callSid)}`,
    ])
      expect((await posts(on, path, voice, options)).status).toBe(403);
    expect(await on.store.get(callIdOf(callSid))).toBeUndefined();
    expect([on.texts, on.queued, on.models]).toEqual([[], [], []]);
  });

  test("with a field changed after it was signed is refused", async () => {
    const on = await line();
    const answer = await on.web.request(`${functionsUrl}/twilio/voice`, {
      method: "POST",
      headers: { "x-twilio-signature": signature(authToken, `${functionsUrl}/twilio/voice`, voice) },
      body: new URLSearchParams({ ...voice, From: "+33600000000" }),
    });
    expect(answer.status).toBe(403);
  });

  test("with a query that was not signed is refused", async () => {
    const on = await line();
    const answer = await on.web.request(`${functionsUrl}/twilio/voice?x=1`, {
      method: "POST",
      headers: { "x-twilio-signature": signature(authToken, `${functionsUrl}/twilio/voice`, voice) },
      body: new URLSearchParams(voice),
    });
    expect(answer.status).toBe(403);
  });

  test("cannot be checked while nobody has put the token into the vault: closed rather than open", async () => {
    const on = await line({ secret: "" });
    expect((await posts(on, "/twilio/voice", voice, { token: "" })).status).toBe(503);
    expect(await on.store.get(callIdOf(callSid))).toBeUndefined();
  });

  test("names every fault of its form at once", async () => {
    const on = await line();
    const { status, body } = await posts(on, "/twilio/voice", { CallSid: "x", From: anna });
    expect(status).toBe(422);
    expect((JSON.parse(body) as { details: string[] }).details.map((each) => each.split(":")[0])).toEqual([
      "AccountSid",
      "CallSid",
      "To",
    ]);
  });

  test.each([
    ["another account", { ...voice, AccountSid: `AC${"b".repeat(32)}` }],
    ["another number", { ...voice, To: "+33199000000" }],
  ])("for %s is declined, and leaves nothing behind", async (_what, form) => {
    const on = await line();
    expect((await posts(on, "/twilio/voice", form)).body).toContain("<Reject");
    expect(await on.store.get(callIdOf(callSid))).toBeUndefined();
  });

  test("of another account's message queues nothing", async () => {
    const on = await line();
    const form = { AccountSid: `AC${"b".repeat(32)}`, MessageSid: `SM${"1".repeat(32)}`, From: anna, To: number, Body: "x" };
    expect((await posts(on, "/twilio/sms", form)).status).toBe(200);
    expect(on.texts).toEqual([]);
  });

  test("about one call moves no other, nor a call that another carrier has", async () => {
    const on = await line();
    const mine = await kept(on, { status: "connected" });
    const acs = await kept(on, { status: "connected", carrier: "acs" });
    const form = { CallSid: otherSid, CallStatus: "completed" };
    expect((await posts(on, `/twilio/status/${mine.call_id}`, form)).status).toBe(204);
    expect((await posts(on, `/twilio/status/${acs.call_id}`, { ...form, CallSid: callSid })).status).toBe(204);
    expect((await posts(on, `/twilio/status/${randomUUID()}`, form)).status).toBe(204);
    expect((await posts(on, "/twilio/status/..%2Frecord", form)).status).toBe(204);
    expect((await posts(on, `/twilio/line/${mine.call_id}`, { CallSid: otherSid })).body).toContain("<Hangup/>");
    for (const { call_id } of [mine, acs]) expect((await on.store.get(call_id))?.status).toBe("connected");
  });

  test("about a call's progress only ever moves it forward, in any order and however often", async () => {
    const steps = ["initiated", "ringing", "in-progress", "completed"];
    const orders = permutations(steps);
    expect(orders).toHaveLength(24);
    for (const order of orders) {
      const on = await line();
      const { call_id } = await kept(on, { direction: "outbound" });
      for (const CallStatus of [...order, ...order])
        await posts(on, `/twilio/status/${call_id}`, { CallSid: callSid, CallStatus });
      const after = await on.store.get(call_id);
      expect(after).toMatchObject({ status: "ended", ended_reason: "completed" });
      expect(new Set(on.queued)).toEqual(new Set([call_id]));
    }
  });

  test.each([
    ["busy", "busy"],
    ["no-answer", "no_answer"],
    ["failed", "failed"],
    ["canceled", "cancelled"],
  ])("that says %s ends a call we placed as %s, and a later word changes nothing", async (CallStatus, ended_reason) => {
    const on = await line();
    const { call_id } = await kept(on, { direction: "outbound", status: "ringing" });
    await posts(on, `/twilio/status/${call_id}`, { CallSid: callSid, CallStatus });
    await posts(on, `/twilio/status/${call_id}`, { CallSid: callSid, CallStatus: "in-progress" });
    await posts(on, `/twilio/status/${call_id}`, { CallSid: callSid, CallStatus: "completed" });
    expect(await on.store.get(call_id)).toMatchObject({ status: "ended", ended_reason });
  });

  test("that a caller left before anybody spoke ends the call as missed", async () => {
    const on = await line();
    await posts(on, "/twilio/voice", voice);
    await posts(on, "/twilio/status", { CallSid: callSid, CallStatus: "completed" });
    expect(await on.store.get(callIdOf(callSid))).toMatchObject({ status: "ended", ended_reason: "missed" });
    expect(on.queued).toEqual([]);
  });

  test("that the line ended ends also the claim its caller began later on it", async () => {
    const on = await line();
    const first = await kept(on, { status: "connected" });
    on.clock.pass(1_000);
    const second = await kept(on, { status: "connected" });
    await on.store.change(first.call_id, (record) => ({
      ...record,
      status: "ended",
      ended_reason: "completed",
      continued_as: second.call_id,
    }));
    await posts(on, `/twilio/status/${first.call_id}`, { CallSid: callSid, CallStatus: "completed" });
    expect((await on.store.get(second.call_id))?.status).toBe("ended");
  });
});

describe("a media socket", () => {
  const start = (changes: { nonce?: string; callSid?: string; encoding?: string } = {}) => ({
    event: "start",
    sequenceNumber: "1",
    streamSid: "MZ1",
    start: {
      accountSid,
      streamSid: "MZ1",
      callSid: changes.callSid ?? callSid,
      tracks: ["inbound"],
      customParameters: changes.nonce === "" ? {} : { nonce: changes.nonce ?? "nonce" },
      mediaFormat: { encoding: changes.encoding ?? "audio/x-mulaw", sampleRate: 8_000, channels: 1 },
    },
  });

  /** Knocks: the status of a refusal, or the open socket with the code it will close with. */
  async function knocks(
    on: Line,
    path: string,
    { signed = `${on.bridge.url.replace("http", "ws")}${path}`, token = authToken } = {},
  ) {
    const headers = signed ? { "x-twilio-signature": signature(token, signed) } : {};
    const socket = new WebSocket(`${on.bridge.url.replace("http", "ws")}${path}`, { headers, perMessageDeflate: false });
    return new Promise<number | { socket: WebSocket; closed: Promise<number> }>((resolve, reject) => {
      const closed = new Promise<number>((close) => socket.on("close", close));
      socket.on("open", () => resolve({ socket, closed }));
      socket.on("unexpected-response", (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      socket.on("error", (error) => reject(error));
    });
  }
  const path = ({ call_id }: CallRecord) => `/twilio/media/${call_id}`;
  async function opened(on: Line, record: CallRecord) {
    const knocked = await knocks(on, path(record));
    if (typeof knocked === "number") throw new Error(`refused with ${knocked}`);
    return { ...knocked, sends: (message: object) => knocked.socket.send(JSON.stringify(message)) };
  }

  test.each([
    ["without a signature", { signed: "" }],
    ["with another account's", { token: "f".repeat(32) }],
    ["with that of another address", { signed: "wss://bridge.example/twilio/media/x" }],
  ] as const)("%s is refused with 403 before it opens, and its nonce still opens", async (_how, options) => {
    const on = await line();
    const record = await kept(on);
    expect(await knocks(on, path(record), options)).toBe(403);
    expect((await on.store.get(record.call_id))?.media_nonce_sha256).toBe(record.media_nonce_sha256);
    expect(on.models).toEqual([]);
  });

  test("is refused for a call that nobody knows, that another carrier has, that has ended, or that is connected", async () => {
    const on = await line();
    expect(await knocks(on, `/twilio/media/${randomUUID()}`)).toBe(404);
    expect(await knocks(on, "/twilio/media/x")).toBe(404);
    expect(await knocks(on, path(await kept(on, { carrier: "acs" })))).toBe(404);
    expect(await knocks(on, path(await kept(on, { status: "ended", ended_reason: "completed" })))).toBe(409);
    const record = await kept(on);
    await on.store.change(record.call_id, ({ media_nonce_sha256: _, ...rest }) => rest);
    expect(await knocks(on, path(record))).toBe(409);
  });

  test("is refused with 503 while the token cannot be had", async () => {
    const on = await line({ secret: "" });
    expect(await knocks(on, path(await kept(on)))).toBe(503);
  });

  test.each([
    ["another nonce", start({ nonce: "other" })],
    ["no nonce", start({ nonce: "" })],
    ["another call's stream", start({ callSid: otherSid })],
  ])("that brings %s is closed with 1008 and nothing was done", async (_what, message) => {
    const on = await line();
    const record = await kept(on);
    const phone = await opened(on, record);
    phone.sends({ event: "connected", protocol: "Call", version: "1.0.0" });
    phone.sends(message);
    expect(await phone.closed).toBe(1008);
    expect((await on.store.get(record.call_id))?.media_nonce_sha256).toBe(record.media_nonce_sha256);
    expect(on.models).toEqual([]);
  });

  test("is opened for one of two that bring the nonce at once", async () => {
    const on = await line();
    const record = await kept(on);
    const phones = [await opened(on, record), await opened(on, record)];
    for (const phone of phones) phone.sends(start());
    expect(await Promise.race(phones.map((each) => each.closed))).toBe(1008);
    await on.model();
    expect(on.models).toHaveLength(1);
    expect(phones.filter(({ socket }) => socket.readyState === WebSocket.OPEN)).toHaveLength(1);
  });

  test("that says nothing of itself in time is closed with 1008", async () => {
    const on = await line();
    const phone = await opened(on, await kept(on));
    await on.passes(10_000);
    expect(await phone.closed).toBe(1008);
  });

  test("whose sound is of another kind is closed with 1003", async () => {
    const on = await line();
    const phone = await opened(on, await kept(on));
    phone.sends(start({ encoding: "audio/l16" }));
    expect(await phone.closed).toBe(1003);
  });

  test("that sends more than any message has is closed with 1009", async () => {
    const on = await line();
    const phone = await opened(on, await kept(on));
    phone.sends(start());
    await on.model();
    phone.sends({ event: "media", streamSid: "MZ1", media: { payload: "A".repeat(maxFrameBytes) } });
    expect(await phone.closed).toBe(1009);
  });

  test("that keeps sending what is malformed is closed with 1007, while a little of it is passed over", async () => {
    const on = await line();
    const phone = await opened(on, await kept(on));
    phone.sends(start());
    const model = await on.model();
    for (let at = 0; at < 10; at++) phone.socket.send("junk");
    const payload = Buffer.alloc(160, 0xff).toString("base64");
    phone.sends({ event: "media", streamSid: "MZ1", media: { track: "inbound", payload } });
    await on.until("the frame is heard", () => model.of("hear").length === 1);
    phone.socket.send("junk");
    expect(await phone.closed).toBe(1007);
  });

  test("that has gone quiet for twenty seconds is let go of", async () => {
    const on = await line();
    const phone = await opened(on, await kept(on));
    phone.sends(start());
    await on.model();
    // A machine that is gone answers no ping.
    phone.socket.pause();
    await on.passes(31_000);
    phone.socket.resume();
    expect(await phone.closed).toBe(1006);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
