/** Calls that the model's service carries, from the trunk to the record, over the stand-ins. */
import { createHmac, randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { Call } from "../../runtime/calls/call.ts";
import { uuidOf } from "../../runtime/calls/uuid.ts";
import { type CarriedLine, type CarriedLineOptions, line, openCarriedLine, person } from "./carried-line.ts";

const caller = "+33711111111";
const patient = { timeout: 30_000, interval: 50 };
let open: CarriedLine | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function openLine(options?: CarriedLineOptions): Promise<CarriedLine> {
  open = await openCarriedLine(options);
  await open.register();
  return open;
}

async function record(): Promise<Call> {
  const call = await open?.store.latestFor(caller);
  if (!call) throw new Error("There is no record yet.");
  return call;
}

/** The record once it is so. */
const recordWhen = (isSo: (call: Call) => boolean): Promise<Call> =>
  vi.waitFor(async () => {
    const call = await record();
    if (!isSo(call)) throw new Error(`Not yet so: ${call.status}.`);
    return call;
  }, patient);
const said = (call: Call): string[] =>
  call.messages.filter((each) => each.content !== "").map((each) => `${each.persona}: ${each.content}`);

describe("a call from a SIP trunk", () => {
  test("is a conversation like any other: words both ways, a tool, a whole record, and its end when the caller hangs up", async () => {
    const { dial, tools, queued } = await openLine();
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    phone.says("My name is Ada Lovelace");
    await phone.hears(/Ada Lovelace.*\?/);
    phone.hangUp();
    const call = await recordWhen((each) => each.status === "ended");
    expect(call).toMatchObject({ carrier: "sip", direction: "inbound", ended_reason: "completed" });
    expect(said(call)).toEqual([
      "assistant: Hello, I'm Ada from Contoso. How can I help you?",
      "human: My name is Ada Lovelace",
      expect.stringMatching(/^assistant: .*Ada Lovelace/),
    ]);
    expect(call.messages.map((each) => each.id)).toEqual(expect.arrayContaining(["connected", "disconnected"]));
    expect(tools).toEqual(["updated_claim"]);
    await vi.waitFor(() => expect(queued).toEqual([call.call_id]), patient);
  }, 60_000);

  test("whose caller interrupts keeps only the words that were heard", async () => {
    const { dial } = await openLine();
    const phone = dial(caller);
    await phone.hearsFor(2_000);
    phone.says("I had an accident");
    const call = await recordWhen((each) => each.messages.filter((message) => message.persona === "assistant").length > 1);
    const [first = ""] = said(call);
    expect(first.startsWith("assistant: Hello")).toBe(true);
    expect(first).not.toContain("help you?");
    expect(said(call)[1]).toBe("human: I had an accident");
  }, 60_000);

  test("tells the model which keys were pressed", async () => {
    const { dial, openai, identity } = await openLine();
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    const side = new WebSocket(`${openai.replace("https", "wss")}/openai/v1/realtime?call_id=${(await record()).connection_id}`, {
      headers: {
        authorization: `Bearer ${(await identity.credential.getToken("https://cognitiveservices.azure.com/.default"))?.token}`,
      },
    });
    const told = new Promise<string>((resolve) => {
      side.on("message", (data) => {
        const text = data.toString();
        if (text.includes("conversation.item.added") && text.includes("keypad")) resolve(text);
      });
    });
    await new Promise((resolve) => side.on("open", resolve));
    phone.press("1");
    phone.press("2");
    expect(await told).toMatch(/pressed 1 2 on the keypad/);
    side.terminate();
  }, 60_000);

  test("ends on the line when the assistant ends it", async () => {
    const { dial, queued } = await openLine({
      tool: async () => ({ content: "The call ends after your goodbye.", effect: { kind: "end_call" } }),
    });
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    phone.says("Goodbye");
    expect(await phone.ended).toBe("hung up");
    const call = await recordWhen((each) => each.status === "ended");
    expect(call.ended_reason).toBe("completed");
    await vi.waitFor(() => expect(queued).toEqual([call.call_id]), patient);
  }, 60_000);

  test("is handed over to a person, who then talks with the caller alone", async () => {
    const { dial, answers } = await openLine({
      tool: async () => ({ content: "The call is being handed over.", effect: { kind: "transfer", to: person } }),
    });
    const colleague = answers(person);
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    phone.says("I want to talk to a human");
    const taken = await colleague;
    await recordWhen((each) => each.status === "ended");
    taken.says("Bonjour");
    await phone.hears(/Bonjour$/);
    taken.hangUp();
    expect(await phone.ended).toBe("hung up");
  }, 60_000);

  test("is handed over to nobody outside of the countries that may be dialled, and goes on", async () => {
    const { dial, exchange } = await openLine({
      tool: async () => ({ content: "The call is being handed over.", effect: { kind: "transfer", to: "+12025550123" } }),
    });
    const rung = vi.fn();
    exchange.register("+12025550123", { ring: rung });
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    phone.says("I want to talk to a human");
    const before = phone.heard.length;
    await vi.waitFor(() => expect(phone.heard.length).toBeGreaterThan(before + 1), patient);
    expect(rung).not.toHaveBeenCalled();
    expect((await record()).status).toBe("connected");
  }, 60_000);

  test("goes on when the bridge's socket to it is lost, without a second greeting", async () => {
    const { dial, breakSockets } = await openLine();
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    breakSockets();
    phone.says("My name is Ada Lovelace");
    await phone.hears(/Ada Lovelace/);
    const call = await recordWhen((each) => said(each).length >= 3);
    expect(said(call).filter((each) => each.includes("How can I help you?"))).toHaveLength(1);
    expect(said(call)).toContain("human: My name is Ada Lovelace");
  }, 60_000);
});

describe("a call that cannot be had", () => {
  test("is busy while no bridge takes calls, and counts as missed", async () => {
    const { dial, bridge } = await openLine();
    bridge.refusal = "This bridge takes no new calls; another one does.";
    expect(await dial(caller).ended).toBe("busy");
    expect(await recordWhen((each) => each.status === "ended")).toMatchObject({ ended_reason: "missed" });
  });

  test("is ended when the bridge takes it not after all: nobody is left with a model that nobody steers", async () => {
    const { dial, bridge, needs } = await openLine();
    vi.spyOn(needs.carriedBridge, "ready").mockResolvedValue(true);
    bridge.refusal = "full";
    expect(await dial(caller).ended).toBe("hung up");
    expect(await recordWhen((each) => each.status === "ended")).toMatchObject({ ended_reason: "failed" });
  });

  test("is passed over when the caller has given up meanwhile", async () => {
    const { dial, needs } = await openLine();
    const held = Promise.withResolvers<boolean>();
    const ready = vi.spyOn(needs.carriedBridge, "ready").mockReturnValue(held.promise);
    const phone = dial(caller);
    await vi.waitFor(() => expect(ready).toHaveBeenCalled(), patient);
    phone.hangUp();
    held.resolve(true);
    expect(await recordWhen((each) => each.status === "ended")).toMatchObject({ ended_reason: "missed" });
  });
});

describe("a webhook", () => {
  const eventOf = ({ to = line, atMs = Date.now(), callId = `rtc_${randomUUID()}` } = {}) => ({
    object: "event",
    id: `evt_${randomUUID()}`,
    type: "realtime.call.incoming",
    created_at: Math.floor(atMs / 1_000),
    data: {
      call_id: callId,
      sip_headers: [
        { name: "From", value: `<sip:${caller}@trunk.example>` },
        { name: "To", value: `<sip:${to}@sip.ai.example>` },
      ],
    },
  });
  type Event = ReturnType<typeof eventOf>;

  /** Posts the event as the service does, or as somebody who is not the service. */
  async function posts(event: Event | string, { by = "", atMs = open?.clock.nowMs() ?? 0, id = "wh_1" } = {}) {
    const { doors, secrets } = open!;
    const secret = by || (secrets.get("openai-webhook-secret") ?? "");
    const body = typeof event === "string" ? event : JSON.stringify(event);
    const timestamp = String(Math.floor(atMs / 1_000));
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
    return doors.request("https://app.example/sip/incoming", {
      method: "POST",
      headers: { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` },
      body,
    });
  }

  async function watched() {
    const line = await openLine();
    const accept = vi.spyOn(line.needs.realtimeCalls, "accept").mockResolvedValue(false);
    const reject = vi.spyOn(line.needs.realtimeCalls, "reject").mockResolvedValue();
    return { ...line, accept, reject };
  }

  test("that is forged, changed or old takes no call and leaves no record", async () => {
    const { accept, reject, store, clock } = await watched();
    const event = eventOf({ atMs: clock.nowMs() });
    expect((await posts(event, { by: `whsec_${Buffer.from("a guess").toString("base64")}` })).status).toBe(401);
    expect((await posts(event, { atMs: clock.nowMs() - 301_000 })).status).toBe(401);
    expect((await posts(event, { atMs: clock.nowMs() + 301_000 })).status).toBe(401);
    expect(
      (await open!.doors.request("https://app.example/sip/incoming", { method: "POST", body: JSON.stringify(event) })).status,
    ).toBe(401);
    expect(accept).not.toHaveBeenCalled();
    expect(reject).not.toHaveBeenCalled();
    expect(await store.latestFor(caller)).toBeUndefined();
  });

  test("that comes again, under the same id or another, takes its call once", async () => {
    const { accept, clock } = await watched();
    const event = eventOf({ atMs: clock.nowMs() });
    for (const id of ["wh_1", "wh_1", "wh_2"]) expect((await posts(event, { id })).status).toBe(200);
    expect(accept).toHaveBeenCalledTimes(1);
  });

  test("of a call for another number is left to whoever has that number, without a record", async () => {
    const { accept, reject, clock, store } = await watched();
    const event = eventOf({ to: "+33100000000", atMs: clock.nowMs() });
    expect((await posts(event)).status).toBe(200);
    expect(reject).not.toHaveBeenCalled();
    expect(accept).not.toHaveBeenCalled();
    expect(await store.get(uuidOf(event.data.call_id))).toBeUndefined();
  });

  test("that comes when nobody can be ringing any more is busy, and the call missed", async () => {
    const { accept, reject, clock, store } = await watched();
    const event = eventOf({ atMs: clock.nowMs() - 60_000 });
    expect((await posts(event)).status).toBe(200);
    expect(reject).toHaveBeenCalledWith(event.data.call_id, 486);
    expect(accept).not.toHaveBeenCalled();
    expect(await store.get(uuidOf(event.data.call_id))).toMatchObject({ status: "ended", ended_reason: "missed" });
  });

  test("of another kind, or of no kind at all, is taken and passed over", async () => {
    const { accept, reject } = await watched();
    for (const body of ["{", '{"type":"batch.completed"}', '{"type":"realtime.call.incoming","data":{"call_id":"../hangup"}}'])
      expect((await posts(body)).status).toBe(200);
    expect(accept).not.toHaveBeenCalled();
    expect(reject).not.toHaveBeenCalled();
  });

  test("before anybody has stored the secret is answered with what to do", async () => {
    const { secrets, accept, clock } = await watched();
    const signing = secrets.get("openai-webhook-secret") ?? "";
    secrets.clear();
    const answer = await posts(eventOf({ atMs: clock.nowMs() }), { by: signing });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("openai-webhook-secret");
    expect(accept).not.toHaveBeenCalled();
  });

  test("tells no number and no name to the log", async () => {
    const { dial, logged } = await openLine();
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    phone.hangUp();
    await recordWhen((each) => each.status === "ended");
    expect(logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(logged)).not.toMatch(/\+33|33711111111|Contoso/);
  }, 60_000);
});

describe("the bridge", () => {
  test("that stops lets go of the call, and another one takes it, tells the caller that somebody is there again, and greets nobody", async () => {
    const { dial, live } = await openLine();
    const phone = dial(caller);
    await phone.hears(/How can I help you\?/);
    const { call_id } = await record();
    const first = live.get(call_id);
    first?.move();
    await vi.waitFor(() => expect(live.get(call_id)).not.toBe(first), patient);
    await phone.hears(/Sorry, the line was interrupted/);
    // This ear loses what follows on something that was cut off.
    await phone.hearsNothing();
    phone.says("My name is Ada Lovelace");
    await phone.hears(/Ada Lovelace/);
    const call = await recordWhen((each) => said(each).length >= 3);
    expect(said(call).filter((each) => each.includes("How can I help you?"))).toHaveLength(1);
    phone.hangUp();
    await recordWhen((each) => each.status === "ended");
  }, 60_000);

  const attach = (body: unknown, token = "functions") =>
    fetch(`${open?.bridgeUrl}/calls/carried`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("takes calls of the functions app alone, and only such as it can steer", async () => {
    const { store, door, bridge } = await openLine();
    vi.spyOn(door, "verifyApp").mockImplementation(async (token) => {
      if (token === "unknown") throw new Error("no keys");
      if (token === "nobody") return undefined;
      return { azp: token === "someone" ? randomUUID() : door.settings.AZURE_CLIENT_ID };
    });
    const callId = randomUUID();
    expect((await fetch(`${open?.bridgeUrl}/calls/carried`, { method: "POST" })).status).toBe(401);
    expect((await attach({ callId }, "nobody")).status).toBe(401);
    expect((await attach({ callId }, "someone")).status).toBe(403);
    expect((await attach({ callId }, "unknown")).status).toBe(503);
    expect((await attach({ callId: "1" })).status).toBe(422);
    expect((await attach({ callId })).status).toBe(404);

    const phone = open!.dial(caller);
    await phone.hears(/How can I help you\?/);
    const call = await record();
    expect((await attach({ callId: call.call_id })).status).toBe(204);
    expect(open!.live.size).toBe(1);

    const { messages: _, ...copy } = call;
    const acs = randomUUID();
    await store.create({ ...copy, call_id: acs, carrier: "acs" });
    expect((await attach({ callId: acs })).status).toBe(409);
    const full = randomUUID();
    await store.create({ ...copy, call_id: full, connection_id: "rtc_another" });
    bridge.refusal = "This bridge has as many calls as it takes.";
    expect((await attach({ callId: full })).status).toBe(503);
    phone.hangUp();
    await recordWhen((each) => each.status === "ended");
    await vi.waitFor(async () => expect((await store.get(call.call_id))?.status).toBe("ended"), patient);
    expect((await attach({ callId: call.call_id })).status).toBe(409);
  }, 60_000);
});
