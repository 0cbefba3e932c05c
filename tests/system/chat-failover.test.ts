/**
 * The running whole while deployments of its model are throttled, broken or silent: who answers instead, what people are told, and when the first
 * is asked again. Voice and text have deployments of their own, so both are tried beside each other; each test begins with all of its own healthy.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import type { Choice } from "../../runtime/chat/record.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";
import { type ChatModel, openChatModel, textModels, voiceModels } from "./chat-model.ts";
import { asks, ChatPerson, patient, spoken, type Written, watchedBy } from "./chat-person.ts";

/** A deployment that says nothing of when to come back is left alone for 30 s (runtime/chat/health.ts). */
const pauseIsOver = { timeout: 60_000, interval: 4_000 };
const aWhileMs = 180_000;

let folder: string;
let model: ChatModel;
let laptop: RunningLaptop;
let person: ChatPerson;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-failover-"));
  model = await openChatModel((await certificateAuthority(folder, Date.now())).server);
  laptop = await startLaptop(model.environment);
  person = new ChatPerson(laptop, model.voice);
}, 120_000);
afterAll(async () => {
  await person?.leaves();
  await laptop?.stop();
  await model?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Whom an offer for a choice is answered by. */
async function opens(sessionId: string, choice: Choice): Promise<(string | null)[]> {
  const talk = await person.talks(sessionId, choice);
  await asks(talk.browser, "Hello");
  return [talk.choice, talk.model];
}

const cheap = ["cheap", "realtime-cheap"];
const strong = ["strong", "realtime-strong"];

describe("R8: the other deployment answers", { concurrent: true }, () => {
  test("an offer while the first is throttled, breaks or says nothing, and the first again after its pause", {
    timeout: aWhileMs,
  }, async ({ expect }) => {
    const sessionId = await person.session("strong");
    model.fault({ on: "client-secrets", kind: "throttled", deployment: voiceModels.cheap, retryAfterMs: 3_000 });
    expect(await opens(sessionId, "cheap")).toEqual(strong);
    await vi.waitFor(async () => expect(await opens(sessionId, "cheap")).toEqual(cheap), pauseIsOver);

    model.fault({ on: "calls", kind: "timeout", deployment: voiceModels.strong, holdMs: 10_000 });
    expect(await opens(sessionId, "strong")).toEqual(cheap);
    model.fault({ on: "calls", kind: "server-error", deployment: voiceModels.cheap });
    const { answer } = await person.offers(sessionId, "cheap");
    expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect(await answer.text()).toContain("try again in");
    await vi.waitFor(async () => expect(await opens(sessionId, "strong")).toEqual(strong), pauseIsOver);
    await vi.waitFor(async () => expect(await opens(sessionId, "cheap")).toEqual(cheap), pauseIsOver);
  });

  test("a written message while the first is throttled, breaks, stops in the middle of an answer or says nothing", {
    timeout: aWhileMs,
  }, async ({ expect }) => {
    const answered = async () => {
      const answer = await person.writes("Hello", "cheap");
      const { deployment, choice } = (await answer.json()) as Partial<Written>;
      return [answer.status, choice, deployment];
    };
    const fast = [200, "cheap", "chat-fast"];
    expect(await answered()).toEqual(fast);
    model.fault({ on: "chat", kind: "throttled", deployment: textModels.cheap, retryAfterMs: 2_000 });
    expect(await answered()).toEqual([200, "cheap", "chat-router"]);
    await vi.waitFor(async () => expect(await answered()).toEqual(fast), pauseIsOver);

    model.fault({ on: "chat", kind: "broken-stream", deployment: textModels.cheap });
    expect(await answered()).toEqual([200, "cheap", "chat-router"]);
    model.fault({ on: "chat", kind: "server-error", deployment: textModels.strong });
    expect(await answered()).toEqual([200, "strong", "chat-strong"]);
    model.fault({ on: "chat", kind: "timeout", deployment: textModels.strong, holdMs: 25_000 });
    const [status] = await answered();
    expect(status).toBe(503);
    await vi.waitFor(async () => expect(await answered()).toEqual(fast), pauseIsOver);
  });
});

test("R8: a voice answer that breaks off is kept as far as it was heard, and the next session goes on from it", {
  timeout: aWhileMs,
}, async () => {
  const sessionId = await person.session("cheap");
  const first = await person.talks(sessionId, "cheap");
  first.browser.types("My name is Ada, and I have a great many things to tell you about my long life");
  await first.browser.next("output_audio_buffer.started");
  await model.calls.at(-1)?.breaks();
  const told = await vi.waitFor(async () => {
    const now = await person.told(sessionId);
    expect(now.endedBy).toBeDefined();
    return now;
  }, patient);
  expect(spoken(first.browser)).toEqual([]);
  expect(told.turns.filter(({ persona }) => persona === "assistant").length).toBeLessThanOrEqual(1);
  const second = await person.talks(sessionId, "cheap");
  await asks(second.browser, "Are you there?");
  await person.leaves();
  await vi.waitFor(async () => expect(await watchedBy(laptop)).toEqual({ calls: 0, sockets: 0 }), patient);
});
