import { beforeEach, describe, expect, test } from "vitest";
import type { CallView } from "../../runtime/calls/view.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

const connection = "connection-1";
const nonce = "0".repeat(64);
let office: Office;
let callId: string;

/** A conversation whose media socket has been there. */
beforeEach(async () => {
  office = await openOffice();
  const response = await office.request("supervisor", "POST", "/call", documentedBody);
  callId = ((await response.json()) as CallView).call_id;
  await office.reports(callId, { kind: "CallConnected", connection }, { kind: "MediaStreamingStarted", connection });
  await office.services.store.change(callId, ({ media_nonce_sha256: _, ...record }) => ({
    ...record,
    media_used: { nonce_sha256: nonce, token_sha256: "1".repeat(64) },
  }));
});

const record = async () => (await office.services.store.get(callId))!;
const loses = (kind = "MediaStreamingFailed", more: object = {}) => office.reports(callId, { kind, connection, ...more });
const started = () => office.reports(callId, { kind: "MediaStreamingStarted", connection });
/** The socket comes, and uses its nonce up. */
const opens = () => office.services.store.change(callId, ({ media_nonce_sha256: _, ...each }) => ({ ...each }));

describe("a call whose sound is lost", () => {
  test.each(["MediaStreamingFailed", "MediaStreamingStopped"])(
    "by %s is spoken to at once, and its address opens once more",
    async (kind) => {
      await loses(kind);
      expect(office.done.played).toEqual([
        {
          connection,
          text: "Un instant s'il vous plaît, je regarde.",
          context: "line",
          language: "fr-FR",
          voice: "fr-FR-VivienneMultilingualNeural",
        },
      ]);
      expect(office.done.reopened).toEqual([connection]);
      expect(await record()).toMatchObject({ media_nonce_sha256: nonce, media_restarts: 1, status: "connected" });
      expect([office.done.hungUp, office.done.pausesMs]).toEqual([[], []]);
    },
  );

  test("is mended once for one loss, however often and by how many instances it is heard of", async () => {
    const report = { id: "loss-1" };
    const hearing = Array.from({ length: 3 }, () => loses("MediaStreamingFailed", report));
    const answers = [...(await Promise.all(hearing)), await loses("MediaStreamingFailed", report)];
    expect(answers.map((each) => each.status)).toEqual([200, 200, 200, 200]);
    expect(office.done.reopened).toHaveLength(1);
    expect((await record()).media_restarts).toBe(1);
  });

  test("is mended by one alone, also while that one waits after a refusal", async () => {
    office.closed.add(connection);
    const { pause } = office.services;
    Object.assign(office.services, {
      pause: async (delayMs: number) => {
        await pause(delayMs);
        expect((await loses("MediaStreamingStopped")).status).toBe(200);
      },
    });
    await loses();
    expect(office.done.reopened).toHaveLength(6);
    expect(office.done.pausesMs).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 2_000]);
  });

  test("is left alone when the report is of another connection, or the call has ended, or the network knows it no more", async () => {
    expect((await office.reports(callId, { kind: "MediaStreamingFailed", connection: "somebody-else" })).status).toBe(404);
    office.gone.add(connection);
    await loses();
    office.gone.clear();
    await office.reports(callId, { kind: "CallDisconnected", connection });
    await loses();
    expect([office.done.played, office.done.reopened]).toEqual([[], []]);
    expect((await record()).media_nonce_sha256).toBeUndefined();
  });

  test("waits longer from attempt to attempt, and starts anew once the sound has flowed again", async () => {
    for (let attempt = 0; attempt < 4; attempt++) {
      await loses();
      await opens();
    }
    expect(office.done.pausesMs).toEqual([1_000, 2_000, 4_000]);
    await started();
    await loses();
    expect(office.done.pausesMs).toEqual([1_000, 2_000, 4_000]);
    expect(office.done.reopened).toHaveLength(5);
    expect((await record()).media_restarts).toBe(5);
  });

  test("while its caller talks with a person who took it is mended without a word, and left to the two when it cannot be", async () => {
    const to = "+33100000000";
    await office.services.store.change(callId, (each) => ({ ...each, handover: { to, state: "taken" } }));
    await loses();
    expect([office.done.played, office.done.reopened]).toEqual([[], [connection]]);
    for (let again = 0; again < 6; again++) await loses();
    expect([office.done.played, office.done.hungUp, (await record()).status]).toEqual([[], [], "connected"]);
  });

  test("is spoken to again only after a long wait", async () => {
    for (let attempt = 0; attempt < 4; attempt++) await loses();
    expect(office.done.played).toHaveLength(2);
  });

  test("is mended also when the service cannot speak to the caller", async () => {
    office.broken.add("voice");
    await loses();
    expect(office.done.reopened).toEqual([connection]);
  });

  test("is not given up when the service refuses because it flows already", async () => {
    await loses();
    office.closed.add(connection);
    const { pause } = office.services;
    Object.assign(office.services, {
      pause: async (delayMs: number) => {
        await pause(delayMs);
        await started();
      },
    });
    await loses();
    expect([office.done.pausesMs, office.done.hungUp]).toEqual([[1_000, 2_000], []]);
    expect((await record()).status).toBe("connected");
  });

  test("is not given up when neither the answer that it is opened again nor the report of that came, and it flows", async () => {
    Object.assign(office.services.automation, {
      startMediaStreaming: async (id: string) => {
        office.done.reopened.push(id);
        if (office.streaming.has(id)) throw Object.assign(new Error("Media streaming is already active."), { statusCode: 400 });
        office.streaming.add(id);
        throw new Error("The connection was reset.");
      },
    });
    await loses();
    expect([office.done.reopened.length, office.done.played.length, office.done.hungUp]).toEqual([1, 1, []]);
    // The next loss is one like any other.
    office.streaming.clear();
    await loses();
    expect(office.done.reopened).toHaveLength(2);
  });

  test("is not given up when its last opening came about at the last moment, and nobody said so", async () => {
    office.closed.add(connection);
    const { pause } = office.services;
    Object.assign(office.services, {
      pause: async (delayMs: number) => {
        await pause(delayMs);
        if (office.done.reopened.length === 6) office.streaming.add(connection);
      },
    });
    await loses();
    expect([office.done.reopened.length, office.done.hungUp, (await record()).status]).toEqual([6, [], "connected"]);
    expect(office.done.played.map((each) => each.context)).not.toContain("goodbye");
  });

  test("is not lost again by its report, delivered again once it flows", async () => {
    const report = { id: "loss-1" };
    await loses("MediaStreamingFailed", report);
    await started();
    await loses("MediaStreamingFailed", report);
    expect([office.done.reopened, office.done.played.length]).toEqual([[connection], 1]);
  });

  test("stays in the hands of whoever mends it when an opening before it is reported late", async () => {
    const report = { id: "loss-1" };
    Object.assign(office.services.automation, {
      play: async () => {
        await started();
        expect((await loses("MediaStreamingFailed", report)).status).toBe(200);
      },
    });
    await loses("MediaStreamingFailed", report);
    expect(office.done.reopened).toEqual([connection]);
  });

  test("goes on under the new claim its caller has started on the same line", async () => {
    const { messages: _, ...first } = await record();
    const later = "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10";
    office.clock.nowMs += 1_000;
    const created_at = office.services.now().toISOString();
    await office.services.store.create({ ...first, call_id: later, created_at });
    await office.services.store.change(callId, (each) => ({
      ...each,
      status: "ended",
      ended_reason: "completed",
      continued_as: later,
    }));
    await loses();
    expect(office.done.reopened).toEqual([connection]);
    expect((await record()).media_nonce_sha256).toBe(nonce);
  });
});

describe("a sound that does not come back", () => {
  const givesUp = async (): Promise<void> => {
    office.closed.add(connection);
    await loses();
  };

  test("is asked for six times, then the caller hears so, and the call ends with a reminder", async () => {
    await givesUp();
    expect(office.done.reopened).toHaveLength(6);
    expect(office.done.pausesMs).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 2_000]);
    expect(office.done.played.at(-1)).toMatchObject({
      text: "Je suis désolée, personne n'est disponible pour le moment. Merci d'avoir appelé Contoso. Au revoir !",
      context: "goodbye",
    });
    expect([(await record()).status, office.done.hungUp]).toEqual(["connected", []]);

    await office.reports(callId, { kind: "PlayCompleted", connection, operationContext: "line" });
    expect(office.done.hungUp).toEqual([]);
    await office.reports(callId, { kind: "PlayCompleted", connection, operationContext: "goodbye" });
    await office.reports(callId, { kind: "CallDisconnected", connection });
    expect(office.done.hungUp).toEqual([connection]);
    expect(await record()).toMatchObject({
      status: "ended",
      ended_reason: "failed",
      reminders: [{ title: "Call the customer back" }],
    });
    expect(office.done.queued).toEqual([callId]);
  });

  test("is the same by six reports in a row as by six refusals", async () => {
    for (let attempt = 0; attempt < 7; attempt++) await loses();
    expect(office.done.reopened).toHaveLength(6);
    expect(office.done.played.at(-1)?.context).toBe("goodbye");
    await loses();
    await started();
    await loses();
    expect(office.done.reopened).toHaveLength(6);
  });

  test.each(["PlayFailed", "PlayCanceled"])("ends the call also when %s is all that became of the goodbye", async (kind) => {
    await givesUp();
    await office.reports(callId, { kind, connection, operationContext: "goodbye" });
    expect([office.done.hungUp, (await record()).ended_reason]).toEqual([[connection], "failed"]);
  });

  test("ends the call at once when the service cannot speak at all", async () => {
    office.broken.add("voice");
    await givesUp();
    expect([office.done.hungUp, (await record()).ended_reason]).toEqual([[connection], "failed"]);
  });
});
