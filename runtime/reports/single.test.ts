import { expect, test } from "vitest";
import { agentSchema } from "../agent.ts";
import type { Call } from "../calls/call.ts";
import { SingleCall } from "./single.tsx";

const call: Call = {
  call_id: "call-2",
  created_at: "2026-11-22T09:00:00Z",
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
  status: "ended",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  messages: [],
};
const page = (more: Partial<Call> = {}): string => String(SingleCall({ call: { ...call, ...more }, nonce: "n" }));

test("a call that continues another leads to it, and says what was said there", () => {
  const words = { created_at: call.created_at, persona: "human", action: "talk", style: "none", tool_calls: [] } as const;
  const html = page({
    resumes: "call-1",
    verified: true,
    messages: [
      { ...words, id: "earlier:call-1:1", content: "A leak." },
      { ...words, id: "1", content: "It is me." },
    ],
  });
  expect(html).toContain('href="/report/call-1"');
  expect(html).toContain("proven");
  expect(html.match(/said in an earlier call/g)).toHaveLength(1);
});

test.each([
  [true, "given"],
  [false, "refused"],
])("what the caller answered about the recording is shown (%s)", (given, word) => {
  expect(page({ recording_consent: { given, at: "2026-11-22T09:01:00Z" } })).toMatch(
    new RegExp(`Consent to recording.*${word}.*2026-11-22T09:01:00Z`, "s"),
  );
});

test("what a colleague was told stands on the page, as text", () => {
  expect(page({ briefing: "Ada calls about <b>a leak</b>." })).toContain("Ada calls about &lt;b&gt;a leak");
});

test("a call without any of it shows none of it", () => {
  expect(page()).not.toMatch(/Continues|Consent|Briefing|proven/);
});
