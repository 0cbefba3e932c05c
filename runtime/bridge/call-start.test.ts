import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { type Agent, agentSchema } from "../agent.ts";
import type { Call, Message } from "../calls/call.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { defaultFlags } from "../flags.ts";
import { type CallStart, factsOf, startOf } from "./call-start.ts";

const languages = [
  { short_code: "fr-FR", voice: "fr", pronunciations_en: ["French"] },
  { short_code: "en-US", voice: "en", pronunciations_en: ["English"] },
];
const agent = agentSchema.parse({
  bot_company: "Contoso",
  bot_name: "Amelia",
  lang: { default_short_code: "fr-FR", availables: languages, choice: "ask" },
});
const call: Call = {
  call_id: "call-1",
  created_at: "2026-11-22T09:00:00Z",
  direction: "inbound",
  phone_number: "+33612345678",
  initiate: agent,
  status: "ringing",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  messages: [],
};
const said = (persona: Message["persona"], id = "m1"): Message => ({
  id,
  created_at: "2026-11-22T09:00:00Z",
  persona,
  action: "talk",
  content: "words",
  style: "none",
  tool_calls: [],
});

const services = () => ({
  flags: async () => defaultFlags,
  phrases: async (language: string) => phrasesIn(language, agent),
  clock: new VirtualClock(),
});
const start = (changes: Partial<Call> = {}, resumed = false): Promise<CallStart> =>
  startOf({ ...call, ...changes }, resumed, services());

describe("the menu of languages", () => {
  test("asks in each language, in the order of its keys", async () => {
    const { languageMenu } = await start();
    expect(languageMenu).toMatch(/français.*1.*English.*2/);
  });

  test.each([
    ["a call that we make", { direction: "outbound" }],
    ["an agent that detects", { initiate: { ...agent, lang: { ...agent.lang, choice: "detect" } } }],
    ["a line of one language", { initiate: { ...agent, lang: { ...agent.lang, availables: languages.slice(0, 1) } } }],
    ["a person who is known to have chosen before", { verified: true, lang_short_code: "en-US" }],
  ] as const)("is not for %s", async (_what, changes) => {
    expect((await start(changes as Partial<Call>)).languageMenu).toBeUndefined();
  });

  test("is for a displayed number that nobody has proven, whatever language it spoke last", async () => {
    expect((await start({ lang_short_code: "en-US" })).languageMenu).toBeDefined();
  });

  test("is not for a call that was in progress already", async () => {
    expect((await start({}, true)).languageMenu).toBeUndefined();
  });
});

test("keys may be secret on a line whose agent has digits that nobody may see", async () => {
  const line = { engines: 1, carried: false, warm: true, seed: 0 };
  const card = { name: "card", description: "a card", least: 4, most: 6, url: "https://cards.example/" };
  const secretKeys = async (secure_digits: Agent["secure_digits"]) =>
    factsOf({ ...call, initiate: { ...agent, secure_digits } }, await start(), line).secretKeys;
  expect([await secretKeys([]), await secretKeys([card])]).toEqual([false, true]);
});

describe("the phrases", () => {
  test("are waited for 300 ms, then ours are used; so too when they cannot be had", async () => {
    const clock = new VirtualClock();
    const late = startOf(call, false, { ...services(), clock, phrases: () => new Promise(() => undefined) });
    clock.pass(300);
    expect(await late).toMatchObject({ makeshift: true, phrases: phrasesIn("fr-FR", agent) });
    const failing = await startOf(call, false, { ...services(), phrases: () => Promise.reject(new Error("down")) });
    expect(failing).toMatchObject({ makeshift: true, phrases: phrasesIn("fr-FR", agent) });
    expect((await start()).makeshift).toBe(false);
  });

  test("give the greeting, by chance one of several, and another one when the conversation goes on", async () => {
    const line = { engines: 1, carried: false, warm: true };
    const phrases = { ...phrasesIn("fr-FR", agent), hello_tpl: ["One", "Two"] as const, hello_again_tpl: ["Again"] as const };
    const begun = {
      ...(await start()),
      phrases: { ...phrases, hello_tpl: ["One", "Two"], hello_again_tpl: ["Again"] },
    } as CallStart;
    const greeting = (seed: number, changes: Partial<Call> = {}) =>
      factsOf({ ...call, ...changes }, begun, { ...line, seed }).greeting;
    expect([greeting(0), greeting(1), greeting(2)]).toEqual(["One", "Two", "One"]);
    expect(greeting(0, { messages: [said("human")] })).toBe("Again");
    expect(greeting(0, { resumes: "call-0" })).toBe("Again");
    expect(greeting(0, { messages: [said("human", "earlier:call-0:m1")] })).toBe("One");
  });
});
