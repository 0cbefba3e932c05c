/** Conversation in words: answered by the chat deployments through the real client, by another where one fails, and within its budgets. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accountOf, readAccount } from "../../runtime/chat/account.ts";
import { costUsd } from "../../runtime/chat/price.ts";
import { keepTurn, keepUsage, openSession, readSession } from "../../runtime/chat/session.ts";
import { type ChatOptions, defaultChatOptions } from "../../runtime/chat-options.ts";
import { type TextAsk, Unanswered } from "../../runtime/services/text-models.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { type ModelAccount, openModelAccount, silence } from "./model-account.ts";
import { type Office, openOffice } from "./office.ts";

let account: ModelAccount;
let office: Office;

beforeAll(async () => {
  account = await openModelAccount();
});
afterAll(() => account.close());
beforeEach(() => open());

/** Opens the office, with the account's models in place of its doubles. */
async function open(options: Partial<ChatOptions> = {}, more: { readonly OPENAI_CHAT_ROUTER?: string } = {}): Promise<void> {
  const clock = { nowMs: 0 };
  office = await openOffice({
    environment: { CHAT: JSON.stringify({ ...defaultChatOptions, ...options }) },
    services: account.services(clock, more),
  });
  Object.defineProperty(clock, "nowMs", { get: () => office.clock.nowMs });
}

interface Answer {
  readonly answer: string;
  readonly model: string;
  readonly deployment: string;
  readonly choice: string;
  readonly costUsd: number;
  readonly savedUsd: number;
  readonly sessionId: string;
  readonly itemId: string;
}
const saying = (message: string, more: Record<string, unknown> = {}) =>
  office.request("viewer", "POST", "/api/chat/turns", { message, ...more });
const says = async (message: string, more: Record<string, unknown> = {}): Promise<Answer> => {
  const response = await saying(message, more);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
};
const problem = async (response: Response) =>
  ((await response.json()) as { error: { code?: string; message: string; details: string[] } }).error;
const kept = async (sessionId: string) => (await readSession(office.services.documents, sessionId))!;

const easy = "Hello, how are you?";
const hard = "Explain distributed microservices architecture";

test("an easy message is answered by the cheap model, and its answer says what it cost and saved", async () => {
  const { sessionId, ...answer } = await says(easy);
  expect(answer).toMatchObject({
    answer: "How can I help you?",
    deployment: "chat-fast",
    model: "gpt-5.4-mini",
    choice: "cheap",
  });
  const { usages, turns, costUsd: cost, strongCostUsd } = await kept(sessionId);
  expect(usages).toHaveLength(1);
  expect(cost).toBe(costUsd("cheap", "text", usages[0]!.usage));
  expect(strongCostUsd).toBe(costUsd("strong", "text", usages[0]!.usage));
  expect(answer.costUsd).toBeCloseTo(cost, 6);
  expect(answer.savedUsd).toBeCloseTo(strongCostUsd - cost, 6);
  expect(answer.costUsd).toBeGreaterThan(0);
  expect(turns.map(({ turn, deployment }) => [turn.persona, turn.content, deployment])).toEqual([
    ["human", easy, "chat-fast"],
    ["assistant", "How can I help you?", "chat-fast"],
  ]);
  // In a database, turns of the same moment would come in any order.
  expect(new Date(turns[1]!.at).getTime()).toBeGreaterThan(new Date(turns[0]!.at).getTime());
});

test("a hard message is answered by the strong model, and saves nothing", async () => {
  expect(await says(hard)).toMatchObject({ deployment: "chat-strong", model: "gpt-5.5", choice: "strong", savedUsd: 0 });
});

test("what was said before in the session, spoken too, is known to the model that answers", async () => {
  const { sessionId } = await says("My name is Ada.");
  expect((await says("What is my name?", { sessionId })).answer).toBe("Your name is Ada.");
  const { documents } = office.services;
  await keepTurn(documents, sessionId, {
    itemId: "item_1",
    at: new Date(office.clock.nowMs + 10),
    persona: "human",
    content: "My name is Grace.",
  });
  office.clock.nowMs += 20;
  expect((await says("What is my name?", { sessionId })).answer).toBe("Your name is Grace.");
  expect((await says("What is my name?")).answer).not.toContain("Grace");
});

test("a message that no voice model answered goes on in writing under its own id: kept once, and answered once", async () => {
  const routed = await office.request("viewer", "POST", "/api/ModelRouter", { message: easy, itemId: "item_1" });
  const { sessionId } = (await routed.json()) as { sessionId: string };
  const written = await says(easy, { sessionId, itemId: "item_1" });
  const { turns } = await kept(sessionId);
  expect(turns.map(({ id, turn }) => [id, turn.persona])).toEqual([
    ["turn:item_1", "human"],
    [`turn:${written.itemId}`, "assistant"],
  ]);
  const again = await saying(easy, { sessionId, itemId: "item_1" });
  expect([again.status, (await problem(again)).message]).toEqual([409, "This message has its answer already."]);
});

test("a message sent several times at once, or again after a refusal, is kept once, and paid for as often as a model was asked", async () => {
  let refusing = false;
  let waiting = 0;
  let answerAll: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    answerAll = resolve;
  });
  const used = { deployment: "chat-fast", model: "gpt-5.4-mini", choice: "cheap", usage: { prompt_tokens: 10_000 } } as const;
  const answer = async () => {
    if (refusing) throw new Unanswered(true, used);
    if (++waiting === 3) answerAll();
    await gate;
    return { text: "Well.", ...used };
  };
  office = await openOffice({ services: { textModels: { answer } } });
  const same = (itemId: string) => saying(easy, { sessionId: "session-1", itemId });
  const atOnce = await Promise.all([same("item_1"), same("item_1"), same("item_1")]);
  expect(atOnce.map(({ status }) => status)).toEqual([200, 200, 200]);
  refusing = true;
  expect((await same("item_2")).status).toBe(422);
  refusing = false;
  expect((await same("item_2")).status).toBe(200);
  const { turns, usages, costUsd: cost } = await kept("session-1");
  expect([turns.length, usages.length]).toEqual([4, 5]);
  expect((await accountToday()).spentUsd).toBeCloseTo(cost, 12);
});

test("of a long conversation the model is told the last twenty turns at least, in the same words as often as can be", async () => {
  const told: (string | undefined)[] = [];
  const answer = async ({ turns, choice }: TextAsk) => {
    told.push(`${turns.length} from ${turns[0]?.content}`);
    return { text: "Well.", deployment: "chat-fast", model: "gpt-5.4-mini", choice, usage: {} };
  };
  office = await openOffice({ services: { textModels: { answer } } });
  for (let asked = 0; asked <= 30; asked++) {
    await says(`Question ${asked}`, { sessionId: "session-1" });
    office.clock.nowMs += 1_000;
  }
  expect(told[0]).toBe("0 from undefined");
  expect([18, 19, 20, 29, 30].map((asked) => told[asked])).toEqual([
    "36 from Question 0",
    "38 from Question 0",
    "20 from Question 10",
    "38 from Question 10",
    "20 from Question 20",
  ]);
});

describe("R8: when a deployment fails", () => {
  test.each([
    ["is throttled", { kind: "throttled", retryAfterMs: 60_000 }],
    ["breaks", { kind: "server-error" }],
    ["says nothing", silence],
  ] as const)("because it %s, the other one answers, once", async (_, fault) => {
    account.fault({ on: "chat", deployment: "chat-fast", ...fault });
    const answer = await says(easy);
    expect(answer).toMatchObject({ deployment: "chat-strong", choice: "strong", savedUsd: 0 });
    const { turns, usages } = await kept(answer.sessionId);
    expect([turns.length, usages.length, usages[0]?.choice]).toEqual([2, 1, "strong"]);
  });

  test("it is left alone for as long as it said", async () => {
    account.fault({ on: "chat", deployment: "chat-fast", kind: "throttled", retryAfterMs: 60_000 });
    await says(easy);
    office.clock.nowMs += 59_999;
    expect((await says(easy)).deployment).toBe("chat-strong");
    office.clock.nowMs += 1;
    expect((await says(easy)).deployment).toBe("chat-fast");
  });

  test("with all the others, the person is told when to try again, and nothing of it is kept", async () => {
    account.fault({ on: "chat", deployment: "chat-fast", kind: "throttled", retryAfterMs: 20_000 });
    account.fault({ on: "chat", deployment: "chat-strong", kind: "server-error" });
    const response = await saying(easy, { sessionId: "session-1" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "20"]);
    expect(await problem(response)).toEqual({
      message: "No model answers at the moment.",
      details: ["Every deployment is throttled or failing; try again in 20 s."],
    });
    expect(await kept("session-1")).toBeUndefined();
    expect(await accountToday()).toEqual({ spentUsd: 0, holds: [] });
    expect(JSON.stringify(office.done.logged)).not.toContain("how are you");
  });
});

test("a message that the content filter refuses is told so and paid for, and its words are in no log", async () => {
  const usage = { prompt_tokens: 1_000_000 };
  const answer = async () => {
    throw new Unanswered(true, { deployment: "chat-fast", model: "gpt-5.4-mini", choice: "cheap", usage });
  };
  office = await openOffice({ services: { textModels: { answer } } });
  const response = await saying(easy, { sessionId: "session-1" });
  expect([response.status, (await problem(response)).message]).toEqual([
    422,
    "The model service's content filter refused this message.",
  ]);
  expect(await kept("session-1")).toMatchObject({ turns: [], costUsd: 0.75 });
  expect(JSON.stringify(office.done.logged)).not.toContain("how are you");
});

describe("R8: with Foundry's model-router", () => {
  beforeEach(() => open({}, { OPENAI_CHAT_ROUTER: "chat-router" }));

  test("a hard message is answered by the model it picks, which is named and priced", async () => {
    const answer = await says(hard);
    expect(answer).toMatchObject({ deployment: "chat-router", model: "gpt-5-2025-08-07", choice: "strong" });
    const { usages } = await kept(answer.sessionId);
    const { prompt_tokens, completion_tokens } = usages[0]!.usage as Record<string, number>;
    expect(usages[0]!.cost_usd).toBeCloseTo((prompt_tokens! * (1.25 + 0.14) + completion_tokens! * 10) / 1e6, 12);
    expect(answer.savedUsd).toBeGreaterThan(0);
  });

  test("the pair's own models answer when it fails, and it answers when the cheap one does", async () => {
    account.fault({ on: "chat", deployment: "chat-router", kind: "server-error" });
    expect(await says(hard)).toMatchObject({ deployment: "chat-strong", model: "gpt-5.5" });
    office.clock.nowMs += 30_000;
    account.fault({ on: "chat", deployment: "chat-fast", kind: "server-error" });
    expect(await says(easy)).toMatchObject({ deployment: "chat-router", choice: "cheap" });
  });
});

describe("budgets", () => {
  /** What the easy message costs, which each test takes as its measure. */
  const easyCosts = async () => (await kept((await says(easy)).sessionId)).costUsd;

  test("of a session end it for good, and say so", async () => {
    const cost = await easyCosts();
    await open({ session_budget_usd: cost / 2 });
    const refused = await saying(easy, { sessionId: "session-1" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([402, null]);
    expect((await problem(refused)).details[0]).toContain("leave sessionId out to open a new session");
  });

  test("of a day end it over all sessions until midnight in UTC", async () => {
    await open({ daily_budget_usd: 1 });
    for (const session of ["session-1", "session-2"]) await says(easy, { sessionId: session });
    await spends("session-1", 20_000);
    expect((await saying(easy)).status).toBe(200);
    await spends("session-2", 30_000);
    const refused = await saying(easy);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(15 * 3_600)]);
    expect(await problem(refused)).toMatchObject({
      message: expect.stringContaining("today's budget of $1 for your chats"),
      details: expect.arrayContaining(["It renews at 2026-11-23T00:00:00.000Z."]),
    });
    expect((await accountToday()).holds).toEqual([]);
    office.clock.nowMs += 15 * 3_600_000;
    expect((await saying(easy)).status).toBe(200);
  });

  describe("are not overdrawn by messages that come at once", () => {
    const usage = { completion_tokens: 4_000 };
    const dearest = costUsd("strong", "text", usage);
    let waiting: number;
    let answerAll: () => void;

    /** An office whose answers are as dear as they can be, and come once they are let. */
    async function slow(options: Partial<ChatOptions>): Promise<void> {
      waiting = 0;
      const gate = new Promise<void>((resolve) => {
        answerAll = resolve;
      });
      const answer = async ({ choice }: TextAsk) => {
        waiting++;
        await gate;
        return { text: "Well.", deployment: "chat-strong", model: "gpt-5.5", choice, usage };
      };
      office = await openOffice({
        environment: { CHAT: JSON.stringify({ ...defaultChatOptions, ...options }) },
        services: { textModels: { answer } },
      });
    }

    test.each([
      ["of a session", { session_budget_usd: 4.5 * dearest }, () => "session-1"],
      ["of a day", { daily_budget_usd: 4.5 * dearest }, (each: number) => `session-${each}`],
    ])("%s: what each may cost is held until it is answered", async (_, options, sessionOf) => {
      await slow(options);
      const budget = 4.5 * dearest;
      const refusals: Response[] = [];
      const all = Array.from({ length: 30 }, async (_, each) => {
        const answer = await saying(hard, { sessionId: sessionOf(each) });
        if (answer.status !== 200) refusals.push(answer);
      });
      await vi.waitFor(() => expect(waiting + refusals.length).toBe(30), { timeout: 20_000 });
      expect(waiting).toBeGreaterThanOrEqual(4);
      const { holds } = await accountToday();
      expect(holds).toHaveLength(waiting);
      for (const refused of refusals) {
        expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
        expect(await problem(refused)).toMatchObject({ code: "answers-under-way" });
      }
      answerAll();
      await Promise.all(all);
      const { spentUsd, holds: left } = await accountToday();
      expect(left).toEqual([]);
      expect(spentUsd).toBeGreaterThan(budget - dearest);
      expect(spentUsd).toBeLessThanOrEqual(budget + dearest);
      const later = await saying(hard, { sessionId: "session-1" });
      expect((await problem(later)).code).toMatch(/^(session|daily)-budget$/);
    });
  });

  test("are charged for an answer whose new session somebody else has made meanwhile, who learns nothing of it", async () => {
    const documents = memoryDocuments();
    const answer = async ({ choice }: TextAsk) => {
      await openSession(documents, "session-1", "person-2", office.services.now());
      return { text: "Well.", deployment: "chat-fast", model: "m", choice, usage: { completion_tokens: 100_000 } };
    };
    office = await openOffice({ services: { documents, textModels: { answer } } });
    expect((await saying(easy, { sessionId: "session-1" })).status).toBe(403);
    expect(await accountToday()).toEqual({ spentUsd: 0.45, holds: [] });
    expect(await kept("session-1")).toMatchObject({ userId: "person-2", turns: [], usages: [] });
  });

  test("lose nothing of what two messages at once cost", async () => {
    const { sessionId } = await says("My name is Ada.");
    const before = (await kept(sessionId)).costUsd;
    const answers = await Promise.all([says(easy, { sessionId }), says(easy, { sessionId })]);
    const { costUsd: cost, turns } = await kept(sessionId);
    expect(cost - before).toBeCloseTo(answers[0]!.costUsd + answers[1]!.costUsd, 5);
    expect(turns).toHaveLength(6);
    expect(await accountToday()).toEqual({ spentUsd: expect.closeTo(cost, 12), holds: [] });
  });
});

/** Meters what the cheap model spoke, at $20 per million tokens. */
function spends(sessionId: string, audio_tokens: number): Promise<boolean> {
  return keepUsage(office.services.documents, sessionId, {
    of: "resp_1",
    at: office.services.now(),
    kind: "voice",
    deployment: "realtime-cheap",
    choice: "cheap",
    usage: { output_token_details: { audio_tokens } },
  });
}

/** What person-1 has spent today. */
function accountToday() {
  const now = office.services.now();
  return readAccount(office.services.documents, accountOf("person-1", now), now);
}
