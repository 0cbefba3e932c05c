import { beforeEach, describe, expect, test } from "vitest";
import type { Call } from "../../runtime/calls/call.ts";
import { callEvent, callEvents } from "../../runtime/calls/callbacks.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

const connection = "connection-1";
let office: Office;
let callId: string;
beforeEach(async () => {
  office = await openOffice();
  callId = await dialled();
});

async function dialled(): Promise<string> {
  const response = await office.request("supervisor", "POST", "/call", documentedBody);
  return ((await response.json()) as CallView).call_id;
}
const shown = async (): Promise<CallView> =>
  (await (await office.request("viewer", "GET", `/call/${callId}`)).json()) as CallView;
const news = () => office.done.told.map((each) => each.news.kind);
const caller = { identifier: { rawId: "4:+11234567890", kind: "phoneNumber", phoneNumber: { value: "+11234567890" } } };
const colleague = { identifier: { rawId: "4:+33612345678" } };
const listed = (sequenceNumber: number, ...participants: object[]) => ({
  kind: "ParticipantsUpdated",
  connection,
  sequenceNumber,
  participants,
});

describe("whatever order they come in", () => {
  const kinds = [
    "CallConnected",
    "MediaStreamingStarted",
    "PlayStarted",
    "PlayCompleted",
    "ParticipantsUpdated",
    "CallDisconnected",
  ];

  test("and however often, the events of a call make one record", async () => {
    const start = office.clock.nowMs;
    const eventsOn = (callConnectionId: string) =>
      kinds.map((kind, at) => ({
        id: `event-${at}`,
        type: `Microsoft.Communication.${kind}`,
        time: new Date(start + at * 1_000).toISOString(),
        data: {
          callConnectionId,
          resultInformation: { code: 200, subCode: 0 },
          ...(kind === "ParticipantsUpdated" ? { sequenceNumber: 1, participants: [caller] } : {}),
        },
      }));
    office.clock.nowMs += 60_000;
    const { store } = office.services;
    const first = (await store.get(callId)) as Call;
    const after = async (order: readonly number[], at: number): Promise<unknown> => {
      const { messages: _, connection_id: __, ...record } = first;
      const call_id = `${first.call_id}-${at}`;
      const events = eventsOn(`connection of ${at}`);
      await store.create({ ...record, call_id });
      let status = 0;
      for (const each of order) {
        const call = await store.get(call_id);
        const [event] = callEvents([events[each]])?.events ?? [];
        if (call && event) expect(await callEvent(office.services, call, event)).toBe(true);
        const reached = ["created", "ringing", "connected", "ended"].indexOf((await store.get(call_id))?.status ?? "");
        expect(reached).toBeGreaterThanOrEqual(status);
        status = reached;
      }
      expect(office.done.queued.splice(0)).toEqual([call_id]);
      return { ...(await store.get(call_id)), call_id: "any", connection_id: "any" };
    };
    const inOrder = await after([0, 1, 2, 3, 4, 5], 0);
    expect(inOrder).toMatchObject({ status: "ended", ended_reason: "completed" });
    expect((inOrder as Call).messages.map((each) => each.id)).toEqual(["connected", "disconnected"]);
    let orders = 0;
    for (const order of permutations([0, 1, 2, 3, 4, 5]))
      expect(await after([...order, ...order.toReversed()], ++orders)).toEqual(inOrder);
    expect(orders).toBe(720);
    expect(office.done.reopened).toEqual([]);
  }, 60_000);
});

describe("what becomes of a handover is told to the bridge", () => {
  test("a colleague who picks up has joined, and one who does not take the call has not", async () => {
    await office.reports(callId, { kind: "CallConnected", connection }, { kind: "AddParticipantSucceeded", connection });
    await office.reports(callId, { kind: "AddParticipantFailed", connection, code: 486 });
    await office.reports(callId, { kind: "CallTransferFailed", connection, code: 480 });
    await office.reports(callId, { kind: "HoldFailed", connection, code: 404 });
    expect(news()).toEqual(["joined", "transfer_failed", "transfer_failed", "transfer_failed"]);
    expect((await shown()).status).toBe("connected");
  });

  test("a colleague who is listed no more has left, once, and an older list says nothing", async () => {
    await office.reports(callId, listed(1, caller), listed(3, caller, colleague), listed(2, caller));
    expect(news()).toEqual([]);
    await office.reports(callId, listed(4, caller), listed(4, caller), listed(5, caller));
    expect(news()).toEqual(["left"]);
  });

  test("a colleague who was sent away has left", async () => {
    await office.reports(callId, { kind: "RemoveParticipantSucceeded", connection });
    expect(news()).toEqual(["left"]);
  });

  test("a transfer that was accepted changes nothing until the line is let go of", async () => {
    await office.reports(callId, { kind: "CallConnected", connection }, { kind: "CallTransferAccepted", connection });
    expect([news(), (await shown()).status]).toEqual([[], "connected"]);
  });

  test("a bridge that cannot be told stops no callback", async () => {
    office.broken.add("news");
    expect((await office.reports(callId, { kind: "AddParticipantFailed", connection })).status).toBe(200);
  });
});

test("where the recording lies is kept, whoever started it", async () => {
  await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: "recording-1", state: "active" });
  await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: "recording-2", state: "inactive" });
  expect((await shown()).recording_id).toBe("recording-1");
});

test.each([
  "RecognizeCompleted",
  "RecognizeFailed",
  "ContinuousDtmfRecognitionToneReceived",
  "SendDtmfTonesCompleted",
  "CancelAddParticipantSucceeded",
  "StartRecordingFailed",
  "PlayFailed",
  "TranscriptionStarted",
  "MoveParticipantFailed",
  "SomethingNobodyKnowsYet",
])("%s is passed over aloud", async (kind) => {
  const before = await shown();
  office.done.logged.length = 0;
  expect((await office.reports(callId, { kind, connection })).status).toBe(200);
  expect(await shown()).toEqual(before);
  expect(JSON.stringify(office.done.logged)).toContain(kind);
});

describe("a supervisor", () => {
  const commands = (command: object) => office.request("supervisor", "POST", `/call/${callId}/operator`, command);
  beforeEach(async () => {
    await office.reports(callId, { kind: "CallConnected", connection });
  });

  test("whispers to the assistant, and has it end the call", async () => {
    expect((await commands({ command: "whisper", text: " Offer a discount. " })).status).toBe(202);
    expect((await commands({ command: "end" })).status).toBe(202);
    expect(office.done.told).toEqual([
      { callId, news: { kind: "whisper", text: "Offer a discount." } },
      { callId, news: { kind: "end" } },
    ]);
    expect(JSON.stringify(office.done.logged)).not.toContain("discount");
  });

  test("learns when nobody heard it, and that a call is over", async () => {
    office.broken.add("news");
    expect((await commands({ command: "end" })).status).toBe(503);
    await office.reports(callId, { kind: "CallDisconnected", connection });
    expect((await commands({ command: "end" })).status).toBe(409);
  });
});

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries())
    for (const rest of permutations([...items.slice(0, at), ...items.slice(at + 1)])) yield [item, ...rest];
}
