import { beforeEach, describe, expect, test } from "vitest";
import { type Office, openOffice } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});

const asks = async (message: string, more: Record<string, unknown> = {}) =>
  (await (await office.request("viewer", "POST", "/api/ModelRouter", { message, ...more })).json()) as Record<string, unknown>;
const as = async (id: string) => ({ authorization: `Bearer ${await office.staffToken("viewer", { id })}` });

test("the router names the deployment, why, and where to open the session, and gives no key away", async () => {
  const answer = await asks("Hello, how are you?");
  expect(answer).toMatchObject({
    model: "realtime-cheap",
    choice: "cheap",
    complexity: answer.score,
    webrtcEndpoint: expect.stringContaining("https://app.example/api/realtime/calls?choice=cheap"),
  });
  expect(Object.keys(answer).sort()).toEqual([
    "choice",
    "complexity",
    "confidence",
    "cost_optimization",
    "expectedSaving",
    "model",
    "reasons",
    "score",
    "sessionId",
    "webrtcEndpoint",
  ]);
});

test("what was asked before makes a follow-up as hard as what it follows", async () => {
  const first = await asks("Explain distributed microservices architecture and compare it with a distributed monolith");
  const followUp = await asks("And the second one?", { sessionId: first.sessionId });
  expect([first.choice, followUp.choice]).toEqual(["strong", "strong"]);
  expect((await asks("And the second one?")).choice).toBe("cheap");
});

test("a session is its opener's: nobody else routes, listens or speaks in it, whatever userId a body says", async () => {
  const { sessionId } = await asks("Hello");
  const other = await as("person-2");
  const body = { message: "Hello", sessionId, userId: "person-1" };
  expect((await office.request(undefined, "POST", "/api/ModelRouter", body, other)).status).toBe(403);
  expect((await office.request(undefined, "POST", "/api/SignalRMessages", body, other)).status).toBe(403);
  const offer = await office.request(undefined, "POST", `/api/realtime/calls?choice=cheap&sessionId=${sessionId}`, "v=0", {
    ...other,
    "content-type": "application/sdp",
  });
  expect(offer.status).toBe(403);
  expect(office.done.sent).toEqual([]);
});

test("SignalR lets a browser in as the person of the token", async () => {
  const response = await office.request("viewer", "POST", "/api/SignalRInfo", { userId: "person-2" });
  expect(await response.json()).toEqual({ url: "https://signalr.example/client/?hub=chathub", accessToken: "for person-1" });
});

test("a message goes to the session's group or to oneself, never to all", async () => {
  const { sessionId } = await asks("Hello");
  await office.request("viewer", "POST", "/api/SignalRMessages", { message: "Hi", sessionId, model: "realtime-cheap" });
  await office.request("viewer", "POST", "/api/SignalRMessages", { message: "Hi", userId: "person-2" });
  expect(office.done.sent.map((each) => each.to)).toEqual([`group ${sessionId}`, "user person-1"]);
});

test("a browser's offer is answered by the chosen deployment, and the bridge watches over the session", async () => {
  const { sessionId } = await asks("Hello");
  const response = await office.request("viewer", "POST", `/api/realtime/calls?choice=strong&sessionId=${sessionId}`, "v=0\r\n", {
    "content-type": "application/sdp",
  });
  expect(response.status).toBe(201);
  expect(response.headers.get("content-type")).toBe("application/sdp");
  expect(await response.text()).toContain("realtime-strong");
  expect(office.done.attached).toEqual([{ callId: "rtc_1", sessionId, deployment: "realtime-strong" }]);
});

test.each([
  ["models", 502],
  ["sideband", 503],
] as const)("without its %s no session is handed out", async (service, status) => {
  const { sessionId } = await asks("Hello");
  office.broken.add(service);
  const response = await office.request("viewer", "POST", `/api/realtime/calls?choice=cheap&sessionId=${sessionId}`, "v=0", {
    "content-type": "application/sdp",
  });
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain("v=0");
});

describe("the list of sessions", () => {
  const listed = async (path = "/chat/sessions") =>
    (await (await office.request("viewer", "GET", path)).json()) as Record<string, unknown>[];
  const usage = { input_token_details: { text_tokens: 1_000 }, output_token_details: { audio_tokens: 10_000 } };

  test("tells when, which model, how many turns and at what cost, newest first, and never who or a word of it", async () => {
    const { sessionId } = await asks("Hello, I am Ada");
    office.clock.nowMs += 60_000;
    const { sessionId: newer } = await asks("Explain distributed microservices architecture");
    await asks("And compare the protocols, Ada said", { sessionId: newer });
    const metered = {
      id: "usage:resp_1",
      sessionId: newer,
      at: "2026-11-22T09:02:00.000Z",
      deployment: "realtime-strong",
      usage,
    };
    await office.services.documents.create("chats", String(newer), metered);
    expect(await listed()).toEqual([
      {
        session_id: newer,
        created_at: "2026-11-22T09:01:00.000Z",
        last_at: "2026-11-22T09:02:00.000Z",
        model: "realtime-strong",
        turns: 2,
        answers: 1,
        cost_usd: 0.644,
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
