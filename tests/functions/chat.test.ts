/** Which model answers, whose session it is, and where the dial stands. */
import { beforeEach, describe, expect, test } from "vitest";
import { enter } from "../../runtime/chat/account.ts";
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
const problem = async (response: Response) =>
  ((await response.json()) as { error: { code?: string; message: string; details: string[] } }).error;
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

test.each([
  ["routing", "POST", "/api/ModelRouter", { message: "Hello" }],
  ["looking", "GET", "/api/chat/sessions/session-1", undefined],
  ["ending", "POST", "/api/chat/sessions/session-1/end", {}],
  ["negotiating", "POST", "/api/SignalRInfo", {}],
  ["messaging", "POST", "/api/SignalRMessages", { message: "Hello", sessionId: "session-1" }],
] as const)("one principal's flood of %s is slowed down before it fills the database", async (_, method, path, body) => {
  const refusedOf = async (count: number) => {
    const asked = Array.from({ length: count }, () => office.request("viewer", method, path, body));
    return (await Promise.all(asked)).filter(({ status }) => status === 429);
  };
  expect(await refusedOf(120)).toEqual([]);
  const [refused] = await refusedOf(1);
  expect([refused?.headers.get("retry-after"), (await problem(refused!)).code]).toEqual(["1", "too-fast"]);
  const other = await office.request(undefined, method, path, body, await as("person-2"));
  expect(other.status).not.toBe(429);
  office.clock.nowMs += 100;
  expect(await refusedOf(1)).toEqual([]);
});

describe("a session of a thousand messages and answers", () => {
  const fill = async (kept: number) => {
    const { documents, now } = office.services;
    const said = Array.from({ length: kept }, (_, each) => ({ itemId: `item_${each}`, content: `Message ${each}` }));
    for (const [at, each] of said.entries())
      await keepTurn(documents, "session-1", { ...each, at: new Date(now().getTime() - 1_000 + at), persona: "human" });
  };

  test("takes no more, and says so by a name that stays", async () => {
    await asks("Hello", { sessionId: "session-1" });
    await fill(998);
    expect((await asking("Hello", { sessionId: "session-1" })).status).toBe(200);
    const refused = await asking("Hello", { sessionId: "session-1" });
    expect(refused.status).toBe(409);
    expect(await problem(refused)).toEqual({
      code: "session-full",
      message: "This session holds 1000 messages, answers and voice connections, and takes no more.",
      details: ['Leave sessionId out to open a new session, and give this one\'s id as "continues" to go on with what was said.'],
    });
    expect((await asking("Hello")).status).toBe(200);
  });

  test("is read no further when it is one of a thousand voice connections instead", async () => {
    const { documents, now } = office.services;
    await asks("Hello", { sessionId: "session-1" });
    const at = now().toISOString();
    const call = { sessionId: "session-1", at, deployment: "realtime-cheap", choice: "cheap", watched_until: at, ended_at: at };
    for (let each = 0; each < 999; each++) await documents.create("chats", "session-1", { ...call, id: `call:rtc_${each}` });
    const headers = { "content-type": "application/sdp" };
    const opens = () => office.request("viewer", "POST", "/api/realtime/calls?choice=cheap&sessionId=session-1", "v=0", headers);
    expect([(await opens()).status, office.done.attached]).toEqual([409, []]);
  });

  test("goes on in a new one, which begins with its last twenty turns and its dial, and has no model yet", async () => {
    await asks("Hello", { sessionId: "session-1", dial: { keep_at_least: 1 } });
    await fill(999);
    const next = await asks("And then?", { continues: "session-1" });
    expect(next).toMatchObject({ choice: "strong", quality: 1 });
    const turns = await turnsOf(next.sessionId);
    expect(turns).toHaveLength(21);
    expect(turns[0]).toEqual({
      id: expect.stringMatching(/^item_/),
      persona: "human",
      content: expect.stringMatching(/^Message 9\d\d$/),
      carried: true,
      at: expect.any(String),
    });
    expect(turns.at(-1)).toMatchObject({ content: "And then?", choice: "strong" });
    expect(await turnsOf("session-1")).toHaveLength(1_000);
  });

  test("is continued once: later messages of the new one bring nothing over again", async () => {
    await asks("Hello", { sessionId: "session-1" });
    const more = { sessionId: "session-2", continues: "session-1" };
    await asks("And then?", more);
    await asks("Hello again", { sessionId: "session-1" });
    await asks("And now?", more);
    const said = (await turnsOf("session-2")) as { content: string; choice?: string }[];
    expect(said.map(({ content, choice }) => [content, choice])).toEqual([
      ["Hello", undefined],
      ["And then?", "cheap"],
      ["And now?", "cheap"],
    ]);
  });

  test("is continued by nobody else, and one that is not there by nobody", async () => {
    await asks("Hello", { sessionId: "session-1" });
    const other = await as("person-2");
    for (const path of ["/api/ModelRouter", "/api/chat/turns"]) {
      const body = { message: "What was said?", sessionId: "session-2", continues: "session-1" };
      expect((await office.request(undefined, "POST", path, body, other)).status).toBe(403);
      expect((await office.request("viewer", "POST", path, { ...body, continues: "session-9" })).status).toBe(404);
    }
    expect((await office.request("viewer", "GET", "/api/chat/sessions/session-2")).status).toBe(404);
  });

  test("counts in no list for what it brought over", async () => {
    await asks("Hello", { sessionId: "session-1" });
    const { sessionId } = await asks("And then?", { continues: "session-1" });
    const listed = (await (await office.request("viewer", "GET", "/chat/sessions")).json()) as Record<string, unknown>[];
    expect(listed).toContainEqual(expect.objectContaining({ session_id: sessionId, turns: 1 }));
  });
});

describe("a refused request leaves nothing behind", () => {
  const nothing = async (sessionId: string) => {
    const { documents } = office.services;
    expect((await documents.page("chats", sessionId, { limit: 10 })).documents).toEqual([]);
    expect(await (await office.request("viewer", "GET", "/chat/sessions")).json()).toEqual([]);
  };
  const offer = { "content-type": "application/sdp" };
  const spent = async () => {
    const { documents, now } = office.services;
    await enter(documents, "person-1", now(), { sessionId: "session-0", of: "resp_1", costUsd: 10 });
  };

  test.each([
    ["a dial that is not theirs to turn", { dial_free: false }, { dial: { spend_at_most: 0 } }, 403],
    ["a day's budget that is used up", {}, {}, 429],
    ["a session to continue that is not there", {}, { continues: "session-9" }, 404],
  ] as const)("for %s, routed or written", async (_, options, more, status) => {
    office = await officeWith(options);
    if (status === 429) await spent();
    for (const path of ["/api/ModelRouter", "/api/chat/turns"]) {
      const body = { message: "Hello", sessionId: "session-1", ...more };
      expect((await office.request("viewer", "POST", path, body)).status).toBe(status);
      await nothing("session-1");
    }
  });

  test("for a session's budget that does not pay for one answer", async () => {
    office = await officeWith({ session_budget_usd: 1e-9 });
    const refused = await office.request("viewer", "POST", "/api/chat/turns", { message: "Hello", sessionId: "session-1" });
    expect([refused.status, (await problem(refused)).code]).toEqual([402, "session-budget"]);
    await nothing("session-1");
  });

  test("for a model that does not answer, in writing or by voice", async () => {
    office.broken.add("models");
    const written = { message: "Hello", sessionId: "session-1" };
    expect((await office.request("viewer", "POST", "/api/chat/turns", written)).status).toBe(502);
    const opens = office.request("viewer", "POST", "/api/realtime/calls?choice=cheap&sessionId=session-1", "v=0", offer);
    expect((await opens).status).toBe(502);
    await nothing("session-1");
  });

  test("for a model that the router has not chosen, or a voice connection that no budget pays for", async () => {
    const opens = (choice: string) =>
      office.request("viewer", "POST", `/api/realtime/calls?choice=${choice}&sessionId=session-1`, "v=0", offer);
    expect((await opens("strong")).status).toBe(403);
    await nothing("session-1");
    await spent();
    expect((await opens("cheap")).status).toBe(429);
    await nothing("session-1");
  });

  test("for a secret asked for too soon", async () => {
    office = await officeWith({ ephemeral_secrets: true });
    const secret = async (sessionId: string) =>
      (await office.request("viewer", "POST", "/api/realtime/secrets", { choice: "cheap", sessionId })).status;
    expect([await secret("session-1"), await secret("session-2")]).toEqual([200, 429]);
    expect((await office.services.documents.page("chats", "session-2", { limit: 10 })).documents).toEqual([]);
  });
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
      {
        error: {
          code: "dial-settled",
          message: "The dial is not yours to turn here.",
          details: [expect.stringContaining("Leave dial out")],
        },
      },
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
