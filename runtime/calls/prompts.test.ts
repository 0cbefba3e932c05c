import { expect, test } from "vitest";
import { agentSchema } from "../agent.ts";
import { defaultFlags } from "../flags.ts";
import type { Call } from "./call.ts";
import { instructionsFor } from "./prompts.ts";

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
  const told = instructionsFor(call, now, defaultFlags);
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

test("a conversation that goes on is told from where", () => {
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
  expect(instructionsFor(resumed, now, defaultFlags)).toContain("Customer: It flickers.");
  expect(instructionsFor(call, now, defaultFlags)).not.toContain("Conversation so far");
});

test("consent is asked for where recording is on and nobody has answered yet", () => {
  const on = { recording_enabled: true };
  expect(instructionsFor(call, now, on)).toMatch(/# Recording\n.*key 1.*recording_consent/);
  expect(instructionsFor({ ...call, recording_consent: { given: false, at: "" } }, now, on)).not.toContain("# Recording");
  expect(instructionsFor(call, now, defaultFlags)).not.toContain("# Recording");
});

test("secret digits are named where the agent has some", () => {
  const secure = { name: "pin", description: "the PIN", least: 4, most: 4, url: "https://example.com/pin" };
  const initiate = { ...call.initiate, secure_digits: [secure] };
  expect(instructionsFor({ ...call, initiate }, now, defaultFlags)).toContain("collect_digits");
  expect(instructionsFor(call, now, defaultFlags)).not.toContain("collect_digits");
});

test("where digits may be secret, the model offers no keys, and knows that it is not told them", () => {
  const asking = { ...defaultFlags, recording_enabled: true };
  const card = { name: "card", description: "a card", least: 4, most: 6, url: "https://cards.example/" };
  const open = instructionsFor(call, now, asking);
  const secret = instructionsFor({ ...call, initiate: { ...call.initiate, secure_digits: [card] } }, now, asking);
  expect([open.includes("yes or key 1"), secret.includes("key 1")]).toEqual([true, false]);
  expect(secret).toContain("ask whether the call may be recorded: yes or no.");
  expect(secret).toContain("You are never told which keys");
});
