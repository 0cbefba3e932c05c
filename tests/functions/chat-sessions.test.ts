/** A session told to its own person, ended by them, and listed for staff. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { callId } from "../../runtime/chat/record.ts";
import { keepTurn, keepUsage } from "../../runtime/chat/session.ts";
import { type Office, openOffice } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});

const asks = async (message: string, more: Record<string, unknown> = {}) =>
  (await (await office.request("viewer", "POST", "/api/ModelRouter", { message, ...more })).json()) as Record<string, unknown>;
const tells = async (path: string) =>
  (await (await office.request("viewer", "GET", `/api/chat/sessions/${path}`)).json()) as Record<string, unknown>;

const session = "session-1";
const spoken = { deployment: "realtime-cheap", choice: "cheap" } as const;
/** Ten thousand tokens of the cheap model's voice: $0.20, and $0.64 with the strong one. */
const uses = (of: string, sessionId = session) =>
  keepUsage(office.services.documents, sessionId, {
    ...spoken,
    of,
    at: office.services.now(),
    kind: "voice",
    usage: { output_token_details: { audio_tokens: 10_000 } },
  });
const answers = (itemId: string, content: string) =>
  keepTurn(office.services.documents, session, { ...spoken, itemId, at: office.services.now(), persona: "assistant", content });

test("a session tells its person what was said by whom, what it cost and saved, and what is left", async () => {
  await asks("Hello", { sessionId: session, itemId: "item_1" });
  office.clock.nowMs += 1_000;
  await uses("resp_1");
  await answers("item_2", "How can I help you?");
  expect(await tells(session)).toEqual({
    sessionId: session,
    turns: [
      expect.objectContaining({ id: "item_1", persona: "human", content: "Hello" }),
      {
        id: "item_2",
        persona: "assistant",
        content: "How can I help you?",
        model: "realtime-cheap",
        choice: "cheap",
        at: "2026-11-22T09:00:01.000Z",
      },
    ],
    answers: 1,
    costUsd: 0.2,
    strongCostUsd: 0.64,
    savedUsd: 0.44,
    budgetLeftUsd: 1.8,
    settled: true,
  });
});

test("nothing is told of a session that there is none of", async () => {
  expect((await office.request("viewer", "GET", "/api/chat/sessions/session-9")).status).toBe(404);
  expect((await office.request("viewer", "POST", "/api/chat/sessions/session-9/end")).status).toBe(404);
});

describe("asked after an answer", () => {
  const pausesMs: number[] = [];
  /** What happens in a pause, by how many there were before. */
  let meanwhile: Record<number, () => Promise<unknown>>;
  beforeEach(async () => {
    pausesMs.length = 0;
    meanwhile = {};
    const pause = async (delayMs: number) => {
      office.clock.nowMs += delayMs;
      await meanwhile[pausesMs.length]?.();
      pausesMs.push(delayMs);
    };
    office = await openOffice({ services: { pause } });
    await asks("Hello", { sessionId: session });
  });
  const kept = async () => {
    await uses("resp_1");
    await answers("item_2", "How can I help you?");
  };

  test("it waits until the bridge has kept what that used", async () => {
    meanwhile[2] = kept;
    expect(await tells(`${session}?after=item_2`)).toMatchObject({ settled: true, costUsd: 0.2, answers: 1 });
    expect(pausesMs).toEqual([200, 400, 800]);
  });

  test("it answers at once when that is kept already, by the item or by the answer", async () => {
    await kept();
    for (const after of ["item_2", "resp_1"]) expect(await tells(`${session}?after=${after}`)).toMatchObject({ settled: true });
    expect(pausesMs).toEqual([]);
  });

  test("it waits five seconds at most, and says that something is still to come", async () => {
    expect(await tells(`${session}?after=item_2`)).toMatchObject({ settled: false, costUsd: 0 });
    expect(pausesMs).toEqual([200, 400, 800, 1_000, 1_000, 1_000, 600]);
  });
});

function keepConnection(id: string, more: Record<string, unknown> = {}): Promise<boolean> {
  const at = office.services.now().toISOString();
  return office.services.documents.create("chats", session, {
    id: callId(id),
    sessionId: session,
    at,
    ...spoken,
    watched_until: at,
    ...more,
  });
}

describe("its end", () => {
  const ends = () => office.request("viewer", "POST", `/api/chat/sessions/${session}/end`);
  beforeEach(() => asks("Hello", { sessionId: session }));

  test("hangs up the calls that are live, and takes its person out of the session's group", async () => {
    await keepConnection("rtc_1", { ended_at: "2026-11-22T08:59:00.000Z", ended_by: "escalation" });
    await keepConnection("rtc_2");
    expect((await ends()).status).toBe(204);
    expect(office.done.ended).toEqual([{ callId: "rtc_2", by: "person" }]);
    expect(office.done.memberships).toEqual([`person-1 leaves ${session}`]);
  });

  test("comes without the bridge too", async () => {
    await keepConnection("rtc_2");
    office.broken.add("sideband");
    expect((await ends()).status).toBe(204);
    expect(office.done.hungUp).toEqual(["rtc_2"]);
  });

  test("is not claimed when a call could not be hung up", async () => {
    await keepConnection("rtc_2");
    office.broken.add("sideband");
    vi.spyOn(office.services.realtimeCalls, "hangUp").mockRejectedValue(new Error("service is down"));
    expect((await ends()).status).toBe(503);
  });
});

test("why a session ended is told once all its connections are over: one that came to nothing leaves the one before it", async () => {
  await asks("Hello", { sessionId: session });
  await keepConnection("rtc_1");
  office.clock.nowMs += 1_000;
  await keepConnection("rtc_2", { ended_at: "2026-11-22T09:00:02.000Z", ended_by: "service" });
  const listed = async () => (await (await office.request("viewer", "GET", "/chat/sessions")).json()) as object[];
  expect([await tells(session), ...(await listed())].map((each) => JSON.stringify(each)).join()).not.toMatch(/ended/i);
  await office.services.documents.remove("chats", session, callId("rtc_1"));
  expect(await tells(session)).toMatchObject({ endedBy: "service" });
  expect(await listed()).toMatchObject([{ ended_by: "service" }]);
});

describe("the list of sessions", () => {
  const listed = async (path = "/chat/sessions") =>
    (await (await office.request("viewer", "GET", path)).json()) as Record<string, unknown>[];

  test("tells when, which model, how many turns and at what cost, newest first, and never who or a word of it", async () => {
    const { sessionId } = await asks("Hello, I am Ada");
    office.clock.nowMs += 60_000;
    const { sessionId: newer } = await asks("Hello");
    await asks("Good morning, Ada said", { sessionId: newer });
    office.clock.nowMs += 60_000;
    await uses("resp_1", String(newer));
    expect(await listed()).toEqual([
      {
        session_id: newer,
        created_at: "2026-11-22T09:01:00.000Z",
        last_at: "2026-11-22T09:02:00.000Z",
        model: "realtime-cheap",
        turns: 2,
        answers: 1,
        cost_usd: 0.2,
        saved_usd: 0.44,
      },
      {
        session_id: sessionId,
        created_at: "2026-11-22T09:00:00.000Z",
        last_at: "2026-11-22T09:00:00.000Z",
        model: "realtime-cheap",
        turns: 1,
      },
    ]);
    expect(JSON.stringify(await listed())).not.toMatch(/Ada|person-1/);
  });

  test("goes back over the months, as far as it is asked to", async () => {
    const { sessionId: older } = await asks("Hello");
    office.clock.nowMs += 40 * 86_400_000;
    const { sessionId: newer } = await asks("Hello");
    expect((await listed()).map((each) => each.session_id)).toEqual([newer, older]);
    expect((await listed("/chat/sessions?limit=1")).map((each) => each.session_id)).toEqual([newer]);
  });

  test("is for staff, and says what a limit must be", async () => {
    expect((await office.request("caretaker", "GET", "/chat/sessions")).status).toBe(403);
    expect((await office.request("viewer", "GET", "/chat/sessions?limit=1000")).status).toBe(422);
  });
});
