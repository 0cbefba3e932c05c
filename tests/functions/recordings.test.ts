/** Callers who want no recording any more, in the office: it ends, is deleted or kept, and the report says so. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { finishWithdrawals, withdrawRecording } from "../../runtime/calls/recording-withdrawal.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

let office: Office;
let callId: string;
const connection = "connection-1";
const recording = "recording-of-connection-1";
const hourMs = 3_600_000;

beforeEach(async () => {
  office = await openOffice();
  office.setFlags({ recording_enabled: true });
});

/** A call that is recorded, by an agent that does so with what callers withdraw. */
async function recorded(recording_withdrawn: "delete" | "keep" = "delete"): Promise<void> {
  const body = { ...documentedBody, recording_consent: "none", recording_withdrawn };
  callId = ((await (await office.request("supervisor", "POST", "/call", body)).json()) as CallView).call_id;
  await office.reports(callId, { kind: "CallConnected", connection });
  expect(office.done.recorded).toEqual([connection]);
}

const stops = (role = "supervisor") => office.request(role, "POST", `/call/${callId}/operator`, { command: "stop_recording" });
const ends = () => office.reports(callId, { kind: "CallDisconnected", connection });
const shown = async () => (await (await office.request("viewer", "GET", `/call/${callId}`)).json()) as CallView;
const listensTo = (id = callId) => office.request("viewer", "GET", `/report/${id}/recording`);
const report = async () => (await office.request("viewer", "GET", `/report/${callId}`)).text();
const sweeps = (afterMs = 60_000) => {
  office.clock.nowMs += afterMs;
  return finishWithdrawals(office.services);
};

test("a supervisor ends a recording: the record keeps when and by whom, and nobody listens to it any more", async () => {
  await recorded();
  office.files.set(recording, "RIFF");
  expect((await listensTo()).status).toBe(200);
  const answer = await stops();
  expect(answer.status).toBe(200);
  const withdrawn = { at: "2026-11-22T09:00:00.000Z", by: "supervisor", recording: "to be deleted" };
  expect(await answer.json()).toMatchObject({ recording_withdrawn: withdrawn, recording_id: recording });
  expect(office.done.stopped).toEqual([recording]);
  const refused = await listensTo();
  expect(refused.status).toBe(404);
  expect(await refused.text()).toContain("Its caller wanted none: it is deleted.");
  expect(await report()).toMatch(/Recording ended.*by the supervisor.*what was recorded before is being deleted/s);
  expect(await report()).not.toContain("<audio");
});

test("what was recorded is deleted once its file has come, be it hours after the call", async () => {
  await recorded();
  await stops();
  await ends();
  await sweeps();
  expect((await shown()).recording_withdrawn?.recording).toBe("to be deleted");
  office.files.set(recording, "RIFF");
  await sweeps(3 * hourMs);
  expect(office.files.size).toBe(0);
  expect((await shown()).recording_withdrawn?.recording).toBe("deleted");
  expect(await report()).toContain("what was recorded before is deleted");
});

test("a file that comes after the first is deleted too, and then the call is let go of", async () => {
  await recorded();
  await stops();
  await ends();
  for (const _ of ["first", "second"]) {
    office.files.set(recording, "RIFF");
    await sweeps();
    expect(office.files.size).toBe(0);
  }
  await sweeps(hourMs);
  office.files.set(recording, "another call's");
  await sweeps();
  expect(office.files.size).toBe(1);
});

test("a file that never comes is looked for two days, and missed aloud", async () => {
  await recorded();
  await stops();
  await ends();
  await sweeps(47 * hourMs);
  expect(JSON.stringify(office.done.logged)).not.toContain("was not found");
  await sweeps(2 * hourMs);
  expect(JSON.stringify(office.done.logged)).toContain("was not found");
});

test("an agent that must keep what was recorded keeps it, and staff may listen to it", async () => {
  await recorded("keep");
  await stops();
  await ends();
  office.files.set(recording, "RIFF");
  await sweeps(3 * hourMs);
  expect((await shown()).recording_withdrawn?.recording).toBe("kept");
  expect(await (await listensTo()).text()).toBe("RIFF");
  for (const words of ["<audio", "what was recorded before is kept"]) expect(await report()).toContain(words);
});

test("a recording that the service does not end is ended by the next sweep, and the record does not say so before", async () => {
  await recorded();
  office.broken.add("automation");
  const answer = await stops();
  expect(answer.status).toBe(503);
  expect((await shown()).recording_withdrawn).toMatchObject({ by: "supervisor", recording: "being stopped" });
  await sweeps();
  expect((await shown()).recording_withdrawn?.recording).toBe("being stopped");
  expect((await stops()).status).toBe(503);
  office.broken.delete("automation");
  await sweeps();
  expect(office.done.stopped).toEqual([recording]);
  expect((await shown()).recording_withdrawn?.recording).toBe("to be deleted");
});

test("one whose caller withdrew before the service said which recording it is, is ended when it says so", async () => {
  await recorded();
  await office.services.store.change(callId, ({ recording_id: _, ...record }) => record);
  await stops();
  await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: recording });
  await sweeps();
  expect(office.done.stopped).toEqual([recording]);
});

test("a caller who withdraws in a second claim withdraws the one recording of both", async () => {
  await recorded();
  office.files.set(recording, "RIFF");
  const first = (await office.services.store.get(callId))!;
  const { messages: _, ...record } = first;
  const second = { ...record, call_id: "0d6a3c4e-7a3e-4d0e-9b51-0d2f3c1b2a10" };
  await office.services.store.create(second);
  await office.services.store.change(callId, (each) => ({ ...each, status: "ended", continued_as: second.call_id }));
  await withdrawRecording(office.services, second.call_id, "caller");
  expect((await listensTo()).status).toBe(404);
  expect(await report()).toContain("by the caller");
});

test("a claim begun after the caller withdrew says what became of the one recording of both", async () => {
  await recorded();
  await stops();
  const { messages: _, ...first } = (await office.services.store.get(callId))!;
  const second = { ...first, call_id: "0d6a3c4e-7a3e-4d0e-9b51-0d2f3c1b2a11" };
  await office.services.store.create(second);
  await office.services.store.change(callId, (each) => ({ ...each, status: "ended", continued_as: second.call_id }));
  expect(second.recording_withdrawn?.recording).toBe("to be deleted");
  office.files.set(recording, "RIFF");
  await sweeps();
  const kept = (await office.services.store.get(second.call_id))?.recording_withdrawn;
  expect(kept).toEqual({ ...second.recording_withdrawn, recording: "deleted" });
});

test("a sweep that comes while a recording is being withdrawn leaves it to the next one", async () => {
  await recorded();
  const { store } = office.services;
  const sweptBefore: typeof store.change = async (...asked) => {
    await sweeps(0);
    return store.change(...asked);
  };
  await withdrawRecording({ ...office.services, store: { ...store, change: sweptBefore } }, callId, "caller");
  office.files.set(recording, "RIFF");
  await sweeps();
  expect(office.files.size).toBe(0);
});

test("one sweep has a turn for every recording that is withdrawn, however many there are", async () => {
  await recorded();
  const { messages: _, ...record } = (await office.services.store.get(callId))!;
  for (let at = 0; at < 120; at++) {
    const own = { ...record, call_id: crypto.randomUUID(), recording_id: `recording-${at}` };
    await office.services.store.create(own);
    await withdrawRecording(office.services, own.call_id, "caller");
    office.files.set(own.recording_id, "RIFF");
  }
  await sweeps();
  expect(office.files.size).toBe(0);
});

test("a call that is not recorded has none to end, and a viewer may not end one", async () => {
  await recorded();
  expect((await stops("viewer")).status).toBe(403);
  await ends();
  const answer = await stops();
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain("This call is not recorded.");
  expect(office.done.stopped).toEqual([]);
});

test("asked again, a supervisor is shown what became of it, and the service is not asked again", async () => {
  await recorded();
  await stops();
  expect((await stops()).status).toBe(200);
  expect(office.done.stopped).toEqual([recording]);
});

describe("a recording whose start is not answered", () => {
  const recordingOf = async () => (await shown()).recording_withdrawn?.recording;

  /** A connected call whose recording the service was asked for, which failed so. */
  async function asked(error: Error): Promise<void> {
    vi.spyOn(office.services.automation, "startRecording").mockRejectedValue(error);
    const body = { ...documentedBody, recording_consent: "none" };
    callId = ((await (await office.request("supervisor", "POST", "/call", body)).json()) as CallView).call_id;
    await office.reports(callId, { kind: "CallConnected", connection });
  }
  const unanswered = new Error("no answer");

  test("is not said to have ended or been deleted before the service says which it is, and then both are done", async () => {
    await asked(unanswered);
    expect((await stops()).status).toBe(503);
    await sweeps();
    expect(await recordingOf()).toBe("being stopped");
    expect((await listensTo()).status).toBe(404);
    await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: recording, state: "active" });
    await sweeps();
    expect(office.done.stopped).toEqual([recording]);
    office.files.set(recording, "RIFF");
    await sweeps();
    expect([office.files.size, await recordingOf()]).toEqual([0, "deleted"]);
  });

  test("is said not to be confirmed once nothing is heard of it an hour after the call, and is deleted if it is later", async () => {
    await asked(unanswered);
    await stops();
    await sweeps(3 * hourMs);
    expect(await recordingOf()).toBe("being stopped");
    await ends();
    await sweeps();
    await sweeps(hourMs);
    expect(await recordingOf()).toBe("being stopped");
    await sweeps(hourMs);
    expect(await recordingOf()).toBe("unconfirmed");
    expect(await report()).toContain("it could not be confirmed");
    expect(await report()).not.toContain("<audio");
    expect(JSON.stringify(office.done.logged)).toContain("it is not known whether a call was recorded");
    office.files.set(recording, "RIFF");
    await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: recording, state: "inactive" });
    expect((await listensTo()).status).toBe(404);
    await sweeps();
    expect([office.files.size, await recordingOf()]).toEqual([0, "deleted"]);
  });

  test("is listened to once the service says which it is, when nobody withdraws", async () => {
    await asked(unanswered);
    await office.reports(callId, { kind: "RecordingStateChanged", connection, recordingId: recording, state: "active" });
    office.files.set(recording, "RIFF");
    expect(await (await listensTo()).text()).toBe("RIFF");
    expect(await shown()).not.toHaveProperty("recording_asked");
  });

  test("but refused leaves nothing to delete, and the record says so", async () => {
    await asked(Object.assign(new Error("forbidden"), { statusCode: 403 }));
    expect((await stops()).status).toBe(200);
    expect(await recordingOf()).toBe("none");
    expect(await report()).toContain("nothing was recorded before");
  });

  test("but is reported to have failed leaves nothing to delete either", async () => {
    await asked(unanswered);
    await stops();
    await office.reports(callId, { kind: "StartRecordingFailed", connection });
    await sweeps();
    expect(await recordingOf()).toBe("none");
  });

  test("until the caller has begun another claim and withdrawn in that one, is ended all the same", async () => {
    const { store, automation } = office.services;
    const second = "0d6a3c4e-7a3e-4d0e-9b51-0d2f3c1b2a12";
    const start = automation.startRecording;
    vi.spyOn(automation, "startRecording").mockImplementation(async (on) => {
      const id = await start(on);
      const { messages: _, ...first } = (await store.get(callId))!;
      await store.create({ ...first, call_id: second });
      await store.change(callId, (each) => ({ ...each, status: "ended", continued_as: second }));
      await expect(withdrawRecording(office.services, second, "caller")).rejects.toThrow("has not said which recording");
      return id;
    });
    await recorded();
    expect(office.done.stopped).toEqual([recording]);
    expect(await store.get(second)).toMatchObject({
      recording_id: recording,
      recording_withdrawn: { recording: "to be deleted" },
    });
    expect((await listensTo()).status).toBe(404);
  });
});

test("the container is looked at after pauses that grow to an hour", async () => {
  await recorded();
  await stops();
  await ends();
  const startedMs = office.clock.nowMs;
  const looks: number[] = [];
  vi.spyOn(office.services.recordings, "remove").mockImplementation(async () => {
    looks.push((office.clock.nowMs - startedMs) / 60_000);
    return false;
  });
  for (let minute = 0; minute < 200; minute++) await sweeps();
  expect(looks).toEqual([1, 2, 4, 8, 16, 32, 64, 124, 184]);
});

test("files are waited for from the end of the recording on, however long the service took to end it", async () => {
  await recorded();
  office.broken.add("automation");
  await stops();
  await sweeps(2 * hourMs);
  office.broken.delete("automation");
  await ends();
  for (const _ of ["first", "second"]) {
    office.files.set(recording, "RIFF");
    await sweeps();
    expect(office.files.size).toBe(0);
  }
});
