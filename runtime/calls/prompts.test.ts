import { expect, test } from "vitest";
import { agentSchema } from "../agent.ts";
import type { Call } from "./call.ts";
import { greetingFor, instructionsFor } from "./prompts.ts";

const call: Call = {
  call_id: "call-1",
  created_at: "2026-11-22T09:00:00Z",
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agentSchema.parse({
    bot_company: "Contoso",
    bot_name: "Amélie",
    task: "Help with {broken} screens.",
    claim: [{ name: "model", type: "text", description: "on the sticker" }],
  }),
  status: "connected",
  claim: { policyholder_name: "Ada" },
  reminders: [],
  lang_short_code: "fr-FR",
  messages: [],
};
const now = new Date("2026-11-22T09:00:00Z");

test("the model is told who it is, the day, the task as it was written, and what is missing", () => {
  const told = instructionsFor(call, now);
  for (const part of [
    "Amélie",
    "Contoso",
    "2026-11-22 09:00",
    "Help with {broken} screens.",
    "model (text, on the sticker): missing",
    'policyholder_name (text): "Ada"',
    "French (fr-FR)",
  ])
    expect(told).toContain(part);
});

test("a conversation that goes on is told from where, and greeted as one", () => {
  const resumed: Call = {
    ...call,
    messages: [
      {
        id: "1",
        created_at: call.created_at,
        persona: "human",
        action: "talk",
        content: "It flickers.",
        style: "none",
        tool_calls: [],
      },
    ],
  };
  expect(instructionsFor(resumed, now)).toContain("Customer: It flickers.");
  expect(instructionsFor(call, now)).not.toContain("Conversation so far");
  expect(greetingFor(resumed)).not.toBe(greetingFor(call));
});

test.each([
  ["fr-FR", "Bonjour"],
  ["es-ES", "Hola"],
  ["zh-CN", "您好"],
  ["en-US", "Hello"],
  ["sv-SE", "Hello"],
])("a caller in %s is greeted with %s, by name", (lang_short_code, word) => {
  const said = greetingFor({ ...call, lang_short_code });
  expect(said).toContain(word);
  expect(said).toContain("Amélie");
});
