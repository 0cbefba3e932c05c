import { beforeEach, describe, expect, test } from "vitest";
import { incomingCall } from "../../runtime/calls/inbound.ts";
import { ringsAtMostMs, sweep, unbornAfterMs } from "../../runtime/calls/sweeper.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

const connection = "connection-1";
let office: Office;
beforeEach(async () => {
  office = await openOffice();
});

const dials = async (): Promise<string> =>
  ((await (await office.request("supervisor", "POST", "/call", documentedBody)).json()) as CallView).call_id;
const kept = async (callId: string) => (await office.services.store.get(callId))!;
const open = async () => (await office.services.store.open()).calls.map((each) => each.callId);
const passes = async (durationMs: number): Promise<void> => {
  office.clock.nowMs += durationMs;
  await sweep(office.services);
};

describe("a call that never came about", () => {
  test("is left while the phone may ring, then nobody answered, and the phone rings no more", async () => {
    const callId = await dials();
    await passes(ringsAtMostMs);
    expect((await kept(callId)).status).toBe("ringing");
    await passes(1);
    expect(await kept(callId)).toMatchObject({ status: "ended", ended_reason: "no_answer" });
    expect([office.done.hungUp, office.done.queued, await open()]).toEqual([[connection], [], []]);
  });

  test("failed when it was never dialled", async () => {
    const callId = await dials();
    await office.services.store.change(callId, ({ connection_id: _, ...each }) => ({ ...each, status: "created" }));
    await passes(unbornAfterMs);
    expect((await kept(callId)).status).toBe("created");
    await passes(1);
    expect([(await kept(callId)).ended_reason, office.done.hungUp]).toEqual(["failed", []]);
  });

  test("is missed when it came in and was claimed by somebody who then vanished", async () => {
    const event = {
      id: "event-1",
      type: "Microsoft.Communication.IncomingCall",
      time: office.services.now().toISOString(),
      data: {
        to: { phoneNumber: { value: "+33199002737" } },
        from: { phoneNumber: { value: "+33612345678" } },
        incomingCallContext: "context-1",
        correlationId: "correlation-1",
      },
    };
    Object.assign(office.services.store, { claim: async () => Promise.reject(new Error("killed")) });
    await expect(incomingCall(office.services, event)).rejects.toThrow("killed");
    await passes(unbornAfterMs + 1);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ status: "ended", ended_reason: "missed" });
  });

  test("and has no record is forgotten", async () => {
    const { documents, now } = office.services;
    await documents.create("listings", "open", { id: "lost", month: "open", created_at: now().toISOString() });
    await passes(unbornAfterMs);
    expect(await open()).toEqual(["lost"]);
    await passes(1);
    expect(await open()).toEqual([]);
  });
});

describe("a conversation", () => {
  const converses = async (): Promise<string> => {
    const callId = await dials();
    await office.reports(callId, { kind: "CallConnected", connection });
    return callId;
  };

  test("is left alone while the network holds it", async () => {
    const callId = await converses();
    await passes(3_600_000);
    expect([(await kept(callId)).status, office.done.hungUp]).toEqual(["connected", []]);
  });

  test("whose end was never told is complete, and its after-call work is queued once", async () => {
    const callId = await converses();
    office.gone.add(connection);
    await passes(60_000);
    await passes(60_000);
    await office.reports(callId, { kind: "CallDisconnected", connection });
    expect(await kept(callId)).toMatchObject({ status: "ended", ended_reason: "completed" });
    expect([office.done.queued, await open()]).toEqual([[callId], []]);
  });

  test("that lasts far longer than its agent allows is ended, whoever carries it", async () => {
    const callId = await converses();
    await office.services.store.change(callId, (each) => ({ ...each, carrier: "sip" }));
    office.gone.add(connection);
    await passes((90 + 15) * 60_000);
    expect((await kept(callId)).status).toBe("connected");
    await passes(1);
    expect([(await kept(callId)).status, office.done.hungUp]).toEqual(["ended", [connection]]);
  });

  test("whose end could not be followed up is followed up by the sweeper, once", async () => {
    const callId = await converses();
    const { afterCall } = office.services;
    Object.assign(office.services, { afterCall: { add: async () => Promise.reject(new Error("queue is down")) } });
    expect((await office.reports(callId, { kind: "CallDisconnected", connection })).status).toBe(500);
    Object.assign(office.services, { afterCall });
    await passes(60_000);
    await passes(60_000);
    expect([office.done.queued, await open()]).toEqual([[callId], []]);
  });

  test("whose sound somebody was mending who then vanished is mended", async () => {
    const callId = await converses();
    const { pause } = office.services;
    await office.reports(callId, { kind: "MediaStreamingFailed", connection });
    Object.assign(office.services, { pause: async () => Promise.reject(new Error("killed")) });
    await office.reports(callId, { kind: "MediaStreamingFailed", connection });
    Object.assign(office.services, { pause });
    await passes(20_000);
    expect(office.done.reopened).toHaveLength(1);
    await passes(20_000);
    expect(office.done.reopened).toHaveLength(2);
  });

  test("whose sound was asked for and never came is mended again, and one that was given up is left", async () => {
    const callId = await converses();
    await office.reports(callId, { kind: "MediaStreamingFailed", connection });
    await passes(31_000);
    expect(office.done.reopened).toHaveLength(2);
    office.closed.add(connection);
    await passes(60_000);
    expect(office.done.played.at(-1)?.context).toBe("goodbye");
    await passes(31_000);
    expect([office.done.hungUp, (await kept(callId)).ended_reason]).toEqual([[connection], "failed"]);
  });
});

test("one call that cannot be looked at keeps no other from it", async () => {
  const broken = await dials();
  const other = await dials();
  const { get } = office.services.store;
  Object.assign(office.services.store, {
    get: async (callId: string) => (callId === broken ? Promise.reject(new Error("throttled")) : get(callId)),
  });
  await passes(ringsAtMostMs + 1);
  expect((await get(other))?.status).toBe("ended");
  expect((await get(broken))?.status).toBe("ringing");
});

test("every open call is looked at, however many there are", async () => {
  for (let each = 0; each < 150; each++) await dials();
  await passes(ringsAtMostMs + 1);
  expect(await open()).toEqual([]);
  expect(office.done.hungUp).toHaveLength(150);
});
