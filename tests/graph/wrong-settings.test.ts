import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseSettings, SettingsError } from "../../stacks/settings.ts";

const phone = 'phone: { number: "+33199002737", countries: [FR] }';

/** Settings as a person might write them: a stack, what is wrong, and the file without the project's prefix. */
const wrong: readonly (readonly [stack: string, what: string, file: string])[] = [
  ["dev", "nothing is said at all", ""],
  ["dev", "a name is misspelled", `${phone}\nlocaton: swedencentral`],
  ["dev", "a nested name is misspelled", `${phone}\nbridge: { minReplica: 2 }`],
  ["dev", "a name means nothing we know", `${phone}\nkubernetes: true`],
  ["dev", "a SKU is misspelled", `${phone}\nsignalRSku: Standard_1S`],
  ["dev", "a number is out of its limits", `${phone}\nmodelCapacity: 0\nfunctions: { maximumInstances: 4000 }`],
  ["dev", "a text stands where a number belongs", `${phone}\nmodelCapacity: plenty\nenableAppInsights: "yes"`],
  ["dev", "a memory size does not exist", `${phone}\nfunctions: { instanceMemoryMB: 1024 }`],
  ["dev", "a name has capitals and blanks", `${phone}\nnamePrefix: My Company`],
  ["dev", "the phone number is a national one", 'phone: { number: "01 99 00 27 37", countries: [FR] }'],
  ["dev", "a country does not exist", 'phone: { number: "+33199002737", countries: [FR, Atlantis] }'],
  ["dev", "the number's own country is closed", 'phone: { number: "+33199002737", countries: [US] }'],
  ["dev", "a human whom no call could be handed over to", `${phone}\nagent: { agent_phone_number: "+442079460000" }`],
  ["dev", "the region has none of the models", `${phone}\nlocation: westeurope`],
  [
    "dev",
    "the models of the old recipe",
    `${phone}\nmodels: { realtimeCheap: { name: gpt-4o-mini-realtime-preview }, realtimeStrong: { name: gpt-4o-realtime-preview } }`,
  ],
  ["dev", "a chat model where a voice belongs", `${phone}\nmodels: { realtimeStrong: { name: gpt-5.5 } }`],
  ["dev", "a model misspelled, without a version", `${phone}\nmodels: { chatFast: { name: gpt-5.4-mni } }`],
  ["prod", "free SKUs in production", `${phone}\nsignalRSku: Free_F1\nsearch: { sku: free }\nappConfiguration: { sku: Free }`],
  [
    "prod",
    "zones without what they need",
    `${phone}\nprivateNetwork: false\nbridge: { minReplicas: 1 }\nfunctions: { alwaysReady: 0 }\nstorage: { redundancy: Standard_LRS }`,
  ],
  [
    "prod",
    "a budget that tells nobody, from a day that has passed",
    `${phone}\nbudget: { amount: 100, startDate: "2026-01-15" }`,
  ],
  ["nightly", "a stack whose name says nothing about its tier", phone],
  ["dev", "staff sign in to a registration that is not named", `${phone}\nstaffAccess: { mode: existing }`],
  [
    "prod",
    "two customers of one name, the second on the stack's own number",
    `${phone}\ncustomers:\n  - { name: fabrikam, phone: { number: "+14255550100", countries: [US] } }\n  - { name: fabrikam, phone: { number: "+33199002737" } }`,
  ],
  [
    "prod",
    "a customer with a company's name for a resource's, and without a number",
    `${phone}\ncustomers:\n  - { name: Fabrikam GmbH }`,
  ],
  ["dev", "a carrier there is not", 'phone: { number: "+33199002737", countries: [FR], carrier: twillio }'],
  ["dev", "Twilio without an account", 'phone: { number: "+33199002737", countries: [FR], carrier: twilio }'],
  [
    "dev",
    "Twilio with a token where the account belongs",
    'phone: { number: "+33199002737", countries: [FR], carrier: twilio, twilioAccount: 0123456789abcdef0123456789abcdef }',
  ],
  [
    "dev",
    "SIP with all that it cannot do",
    `phone: { number: "+33199002737", countries: [FR], carrier: sip }
location: eastus
agent:
  voice_engines: [cascade]
  secure_digits:
    - { name: card_number, description: the number of the card, least: 12, most: 19, url: "https://pay.example/digits" }
flags: { recording_enabled: true }`,
  ],
  [
    "dev",
    "a customer on a line that cannot do what the stack's own can",
    `${phone}
flags: { recording_enabled: true }
customers:
  - { name: fabrikam, phone: { number: "+33199002738", carrier: twilio } }`,
  ],
  [
    "dev",
    "an agent wrong in every way there is",
    `${phone}
agent:
  voice_engines: [telepathy]
  transfer: lukewarm
  recording_consent: never
  maximum_call_min: 300
  lang: { default_short_code: pt-BR, choice: guess }
  phrases: { hello_tpl: [], hallo_tpl: ["Hello"], farewell: ["Bye"] }
  webhook_url: http://crm.example/calls
  secure_digits:
    - { name: Card, description: "", least: 0, most: 40, url: "http://pay.example" }`,
  ],
  [
    "dev",
    "what an agent says does not fit together",
    `${phone}
agent:
  lang: { default_short_code: pt-BR }
  phrases:
    hello_tpl: ["Hello, this is {bot} of {bot_company}."]
    ivr_language_tpl: ["Press {index}."]
  webhook_url: https://crm.intranet/calls
  secure_digits:
    - { name: card_number, description: the number of the card, least: 19, most: 12, url: "https://10.0.0.8/digits" }
    - { name: card_number, description: its check digits, least: 3, most: 4, url: "https://pay.example" }`,
  ],
  ["dev", "no voice at all, and phrases of nothing", `${phone}\nagent: { voice_engines: [], phrases: { error_tpl: [""] } }`],
  [
    "dev",
    "a dial that promises both, and a chat out of every limit",
    `${phone}
chat:
  dial: { spend_at_most: 0.5, keep_at_least: 0.9 }
  visitors: "no"
  longest_session_min: 90
  session_budget_usd: 0
  instructions: ""
  colour: blue`,
  ],
  ["dev", "a dial in percent", `${phone}\nchat: { dial: { spend_at_most: 50 } }`],
  ["dev", "a session that may cost more than its day", `${phone}\nchat: { session_budget_usd: 20 }`],
  ["dev", "a visitor who may cost more than all of them", `${phone}\nchat: { visitors: true, visitors_budget_usd: 2 }`],
  [
    "dev",
    "a customer whose chat costs more than the stack's day",
    `${phone}\ncustomers:\n  - { name: fabrikam, phone: { number: "+33199002738" }, chat: { session_budget_usd: 20 } }`,
  ],
  ["dev", "a chat model where the model-router belongs", `${phone}\nmodels: { router: { name: gpt-5.5 } }`],
  ["dev", "a model-router in a region without it", `${phone}\nlocation: francecentral\nmodels: { router: {} }`],
  ["dev", "a model-router held to one region", `${phone}\nmodels: { router: { sku: Standard } }`],
  [
    "dev",
    "private hosts given as addresses",
    `${phone}\nwebhooks: { privateHosts: ["https://crm.intranet/calls", "CRM.intranet"] }\nbridge: { callsPerReplica: 5000 }`,
  ],
];

function answer(stack: string, file: string): string {
  try {
    parseSettings((parse(file) ?? {}) as Record<string, unknown>, { stack, today: new Date("2026-11-22T00:00:00Z") });
    return "accepted";
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

test("each wrong file is refused with a message that says what to do", async () => {
  const answers = wrong.map(([stack, what, file]) => ({ what, file, message: answer(stack, file) }));
  expect(answers.filter(({ message }) => message === "accepted")).toEqual([]);
  for (const { message } of answers) expect(message).toMatch(/\(docs\/settings\.md(#[a-z]+)?\)/);
  const page = answers.map(({ what, file, message }) => `# ${what}\n${file}\n\n${message}\n`).join("\n\n");
  await expect(page).toMatchFileSnapshot(join(import.meta.dirname, "wrong-settings.golden.txt"));
});
