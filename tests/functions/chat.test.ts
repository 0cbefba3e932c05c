/** Which model answers, whose session it is, and where the dial stands. */
import { beforeEach, describe, expect, test } from "vitest";
import { keepTurn } from "../../runtime/chat/session.ts";
import { type ChatOptions, defaultChatOptions } from "../../runtime/chat-options.ts";
import { DeploymentFailure } from "../../runtime/services/deployment-health.ts";
import { type Office, openOffice } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});

const officeWith = (options: Partial<ChatOptions>) =>
  openOffice({ environment: { CHAT: JSON.stringify({ ...defaultChatOptions, ...options }) } });
const asking = (message: string, more: Record<string, unknown> = {}) =>
  office.request("viewer", "POST", "/api/ModelRouter", { message, ...more });
const asks = async (message: string, more: Record<string, unknown> = {}) =>
  (await (await asking(message, more)).json()) as Record<string, unknown>;
const as = async (id: string) => ({ authorization: `Bearer ${await office.staffToken("viewer", { id })}` });
const turnsOf = async (sessionId: unknown) =>
  ((await (await office.request("viewer", "GET", `/api/chat/sessions/${sessionId}`)).json()) as { turns: object[] }).turns;

const hard = "Explain distributed microservices architecture";

test("the router names the deployment, why, what it saves, and where to open the session, and gives no key away", async () => {
  const answer = await asks("Hello, how are you?");
  const { sessionId, score, expectedCostUsd } = answer as {
    sessionId: string;
    score: number;
    expectedCostUsd: Record<string, number>;
  };
  expect(answer).toMatchObject({ model: "realtime-cheap", choice: "cheap", complexity: score });
  expect(answer.webrtcEndpoint).toBe(`https://app.example/api/realtime/calls?choice=cheap&sessionId=${sessionId}`);
  expect(answer.expectedSaving).toBeCloseTo(1 - expectedCostUsd.cheap! / expectedCostUsd.strong!, 9);
  expect(Object.keys(answer).sort()).toEqual([
    "choice",
    "complexity",
    "confidence",
    "cost",
    "cost_optimization",
    "expectedCostUsd",
    "expectedSaving",
    "model",
    "quality",
    "reasons",
    "score",
    "sessionId",
    "webrtcEndpoint",
  ]);
});

test("a hard message goes to the strong deployment, spoken or typed, and saves nothing", async () => {
  expect(await asks(hard)).toMatchObject({ model: "realtime-strong", choice: "strong", expectedSaving: 0 });
  expect(await asks(hard, { medium: "text" })).toMatchObject({ model: "chat-strong", choice: "strong" });
});

test("one principal's flood is slowed down before it fills the database", async () => {
  const asked = Array.from({ length: 125 }, () => office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello" }));
  const statuses = (await Promise.all(asked)).map((each) => each.status);
  expect(statuses.filter((each) => each === 200)).toHaveLength(120);
  const refused = await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  office.clock.nowMs += 100;
  expect((await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello" })).status).toBe(200);
});

test("a session takes a thousand messages and answers, and the next is told to open another", async () => {
  const { documents, now } = office.services;
  await asks("Hello", { sessionId: "session-1" });
  for (let kept = 1; kept < 999; kept++)
    await keepTurn(documents, "session-1", { itemId: `item_${kept}`, at: now(), persona: "human", content: "Hello" });
  expect((await asking("Hello", { sessionId: "session-1" })).status).toBe(200);
  const refused = await asking("Hello", { sessionId: "session-1" });
  expect([refused.status, await refused.json()]).toEqual([
    409,
    {
      error: {
        message: "This session holds 1000 messages and answers, and takes no more.",
        details: ["Leave sessionId out to open a new session."],
      },
    },
  ]);
  expect((await asking("Hello")).status).toBe(200);
});

test("a deployment that is failing is not chosen while it is", async () => {
  const failing = office.services.health.first([{ deployment: "realtime-strong" }], async () => {
    throw new DeploymentFailure(5_000);
  });
  await expect(failing).rejects.toThrow("No model deployment answers.");
  expect(await asks(hard)).toMatchObject({ model: "realtime-cheap", choice: "cheap" });
  office.clock.nowMs += 5_000;
  expect(await asks(hard)).toMatchObject({ model: "realtime-strong", choice: "strong" });
});

test("what is said is kept with the model chosen for it, and the session's own clients are told", async () => {
  const { sessionId } = await asks("Hello, I am Ada", { itemId: "item_1" });
  expect(await turnsOf(sessionId)).toEqual([
    {
      id: "item_1",
      persona: "human",
      content: "Hello, I am Ada",
      model: "realtime-cheap",
      choice: "cheap",
      at: "2026-11-22T09:00:00.000Z",
    },
  ]);
  expect(office.done.sent).toEqual([
    {
      to: `group ${sessionId}`,
      target: "messageReceived",
      argument: expect.objectContaining({ type: "decision", itemId: "item_1", choice: "cheap", sessionId }),
    },
  ]);
  expect(JSON.stringify([office.done.sent, office.done.logged])).not.toContain("Ada");
});

test("a spoken item that is told twice is kept once and decided alike", async () => {
  const first = await asks(hard, { itemId: "item_1" });
  office.clock.nowMs += 1_000;
  const again = await asks(hard, { itemId: "item_1", sessionId: first.sessionId });
  expect(again).toEqual(first);
  expect(await turnsOf(first.sessionId)).toHaveLength(1);
});

test("a session is its opener's: nobody else routes, talks, reads or ends it, whatever userId a body says", async () => {
  const { sessionId } = await asks("Hello");
  const other = await as("person-2");
  const body = { message: "Hello", sessionId, userId: "person-1" };
  const offer = { ...other, "content-type": "application/sdp" };
  const attempts = await Promise.all([
    office.request(undefined, "POST", "/api/ModelRouter", body, other),
    office.request(undefined, "POST", "/api/chat/turns", body, other),
    office.request(undefined, "POST", `/api/realtime/calls?choice=cheap&sessionId=${sessionId}`, "v=0", offer),
    office.request(undefined, "GET", `/api/chat/sessions/${sessionId}`, undefined, other),
    office.request(undefined, "POST", `/api/chat/sessions/${sessionId}/end`, undefined, other),
  ]);
  expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect(await turnsOf(sessionId)).toHaveLength(1);
  expect(office.done.attached).toEqual([]);
});

test("nobody is let in without a principal", async () => {
  const doors = [
    ["POST", "/api/ModelRouter"],
    ["POST", "/api/chat/turns"],
    ["POST", "/api/realtime/calls"],
    ["POST", "/api/realtime/secrets"],
    ["POST", "/api/realtime/attached"],
    ["GET", "/api/chat/sessions/session-1"],
    ["POST", "/api/chat/sessions/session-1/end"],
    ["GET", "/api/chat/dial"],
  ] as const;
  const answers = await Promise.all(doors.map(([method, path]) => office.request(undefined, method, path)));
  expect(answers.map(({ status }) => status)).toEqual(doors.map(() => 401));
});

describe("the dial", () => {
  test("is shown with its curves, and stands where the customer put it", async () => {
    const dial = (await (await office.request("viewer", "GET", "/api/chat/dial")).json()) as Record<string, unknown>;
    expect(dial).toMatchObject({ free: true, at: defaultChatOptions.dial });
    for (const curve of Object.values(dial.curves as Record<string, unknown[]>)) expect(curve.length).toBeGreaterThan(1);
  });

  test("is turned for a session, which remembers it, and for no other", async () => {
    const { sessionId, cost, choice } = await asks(hard, { dial: { spend_at_most: 0 } });
    expect(choice).toBe("cheap");
    expect(await asks(hard, { sessionId })).toMatchObject({ choice: "cheap", cost });
    const strong = await asks("Hello", { sessionId, dial: { keep_at_least: 1 } });
    expect(strong).toMatchObject({ choice: "strong", quality: 1 });
    expect(await asks("Hello", { sessionId })).toMatchObject({ choice: "strong", quality: 1 });
    expect((await asks("Hello")).choice).toBe("cheap");
  });

  test("that the customer settles is not turned", async () => {
    office = await officeWith({ dial_free: false });
    const answer = await asking(hard, { dial: { spend_at_most: 0 } });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: { message: "The dial is not yours to turn here.", details: [expect.stringContaining("Leave dial out")] } },
    ]);
  });

  test("of a customer who says what may be spent is not turned above that", async () => {
    office = await officeWith({ dial: { spend_at_most: 0.5 } });
    const settled = (await asks("Hello")).cost as number;
    expect((await asks("Hello", { dial: { keep_at_least: 1 } })).cost).toBe(settled);
    expect((await asks("Hello", { dial: { spend_at_most: 1 } })).cost).toBe(settled);
    expect((await asks("Hello", { dial: { spend_at_most: 0.35 } })).cost).toBeLessThan(settled);
  });
});
