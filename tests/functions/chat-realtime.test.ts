/** Voice sessions: opened for a browser's offer through the real clients, at another deployment where one fails, and never left unwatched. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { keepTurn, keepUsage } from "../../runtime/chat/session.ts";
import { beginWatch } from "../../runtime/chat/watched-calls.ts";
import { type ChatOptions, defaultChatOptions } from "../../runtime/chat-options.ts";
import { BridgeRefusal } from "../../runtime/services/bridge-client.ts";
import type { Services } from "../../runtime/services/services.ts";
import { browserOffer, type ModelAccount, openModelAccount, silence } from "./model-account.ts";
import { type Office, openOffice } from "./office.ts";

let account: ModelAccount;
let offer: string;
let office: Office;

beforeAll(async () => {
  account = await openModelAccount();
  offer = await browserOffer();
});
afterAll(() => account.close());
beforeEach(() => open());
afterEach(() => vi.restoreAllMocks());

/** Opens the office, with the account's models in place of its doubles. */
async function open(options: Partial<ChatOptions> = {}): Promise<void> {
  const clock = { nowMs: 0 };
  office = await openOffice({
    environment: { CHAT: JSON.stringify({ ...defaultChatOptions, ...options }) },
    services: account.services(clock),
  });
  Object.defineProperty(clock, "nowMs", { get: () => office.clock.nowMs });
}

const sdp = { "content-type": "application/sdp" };
const session = "session-1";
const asks = (choice: "cheap" | "strong", body = offer) =>
  office.request("viewer", "POST", `/api/realtime/calls?choice=${choice}&sessionId=${session}`, body, sdp);
/** As whoever was sent to that model by the router asks. */
async function calls(choice: "cheap" | "strong", body = offer): Promise<Response> {
  if (choice === "strong") await routed();
  return asks(choice, body);
}
async function routed(): Promise<void> {
  const message = { message: "Prove that there are infinitely many primes, step by step.", sessionId: session };
  expect(await (await office.request("viewer", "POST", "/api/ModelRouter", message)).json()).toMatchObject({ choice: "strong" });
}
const opened = (response: Response) => [response.status, response.headers.get("x-choice"), response.headers.get("x-model")];
const problem = async (response: Response) =>
  ((await response.json()) as { error: { message: string; details: string[] } }).error;
const secrets = (more: Record<string, unknown> = {}) =>
  office.request("viewer", "POST", "/api/realtime/secrets", { choice: "cheap", sessionId: session, ...more });

test("R5: a browser's offer is answered by the chosen deployment, and the bridge watches over the call", async () => {
  const response = await calls("strong");
  expect(opened(response)).toEqual([201, "strong", "realtime-strong"]);
  expect(response.headers.get("content-type")).toBe("application/sdp");
  expect(await response.text()).toMatch(/^v=0[\s\S]+m=audio/);
  expect(office.done.attached).toEqual([
    { callId: expect.stringMatching(/^rtc_/), sessionId: session, deployment: "realtime-strong", choice: "strong" },
  ]);
});

test("the strong model opens for nobody whom the router has not sent there, by an offer or by a secret", async () => {
  await open({ ephemeral_secrets: true });
  await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello", sessionId: session });
  const refused = await asks("strong");
  expect([refused.status, (await problem(refused)).details[0]]).toEqual([403, expect.stringContaining("/api/ModelRouter first")]);
  expect((await secrets({ choice: "strong" })).status).toBe(403);
  await routed();
  expect(opened(await asks("strong"))).toEqual([201, "strong", "realtime-strong"]);
  expect((await secrets({ choice: "strong" })).status).toBe(200);
});

test("the strong model opens for what was spoken, also where the bridge kept it first, with the cheap model that heard it", async () => {
  const spoken = "Prove that there are infinitely many primes, step by step.";
  await office.request("viewer", "POST", "/api/ModelRouter", { message: "Hello", sessionId: session });
  await keepTurn(office.services.documents, session, {
    itemId: "item_1",
    at: new Date(office.clock.nowMs),
    persona: "human",
    content: spoken,
    deployment: "realtime-cheap",
    choice: "cheap",
  });
  expect((await asks("strong")).status).toBe(403);
  const routed = { message: spoken, itemId: "item_1", sessionId: session };
  expect(await (await office.request("viewer", "POST", "/api/ModelRouter", routed)).json()).toMatchObject({ choice: "strong" });
  expect(opened(await asks("strong"))).toEqual([201, "strong", "realtime-strong"]);
});

describe("when the chosen deployment fails", () => {
  test.each([
    ["is throttled", { on: "client-secrets", kind: "throttled", retryAfterMs: 7_000 }],
    ["breaks when the session is prepared", { on: "client-secrets", kind: "server-error" }],
    ["breaks when the session is opened", { on: "calls", kind: "server-error" }],
    ["says nothing in time", { on: "calls", ...silence }],
  ] as const)("because it %s, the other answers, and says so", async (_, fault) => {
    await routed();
    account.fault({ ...fault, deployment: "realtime-strong" });
    expect(opened(await asks("strong"))).toEqual([201, "cheap", "realtime-cheap"]);
    expect(office.done.attached).toMatchObject([{ deployment: "realtime-cheap", choice: "cheap" }]);
  });

  test("it is asked again only when it said it may be", async () => {
    account.fault({ on: "client-secrets", kind: "throttled", retryAfterMs: 7_000, deployment: "realtime-strong" });
    await calls("strong");
    office.clock.nowMs += 6_999;
    expect(opened(await asks("strong"))).toEqual([201, "cheap", "realtime-cheap"]);
    office.clock.nowMs += 1;
    expect(opened(await asks("strong"))).toEqual([201, "strong", "realtime-strong"]);
  });

  test("and the other one too, the person is told at once, and when to try again", async () => {
    account.fault({ on: "client-secrets", kind: "throttled", retryAfterMs: 12_000, deployment: "realtime-strong" });
    account.fault({ on: "client-secrets", kind: "throttled", retryAfterMs: 8_000, deployment: "realtime-cheap" });
    const response = await calls("strong");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "8"]);
    expect((await problem(response)).details).toEqual(["Every deployment is throttled or failing; try again in 8 s."]);
    expect(office.done.attached).toEqual([]);
  });
});

test("an offer that the model service cannot use is refused, and no deployment blamed for it", async () => {
  const response = await calls("cheap", "v=0\r\nthis is no offer\r\n");
  expect([response.status, await problem(response)]).toEqual([
    422,
    { message: "Validation error", details: ["body: the model service cannot use this SDP offer; send a browser's own"] },
  ]);
  expect(opened(await calls("cheap"))).toEqual([201, "cheap", "realtime-cheap"]);
});

test("an offer longer than any browser's is refused before anybody is asked", async () => {
  const response = await calls("cheap", `v=0\r\n${"a".repeat(70_000)}`);
  expect([response.status, (await problem(response)).details]).toEqual([
    422,
    ["body: must be at most 65536 characters; it has 70005"],
  ]);
});

test("a call that the bridge does not watch is hung up and not handed out", async () => {
  const hangUp = vi.spyOn(office.services.realtimeCalls, "hangUp");
  office.broken.add("sideband");
  const response = await calls("cheap");
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain("v=0");
  expect(hangUp).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^rtc_/));
  await expect(hangUp.mock.results[0]?.value).resolves.toBeUndefined();
});

test("R6: a session whose budget is used up opens no call", async () => {
  await calls("cheap");
  await spends("resp_1", 100_000);
  const response = await calls("cheap");
  expect([response.status, (await problem(response)).message]).toEqual([
    402,
    "What is left of this session's budget of $2 does not pay for another answer.",
  ]);
});

describe("R5: a secret for a client that opens its session itself", () => {
  test("is not handed out unless the customer allows it", async () => {
    expect((await secrets()).status).toBe(403);
  });

  test("opens the one kind of session for a minute, and its call is watched once it is told of", async () => {
    await open({ ephemeral_secrets: true, instructions: "You are Ada." });
    const secret = (await (await secrets()).json()) as Record<string, string>;
    expect(secret).toMatchObject({ value: expect.stringMatching(/^ek_/), model: "realtime-cheap", choice: "cheap" });
    expect(Number(secret.expires_at) * 1_000 - Date.now()).toBeLessThanOrEqual(60_000);
    const call = await fetch(secret.url!, {
      method: "POST",
      headers: { ...sdp, authorization: `Bearer ${secret.value}` },
      body: offer,
    });
    expect(call.status).toBe(201);
    const callId = call.headers.get("location")?.split("/").at(-1);
    const tells = () => office.request("viewer", "POST", "/api/realtime/attached", { sessionId: session, callId });
    expect([(await tells()).status, (await tells()).status]).toEqual([204, 204]);
    expect(office.done.attached[0]).toEqual({ callId, sessionId: session, deployment: "realtime-cheap", choice: "cheap" });
    expect(JSON.stringify(office.done.logged)).not.toContain("ek_");
  });

  test("is good for one call, for which there is a minute and a half", async () => {
    await open({ ephemeral_secrets: true });
    const tells = async (callId: string) =>
      (await office.request("viewer", "POST", "/api/realtime/attached", { sessionId: session, callId })).status;
    await calls("cheap");
    expect(await tells("rtc_none")).toBe(409);
    await secrets();
    expect([await tells("rtc_one"), await tells("rtc_two")]).toEqual([204, 409]);
    office.clock.nowMs += 5_000;
    await secrets();
    office.clock.nowMs += 90_001;
    expect(await tells("rtc_three")).toBe(409);
    expect(office.done.attached.filter(({ callId }) => /one|two|three/.test(callId))).toHaveLength(1);
  });

  describe("told of a call that is not there", () => {
    const attach = vi.fn<Services["sideband"]["attach"]>();
    const tells = (callId: string) => office.request("viewer", "POST", "/api/realtime/attached", { sessionId: session, callId });
    beforeEach(async () => {
      await open({ ephemeral_secrets: true });
      attach.mockReset().mockImplementation(async ({ callId }) => {
        if (callId === "rtc_wrong") throw new BridgeRefusal("/chat/sideband", 502);
      });
      office.services.sideband.attach = attach;
      await secrets();
    });

    test("waits for the right one", async () => {
      const wrong = await tells("rtc_wrong");
      expect([wrong.status, (await problem(wrong)).details[1]]).toEqual([404, expect.stringContaining("still waits")]);
      expect((await tells("rtc_wrong")).status).toBe(404);
      expect((await tells("rtc_right")).status).toBe(204);
      expect((await tells("rtc_other")).status).toBe(409);
    });

    test("waits too when it was the bridge that failed, once that call is hung up, and never attaches two", async () => {
      const hangUp = vi.spyOn(office.services.realtimeCalls, "hangUp");
      attach.mockRejectedValueOnce(new Error("no bridge"));
      const failed = await tells("rtc_one");
      expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(hangUp).toHaveBeenCalledExactlyOnceWith("rtc_one");
      hangUp.mockRejectedValue(new Error("service is down"));
      attach.mockRejectedValueOnce(new Error("no bridge"));
      expect((await tells("rtc_two")).status).toBe(503);
      // That one may be alive, with the secret's model.
      expect((await tells("rtc_three")).status).toBe(409);
      expect((await tells("rtc_two")).status).toBe(204);
    });

    test("has done its part once its call is watched: told again, that call is left alone, and no other one is taken for it", async () => {
      const hangUp = vi.spyOn(office.services.realtimeCalls, "hangUp");
      expect((await tells("rtc_one")).status).toBe(204);
      attach.mockRejectedValue(new BridgeRefusal("/chat/sideband", 409));
      expect([(await tells("rtc_one")).status, (await tells("rtc_two")).status]).toEqual([204, 409]);
      expect([attach.mock.calls.length, hangUp.mock.calls.length]).toEqual([1, 0]);
    });

    test("attaches one of two that are told at once", async () => {
      const statuses = (await Promise.all([tells("rtc_one"), tells("rtc_two")])).map(({ status }) => status);
      expect(statuses.sort()).toEqual([204, 409]);
      expect(attach).toHaveBeenCalledOnce();
    });
  });

  test("has no call watched, or hung up, that is another session's", async () => {
    await open({ ephemeral_secrets: true });
    const hangUp = vi.spyOn(office.services.realtimeCalls, "hangUp");
    const theirs = { callId: "rtc_theirs", sessionId: "session-2", deployment: "realtime-cheap", choice: "cheap" } as const;
    await beginWatch(office.services.documents, theirs, "bridge-1", office.services.now());
    await secrets();
    const refused = await office.request("viewer", "POST", "/api/realtime/attached", {
      sessionId: session,
      callId: "rtc_theirs",
    });
    expect([refused.status, (await problem(refused)).message]).toEqual([409, "This call is of another session."]);
    expect([office.done.attached, hangUp.mock.calls]).toEqual([[], []]);
  });

  test("comes one at a time, whichever the session", async () => {
    await open({ ephemeral_secrets: true });
    const statuses = await Promise.all([1, 2, 3].map(async (each) => (await secrets({ sessionId: `session-${each}` })).status));
    expect(statuses.sort()).toEqual([200, 429, 429]);
    const early = await secrets();
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "5"]);
    office.clock.nowMs += 5_000;
    expect((await secrets()).status).toBe(200);
  });
});

/** Meters audio that the cheap model spoke, at $20 per million tokens. */
async function spends(of: string, audioTokens: number): Promise<void> {
  await keepUsage(office.services.documents, session, {
    of,
    at: new Date(office.clock.nowMs),
    kind: "voice",
    deployment: "realtime-cheap",
    choice: "cheap",
    usage: { output_token_details: { audio_tokens: audioTokens } },
  });
}
