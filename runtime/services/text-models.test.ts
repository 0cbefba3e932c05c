import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deploymentHealth } from "./deployment-health.ts";
import { openTextModels, Unanswered } from "./text-models.ts";

/** Answers of the service that the laptop's stand-in never gives: it filters nothing. */
let answer: { readonly status: number; readonly body: unknown };
/** What becomes of the first answer when half of it is sent. */
let half: "whole" | "lost" | "stalled";
let asked: string[];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    asked.push((JSON.parse(body) as { model: string }).model);
    const text = JSON.stringify(answer.body);
    response.writeHead(answer.status, { "content-type": "application/json" });
    if (half === "whole" || asked.length > 1) return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => {
      if (half === "lost") response.destroy();
    });
  });
});
beforeEach(async () => {
  asked = [];
  half = "whole";
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const asks = (answerWithinMs = 20_000) =>
  openTextModels(
    {
      OPENAI_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OPENAI_CHAT_FAST: "fast",
      OPENAI_CHAT_STRONG: "strong",
    },
    { getToken: async () => ({ token: "identity", expiresOnTimestamp: 0 }) },
    deploymentHealth(() => 0),
    answerWithinMs,
  ).answer({ choice: "cheap", instructions: "Be brief.", turns: [], message: "Hello" });

const usage = { prompt_tokens: 12, completion_tokens: 4_000 };
const completion = (finish_reason: string, content: string | null) => ({
  object: "chat.completion",
  model: "gpt-5.4-mini",
  usage,
  choices: [{ index: 0, finish_reason, message: { role: "assistant", content } }],
});

test.each([
  ["the message", { status: 400, body: { error: { code: "content_filter", message: "Hello was filtered." } } }, undefined],
  ["the answer", { status: 200, body: completion("content_filter", "Hello, I") }, { deployment: "fast", usage }],
])("when the content filter refuses %s, no other deployment is asked, and no word of it told", async (_, given, used) => {
  answer = given;
  const error: unknown = await asks().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unanswered);
  expect(error).toMatchObject({ filtered: true, used });
  expect(String(error)).not.toContain("Hello");
  expect(asked).toEqual(["fast"]);
});

test("an answer without words is none and no fault of the deployment's, but was paid for", async () => {
  answer = { status: 200, body: completion("length", null) };
  await expect(asks()).rejects.toMatchObject({ filtered: false, used: { deployment: "fast", choice: "cheap", usage } });
  expect(asked).toEqual(["fast"]);
});

test.each(["lost", "stalled"] as const)("an answer that is %s in the middle is asked of the next deployment", async (how) => {
  answer = { status: 200, body: completion("stop", "Hello, I am here.") };
  half = how;
  expect(await asks(how === "lost" ? 20_000 : 500)).toMatchObject({
    text: "Hello, I am here.",
    deployment: "strong",
    choice: "strong",
  });
  expect(asked).toEqual(["fast", "strong"]);
});
