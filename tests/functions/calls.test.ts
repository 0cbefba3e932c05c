import { beforeEach, describe, expect, test } from "vitest";
import { digest } from "../../runtime/calls/addresses.ts";
import { afterCall } from "../../runtime/calls/after-call.ts";
import type { Message } from "../../runtime/calls/call.ts";
import { mostEvents } from "../../runtime/calls/callbacks.ts";
import { hangUp } from "../../runtime/calls/conclude.ts";
import { incomingCall, staleAfterMs } from "../../runtime/calls/inbound.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { smsReceived } from "../../runtime/messages/inbound.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});

const dials = async (more: object = {}): Promise<CallView> =>
  (await (await office.request("supervisor", "POST", "/call", { ...documentedBody, ...more })).json()) as CallView;
const shown = async (callId: string): Promise<CallView> =>
  (await (await office.request("viewer", "GET", `/call/${callId}`)).json()) as CallView;
const says = (id: string, content: string): Message => ({
  id,
  created_at: office.services.now().toISOString(),
  persona: "human",
  action: "talk",
  content,
  style: "none",
  tool_calls: [],
});

describe("dialling", () => {
  test("the documented body rings the number once, with a callback and a media address of this call alone", async () => {
    const response = await office.request("supervisor", "POST", "/call", documentedBody);
    const call = (await response.json()) as CallView;
    expect(response.status).toBe(201);
    expect(call).toMatchObject({
      status: "ringing",
      direction: "outbound",
      phone_number: "+11234567890",
      in_progress: false,
      initiate: { bot_name: "Amélie", claim: documentedBody.claim },
    });
    expect(office.done.dialled).toEqual([
      {
        to: "+11234567890",
        from: "+33199002737",
        callbackUrl: `https://app.example/acs/callback/${call.call_id}`,
        mediaUrl: expect.stringMatching(new RegExp(`^wss://bridge\\.example/media/${call.call_id}\\?nonce=nonce-`)),
      },
    ]);
  });

  test("what opens the media socket, or proves who calls, is shown to nobody", async () => {
    const { call_id } = await dials();
    await office.services.store.change(call_id, (record) => ({
      ...record,
      media_used: { nonce_sha256: "0", token_sha256: "0" },
      verification: { code_sha256: "0", expires_at: "0", attempts: 0 },
    }));
    expect(JSON.stringify(await shown(call_id))).not.toMatch(/nonce|token|connection|sha256/);
    expect((await office.services.store.latestFor("+11234567890"))?.media_nonce_sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the stack's own agent fills in what a body leaves out", async () => {
    const call = (await (
      await office.request("admin", "POST", "/call", { phone_number: "+33 6 12 34 56 78" })
    ).json()) as CallView;
    expect(call).toMatchObject({
      phone_number: "+33612345678",
      initiate: { bot_company: "Contoso", bot_name: "Amélie" },
      lang_short_code: "fr-FR",
    });
  });

  test("a request that is sent again under its key rings nobody twice, and two without a key are two calls", async () => {
    const key = { "idempotency-key": "5f0c1c1e-0b1a-4b61-8c3e-2f2d5a0f9c11" };
    const post = (role: string, headers: Record<string, string>, body: object = documentedBody) =>
      office.request(role, "POST", "/call", body, headers);
    const calls = await Promise.all([post("supervisor", key), post("supervisor", key)]);
    const again = await post("supervisor", key);
    const ids = await Promise.all([...calls, again].map(async (each) => ((await each.json()) as CallView).call_id));
    expect(new Set(ids).size).toBe(1);
    expect(office.done.dialled).toHaveLength(1);
    expect((await post("supervisor", key, { ...documentedBody, phone_number: "+33612345678" })).status).toBe(409);
    expect((await post("supervisor", { "idempotency-key": "a b" })).status).toBe(422);
    expect(office.done.dialled).toHaveLength(1);
    await Promise.all([post("supervisor", {}), post("supervisor", {})]);
    expect(office.done.dialled).toHaveLength(3);
  });

  describe("somebody with whom a conversation was held lately", () => {
    let before: string;
    beforeEach(async () => {
      before = (await dials()).call_id;
      await office.reports(before, { kind: "CallConnected", connection: "connection-1" });
      await office.services.store.append(before, says("turn-1", "My screen is broken."));
      await office.services.store.change(before, (record) => ({
        ...record,
        claim: { policyholder_name: "Ada" },
        lang_short_code: "en-US",
        initiate: { ...record.initiate, prosody_rate: 1.2 },
      }));
      await office.reports(before, { kind: "CallDisconnected", connection: "connection-1" });
      office.clock.nowMs += 60_000;
    });
    const again = async (more: object = {}) => {
      const response = await office.request("supervisor", "POST", "/call", { ...documentedBody, ...more });
      return office.services.store.get(((await response.json()) as CallView).call_id);
    };

    test("by the same agent goes on with it, in a call of its own and in its language", async () => {
      const call = await again();
      expect(call).toMatchObject({ resumes: before, claim: { policyholder_name: "Ada" }, lang_short_code: "en-US" });
      expect(call?.call_id).not.toBe(before);
      expect(call?.messages.map(({ content }) => content)).toEqual(["My screen is broken."]);
    });

    test.each([
      ["by another agent", { bot_name: "Robert" }],
      ["by one with another task", { task: "Sell something." }],
    ])("%s begins anew", async (_whom, more) => {
      const call = await again(more);
      expect(call).toMatchObject({ claim: {}, messages: [], lang_short_code: "en-US" });
      for (const name of ["resumable", "resumes"]) expect(call).not.toHaveProperty(name);
    });

    test("begins anew when it was longer ago than the flag allows, and when the flag allows none", async () => {
      office.setFlags({ callback_timeout_hour: 0 });
      expect(await again()).not.toHaveProperty("resumes");
      office.setFlags({ callback_timeout_hour: 1 });
      office.clock.nowMs += 3_600_000;
      expect(await again()).not.toHaveProperty("resumes");
    });

    test("is spoken to in the language that is asked for", async () => {
      expect((await again({ lang: { default_short_code: "es-ES" } }))?.lang_short_code).toBe("es-ES");
    });
  });

  test("a telephone service that refuses leaves a failed call and says so", async () => {
    office.broken.add("automation");
    const response = await office.request("supervisor", "POST", "/call", documentedBody);
    expect(response.status).toBe(502);
    expect(await office.services.store.latestFor("+11234567890")).toMatchObject({ status: "ended", ended_reason: "failed" });
  });
});

describe("a call's life", () => {
  const connection = "connection-1";

  test("it goes from ringing over connected to completed, and its after-call work is queued", async () => {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallConnected", connection });
    expect(await shown(call_id)).toMatchObject({ status: "connected", in_progress: true });
    await office.reports(call_id, { kind: "CallDisconnected", connection });
    expect(await shown(call_id)).toMatchObject({ status: "ended", ended_reason: "completed", in_progress: false });
    expect(office.done.queued).toEqual([call_id]);
  });

  test.each([
    ["busy", 486, 560486],
    ["no_answer", 480, 560480],
    ["no_answer", 408, 10560408],
    ["busy", 603, 560603],
    ["failed", 500, 9999],
  ])("a call nobody takes ends as %s when the network says %i/%i, with nothing to do after it", async (reason, code, subCode) => {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CreateCallFailed", connection, code, subCode });
    await office.reports(call_id, { kind: "CallDisconnected", connection, code, subCode });
    expect(await shown(call_id)).toMatchObject({ status: "ended", ended_reason: reason });
    expect(office.done.queued).toEqual([]);
  });

  test("one whose dialling is answered after it was picked up is connected all the same", async () => {
    const { createCall } = office.services.automation;
    Object.assign(office.services.automation, {
      async createCall(request: Parameters<typeof createCall>[0]) {
        const id = await createCall(request);
        await office.reports(request.callbackUrl.split("/").at(-1) ?? "", { kind: "CallConnected", connection: id });
        return id;
      },
    });
    expect(await dials()).toMatchObject({ status: "connected", in_progress: true });
  });

  test("somebody who picks up a call that was given up meanwhile is not left waiting", async () => {
    const { call_id } = await dials();
    await office.request("supervisor", "DELETE", `/call/${call_id}`);
    await office.reports(call_id, { kind: "CallConnected", connection });
    expect(office.done.hungUp).toEqual([connection, connection]);
    expect(await shown(call_id)).toMatchObject({ status: "ended", ended_reason: "cancelled" });
  });

  test("one that is given up while it is being dialled is hung up as soon as the telephone service has it", async () => {
    const { createCall } = office.services.automation;
    Object.assign(office.services.automation, {
      async createCall(request: Parameters<typeof createCall>[0]) {
        await office.request("supervisor", "DELETE", `/call/${request.callbackUrl.split("/").at(-1)}`);
        return createCall(request);
      },
    });
    expect(await dials()).toMatchObject({ status: "ended", ended_reason: "cancelled" });
    expect(office.done.hungUp).toEqual([connection]);
  });

  test("one that the telephone service takes at the very moment it is given up is hung up too", async () => {
    const { store } = office.services;
    const { call_id } = await dials();
    const { connection_id, ...unknown } = (await store.get(call_id))!;
    const before = { ...unknown, status: "created" } as const;
    await hangUp(office.services, before);
    expect(office.done.hungUp).toEqual([connection_id]);
    expect(await shown(call_id)).toMatchObject({ status: "ended", ended_reason: "cancelled" });
  });

  test("events out of order and twice leave it ended", async () => {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallDisconnected", connection }, { kind: "CallConnected", connection });
    await office.reports(call_id, { kind: "CallConnected", connection });
    expect(await shown(call_id)).toMatchObject({ status: "ended", ended_reason: "completed" });
  });

  test("a batch no telephone service sends is refused whole", async () => {
    const { call_id } = await dials();
    const events = Array.from({ length: mostEvents + 1 }, () => ({ kind: "CallConnected", connection }));
    expect((await office.reports(call_id, ...events)).status).toBe(400);
    expect((await shown(call_id)).status).toBe("ringing");
  });

  test("an event of another connection changes nothing", async () => {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallDisconnected", connection: "somebody-else" });
    expect((await shown(call_id)).status).toBe("ringing");
  });

  test("hanging up a ringing call cancels it, hanging up a running one completes it, and once ended it stays", async () => {
    const ringing = await dials();
    expect(await (await office.request("supervisor", "DELETE", `/call/${ringing.call_id}`)).json()).toMatchObject({
      status: "ended",
      ended_reason: "cancelled",
    });
    const running = await dials();
    await office.reports(running.call_id, { kind: "CallConnected", connection: "connection-2" });
    expect(await (await office.request("supervisor", "DELETE", `/call/${running.call_id}`)).json()).toMatchObject({
      ended_reason: "completed",
    });
    await office.request("supervisor", "DELETE", `/call/${running.call_id}`);
    expect(office.done.hungUp).toEqual(["connection-1", "connection-2"]);
    expect(office.done.queued).toEqual([running.call_id]);
  });

  test("it is recorded once when the flag says so and nobody has to be asked, and the record keeps where", async () => {
    office.setFlags({ recording_enabled: true });
    const { call_id } = await dials({ recording_consent: "none" });
    await office.reports(call_id, { kind: "CallConnected", connection }, { kind: "CallConnected", connection });
    expect(office.done.recorded).toEqual([connection]);
    expect((await shown(call_id)).recording_id).toBe("recording-of-connection-1");
  });

  test("it is not recorded before the caller has agreed", async () => {
    office.setFlags({ recording_enabled: true });
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallConnected", connection });
    expect(office.done.recorded).toEqual([]);
  });

  test("it is not recorded when the flag is false", async () => {
    const { call_id } = await dials({ recording_consent: "none" });
    await office.reports(call_id, { kind: "CallConnected", connection });
    expect(office.done.recorded).toEqual([]);
  });
});

describe("lists", () => {
  test("calls come newest first, in pages that leave none out", async () => {
    const made: string[] = [];
    for (let each = 0; each < 5; each++) {
      made.unshift((await dials()).call_id);
      office.clock.nowMs += each === 2 ? 40 * 86_400_000 : 1_000;
    }
    const listed: string[] = [];
    let continuation: string | null = "";
    while (continuation !== null) {
      const response: Response = await office.request(
        "viewer",
        "GET",
        `/call?limit=2${continuation ? `&continuation=${continuation}` : ""}`,
      );
      listed.push(...((await response.json()) as CallView[]).map((each) => each.call_id));
      continuation = response.headers.get("x-continuation");
    }
    expect(listed).toEqual(made);
  });

  test("a number shows its latest call", async () => {
    await dials();
    office.clock.nowMs += 1_000;
    const latest = await dials();
    expect(await shown("+11234567890")).toMatchObject({ call_id: latest.call_id });
    expect(await shown("%2B11234567890")).toMatchObject({ call_id: latest.call_id });
  });
});

describe("incoming calls", () => {
  const ring = (more: Record<string, unknown> = {}) => ({
    id: "event-1",
    type: "Microsoft.Communication.IncomingCall",
    time: office.services.now().toISOString(),
    data: {
      to: { phoneNumber: { value: "+33199002737" } },
      from: { phoneNumber: { value: "+33612345678" } },
      incomingCallContext: "context-1",
      correlationId: "correlation-1",
    },
    ...more,
  });

  test("one delivered three times is answered once", async () => {
    for (let each = 0; each < 3; each++) await incomingCall(office.services, ring({ id: `event-${each}` }));
    expect(office.done.answered).toHaveLength(1);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({
      direction: "inbound",
      status: "ringing",
      connection_id: "connection-1",
    });
  });

  test("one delivered to two instances at once is answered once, and its address is the answered one's", async () => {
    await Promise.all([incomingCall(office.services, ring()), incomingCall(office.services, ring({ id: "event-2" }))]);
    expect(office.done.answered).toHaveLength(1);
    const nonce = new URL(office.done.answered[0]?.mediaUrl ?? "").searchParams.get("nonce") ?? "";
    expect((await office.services.store.latestFor("+33612345678"))?.media_nonce_sha256).toBe(digest(nonce));
  });

  test("one that is ended while it is being answered is hung up, and nobody goes on talking", async () => {
    const { answer } = office.services.automation;
    Object.assign(office.services.automation, {
      async answer(request: Parameters<typeof answer>[0]) {
        await office.request("supervisor", "DELETE", `/call/${request.callbackUrl.split("/").at(-1)}`);
        return answer(request);
      },
    });
    await incomingCall(office.services, ring());
    expect(office.done.hungUp).toEqual(["connection-1"]);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ status: "ended", ended_reason: "cancelled" });
  });

  test("one of another resource is passed over aloud", async () => {
    const ours = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/CommunicationServices/ours";
    const services = { ...office.services, settings: { ...office.services.settings, COMMUNICATION_ACCOUNT_ID: ours } };
    await incomingCall(services, ring({ source: ours.replace("/ours", "/theirs") }));
    expect([office.done.answered, office.done.logged.length]).toEqual([[], 1]);
    await incomingCall(services, ring({ source: ours.toLowerCase() }));
    expect(office.done.answered).toHaveLength(1);
  });

  test("a conversation that ended lately may be continued, when the flag allows it", async () => {
    await incomingCall(office.services, ring());
    const first = (await office.services.store.latestFor("+33612345678"))?.call_id ?? "";
    await office.reports(first, { kind: "CallConnected", connection: "connection-1" });
    await office.services.store.append(first, says("turn-1", "My screen is broken."));
    await office.reports(first, { kind: "CallDisconnected", connection: "connection-1" });
    const again = async (correlationId: string) => {
      office.clock.nowMs += 60_000;
      await incomingCall(office.services, ring({ data: { ...ring().data, correlationId } }));
      return (await office.services.store.latestFor("+33612345678"))?.resumable;
    };
    expect(await again("correlation-2")).toBe(first);
    office.setFlags({ callback_timeout_hour: 0 });
    expect(await again("correlation-3")).toBeUndefined();
  });

  test("a displayed number that nobody has proven is greeted in the line's own language, not in its person's", async () => {
    await incomingCall(office.services, ring());
    const first = (await office.services.store.latestFor("+33612345678"))?.call_id ?? "";
    await office.services.store.change(first, (record) => ({ ...record, lang_short_code: "es-ES" }));
    await office.services.store.append(first, says("turn-1", "Hola."));
    await office.reports(first, { kind: "CallDisconnected", connection: "connection-1" });
    office.clock.nowMs += 60_000;
    await incomingCall(office.services, ring({ data: { ...ring().data, correlationId: "correlation-2" } }));
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ resumable: first, lang_short_code: "fr-FR" });
  });

  test("Event Grid's own schema is understood too", async () => {
    const { type, time, ...rest } = ring();
    await incomingCall(office.services, [{ ...rest, eventType: type, eventTime: time }]);
    expect(office.done.answered).toHaveLength(1);
  });

  test("one that was answered is not ended by a database that cannot keep it at once", async () => {
    const { store } = office.services;
    const unkept = async (): Promise<never> => {
      throw new Error("throttled");
    };
    const answering = {
      ...office.services,
      automation: {
        ...office.services.automation,
        answer: async (request: Parameters<typeof office.services.automation.answer>[0]) => {
          Object.assign(answering.store, { change: unkept });
          return office.services.automation.answer(request);
        },
      },
      store: { ...store },
    };
    await expect(incomingCall(answering, ring())).rejects.toThrow("throttled");
    expect(office.done.answered).toHaveLength(1);
    const kept = await store.latestFor("+33612345678");
    expect(kept?.status).not.toBe("ended");
    await office.reports(kept?.call_id ?? "", { kind: "CallConnected", connection: "connection-1" });
    expect(await store.latestFor("+33612345678")).toMatchObject({ status: "connected", connection_id: "connection-1" });
  });

  test("one that waited until the caller was gone is missed, not answered", async () => {
    const event = ring();
    office.clock.nowMs += staleAfterMs + 1;
    await incomingCall(office.services, event);
    expect(office.done.answered).toEqual([]);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ status: "ended", ended_reason: "missed" });
  });

  test("a late copy of an answered one does not end it", async () => {
    const event = ring();
    await incomingCall(office.services, event);
    office.clock.nowMs += staleAfterMs + 1;
    await incomingCall(office.services, event);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ status: "ringing" });
  });

  test("one for another number is passed over aloud, without the numbers", async () => {
    const event = ring();
    await incomingCall(office.services, { ...event, data: { ...event.data, to: { phoneNumber: { value: "+33199000000" } } } });
    expect(office.done.answered).toEqual([]);
    expect(office.done.logged).toHaveLength(1);
    expect(JSON.stringify(office.done.logged)).not.toMatch(/33/);
  });
});

describe("after a call", () => {
  async function conversation(): Promise<string> {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallConnected", connection: "connection-1" });
    await office.services.store.append(call_id, says("turn-1", "My screen is broken."));
    await office.reports(call_id, { kind: "CallDisconnected", connection: "connection-1" });
    return call_id;
  }

  test("the synthesis, the next action and one text message are made, however often the job runs", async () => {
    const callId = await conversation();
    await Promise.all([afterCall(office.services, { callId }), afterCall(office.services, { callId })]);
    await afterCall(office.services, { callId });
    expect(office.done.texts).toEqual([{ to: "+11234567890", message: "We noted the broken screen. Amélie, Contoso" }]);
    const call = await shown(callId);
    expect(call.synthesis?.satisfaction).toBe("high");
    expect(call.next?.action).toBe("customer_will_send_info");
    expect(call.messages.filter((each) => each.action === "sms")).toHaveLength(1);
  });

  test("a model that fails is asked again by the next run, and what was sent is not sent again", async () => {
    const callId = await conversation();
    office.broken.add("models");
    await expect(afterCall(office.services, { callId })).rejects.toThrow(/3 of 3 parts/);
    office.broken.clear();
    await afterCall(office.services, { callId });
    expect(office.done.texts).toHaveLength(1);
  });

  test("a caller who withheld the number is summed up and sent nothing", async () => {
    await incomingCall(office.services, {
      id: "event-1",
      type: "Microsoft.Communication.IncomingCall",
      time: office.services.now().toISOString(),
      data: {
        to: { phoneNumber: { value: "+33199002737" } },
        from: { phoneNumber: { value: "anonymous" } },
        incomingCallContext: "context-1",
      },
    });
    const callId = (await office.services.store.latestFor("anonymous"))?.call_id ?? "";
    await office.services.store.append(callId, says("turn-1", "My screen is broken."));
    await afterCall(office.services, { callId });
    expect(office.done.texts).toEqual([]);
    expect((await shown(callId)).synthesis?.satisfaction).toBe("high");
  });

  test("nothing is done when the caller never spoke", async () => {
    const { call_id } = await dials();
    await office.reports(call_id, { kind: "CallConnected", connection: "connection-1" });
    await office.reports(call_id, { kind: "CallDisconnected", connection: "connection-1" });
    await afterCall(office.services, { callId: call_id });
    expect(office.done.asked).toEqual([]);
    expect(office.done.texts).toEqual([]);
  });
});

describe("text messages in", () => {
  const text = {
    type: "Microsoft.Communication.SMSReceived",
    data: { messageId: "message-1", from: "+11234567890", to: "+33199002737", message: "Until when are you open?" },
  };

  test("one is answered once and kept with the sender's latest call", async () => {
    const { call_id } = await dials();
    await smsReceived(office.services, text);
    await smsReceived(office.services, text);
    expect(office.done.texts).toEqual([{ to: "+11234567890", message: "We are open until six." }]);
    expect((await shown(call_id)).messages.map((each) => [each.persona, each.action, each.content])).toEqual([
      ["human", "sms", "Until when are you open?"],
      ["assistant", "sms", "We are open until six."],
    ]);
  });

  test("the answer is made from the company's documents, and without them when they cannot be searched", async () => {
    await smsReceived(office.services, text);
    expect(office.done.asked[0]?.instructions).toContain("Open until six.");
    office.broken.add("knowledge");
    await smsReceived(office.services, { ...text, data: { ...text.data, messageId: "message-2" } });
    expect(office.done.asked[1]?.instructions).not.toContain("<documents>");
    expect(office.done.texts).toHaveLength(2);
  });

  test("someone who never called is answered too", async () => {
    await smsReceived(office.services, text);
    expect(office.done.texts).toHaveLength(1);
    const { call_id, messages } = await shown("+11234567890");
    expect(messages).toHaveLength(2);
    // Nobody ends a call that never was.
    expect(await office.services.store.isOpen(call_id)).toBe(false);
  });

  test("no word and no number of it reaches the log", async () => {
    await smsReceived(office.services, text);
    expect(JSON.stringify(office.done.logged)).not.toMatch(/open|1123/);
  });
});
