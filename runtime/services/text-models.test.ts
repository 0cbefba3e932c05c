import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { deploymentHealth } from "./deployment-health.ts";
import { openTextModels, Unanswered } from "./text-models.ts";

/** Answers of the service that the laptop's stand-in never gives: it filters nothing, and is never slow. */
let answer: { readonly status: number; readonly body: object } | { readonly chunks: readonly object[] };
/** What becomes of the first answer when half of it is sent. */
let half: "whole" | "lost" | "stalled";
/** Called before each chunk of an answer after the first. */
let betweenChunks: () => void;
let asked: string[];
let clock: VirtualClock;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", async () => {
    asked.push((JSON.parse(body) as { model: string }).model);
    if ("status" in answer) {
      response.writeHead(answer.status, { "content-type": "application/json" });
      return void response.end(JSON.stringify(answer.body));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const frames = [...answer.chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`);
    const sent = half === "whole" || asked.length > 1 ? frames : frames.slice(0, 2);
    for (const [at, frame] of sent.entries()) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve)).then(betweenChunks);
      await new Promise((resolve) => response.write(frame, resolve));
    }
    if (sent === frames) response.end();
    else if (half === "lost") response.destroy();
    else clock.pass(20_000);
  });
});
beforeEach(async () => {
  asked = [];
  half = "whole";
  betweenChunks = () => undefined;
  clock = new VirtualClock();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const asks = () =>
  openTextModels(
    {
      OPENAI_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OPENAI_CHAT_FAST: "fast",
      OPENAI_CHAT_STRONG: "strong",
    },
    { getToken: async () => ({ token: "identity", expiresOnTimestamp: 0 }) },
    deploymentHealth(() => 0),
    { after: (delayMs, act) => clock.after(delayMs, act) },
  ).answer({ choice: "cheap", instructions: "Be brief.", turns: [], message: "Hello" });

const usage = { prompt_tokens: 12, completion_tokens: 4_000 };
/** As the service streams it: filters of the prompt first, what is to be paid last. */
const completion = (finish_reason: string, ...words: string[]) => {
  const chunk = (choices: object[], more: object = {}) => ({
    object: "chat.completion.chunk",
    model: "gpt-5.4-mini",
    choices,
    ...more,
  });
  return {
    chunks: [
      { ...chunk([], { prompt_filter_results: [] }), model: "" },
      ...words.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }])),
      chunk([{ index: 0, delta: {}, finish_reason }]),
      chunk([], { usage }),
    ],
  };
};

test.each([
  ["the message", { status: 400, body: { error: { code: "content_filter", message: "Hello was filtered." } } }, undefined],
  ["the answer", completion("content_filter", "Hello, I"), { deployment: "fast", usage }],
])("when the content filter refuses %s, no other deployment is asked, and no word of it told", async (_, given, used) => {
  answer = given;
  const error: unknown = await asks().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unanswered);
  expect(error).toMatchObject({ filtered: true, used });
  expect(String(error)).not.toContain("Hello");
  expect(asked).toEqual(["fast"]);
});

test("an answer without words is none and no fault of the deployment's, but was paid for", async () => {
  answer = completion("length");
  await expect(asks()).rejects.toMatchObject({ filtered: false, used: { deployment: "fast", choice: "cheap", usage } });
  expect(asked).toEqual(["fast"]);
});

test.each(["lost", "stalled"] as const)("an answer that is %s in the middle is asked of the next deployment", async (how) => {
  answer = completion("stop", "Hello, ", "I am here.");
  half = how;
  expect(await asks()).toMatchObject({ text: "Hello, I am here.", deployment: "strong", choice: "strong" });
  expect(asked).toEqual(["fast", "strong"]);
});

test("a long answer is waited for while it is written, and paid for by what the service says at its end", async () => {
  answer = completion("stop", ..."A long story of half a minute or a little more.".split(/(?<= )/));
  betweenChunks = () => clock.pass(3_000);
  expect(await asks()).toEqual({
    text: "A long story of half a minute or a little more.",
    deployment: "fast",
    choice: "cheap",
    model: "gpt-5.4-mini",
    usage,
  });
  expect(asked).toEqual(["fast"]);
});

test("one that is written without end is not", async () => {
  answer = completion("stop", ...Array.from({ length: 60 }, () => "and on "));
  betweenChunks = () => clock.pass(asked.length > 1 ? 0 : 3_000);
  expect(await asks()).toMatchObject({ deployment: "strong" });
});

test("a fault that the service tells of in the middle is one of the deployment", async () => {
  answer = { chunks: [{ error: { code: "server_error", message: "The server had an error." } }] };
  await expect(asks()).rejects.toMatchObject({ name: "NoDeployment" });
  expect(asked).toEqual(["fast", "strong"]);
});
