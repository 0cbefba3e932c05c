/** What each customer may set for itself: its bot, its number, its chat, its network and what is kept. An environment's own are in schema.ts. */
import { getCountries } from "libphonenumber-js";
import { z } from "zod";
import { agentSchema } from "../runtime/agent.ts";
import { chatOptionsSchema } from "../runtime/chat-options.ts";
import { flagsSchema } from "../runtime/flags.ts";

const countryCodes = new Set<string>(getCountries());
const days = (least: number, most: number) => z.int().min(least).max(most);

export const phoneSchema = z.strictObject({
  number: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "an E.164 number: a plus, the country code and the number, digits only")
    .describe("the number callers dial and callees see, E.164; bought where `carrier` says"),
  carrier: z
    .enum(["acs", "sip", "twilio"])
    .describe(
      "who carries the number's calls: Communication Services, a SIP trunk to Azure OpenAI (inbound only, no messages), or Twilio",
    ),
  twilioAccount: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/, "a Twilio account SID: AC and 32 lower case hexadecimal digits")
    .optional()
    .describe(
      "the account that holds the number; with carrier twilio. Its auth token goes into the customer's vault, never here",
    ),
  countries: z
    .array(z.string().refine((code) => countryCodes.has(code), "an ISO 3166 alpha-2 country code, such as FR"))
    .describe("countries that may be dialled (ISO 3166 alpha-2); empty: none"),
  dialledPerHour: z.int().min(1).max(1_000).describe("calls that one person or app may place in an hour by `POST /call`"),
  dataLocation: z
    .enum([
      "Africa",
      "Asia Pacific",
      "Australia",
      "Brazil",
      "Canada",
      "Europe",
      "France",
      "Germany",
      "India",
      "Japan",
      "Korea",
      "Norway",
      "Switzerland",
      "UAE",
      "UK",
      "United States",
    ])
    .describe("where Communication Services keeps its data, with carrier acs; cannot be changed later"),
});

/** The form of WEBHOOK_PRIVATE_HOSTS: a name, an IPv4 address or an IPv6 address in brackets. */
const privateHost = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9]\d{0,4})?$/;
export const webhooksSchema = z.strictObject({
  privateHosts: z
    .array(z.string().regex(privateHost, "a host in lower case, with its port when that is not 443, such as crm.intranet:8443"))
    .max(50)
    .describe("hosts inside your network that webhooks and secure digits may go to although their address is private"),
});

export const retentionSchema = z.strictObject({
  recordingsDays: days(1, 3_650).describe("days a recording is kept"),
  callsDays: days(1, 3_650).describe("days the record of a call or chat is kept"),
  logsDays: days(30, 730).describe("days logs are kept; Log Analytics takes 30 to 730"),
});

const said = agentSchema.shape;
export const agentSettings = z
  .strictObject({
    bot_company: said.bot_company.describe("the company the bot speaks for"),
    bot_name: said.bot_name.describe("what the bot calls itself"),
    agent_phone_number: said.agent_phone_number.describe("the human who takes over, E.164; nobody: the bot cannot transfer"),
    task: said.task.describe("what the bot is there to do, in a sentence it is told"),
    claim: said.claim.describe("fields the bot asks for, each a name and a type"),
    lang: said.lang.describe("languages the caller may choose, with their voices, and the one to start in"),
    prosody_rate: said.prosody_rate.describe("speed of speech; 1 is the voice's own"),
    voice_engines: said.voice_engines.describe(
      "what holds the conversation, in order of preference; the next one answers when one fails, until the first can again",
    ),
    phrases: said.phrases.describe(
      "the company's own phrasings in English, one picked at random, translated into the call's language",
    ),
    transfer: said.transfer.describe("warm: the person is briefed before the caller is put through; cold: put through at once"),
    recording_consent: said.recording_consent.describe(
      "ask: record only once the caller has agreed; none: recording needs no question",
    ),
    recording_withdrawn: said.recording_withdrawn.describe(
      "what becomes of a recording whose caller wants no recording any more: delete, or keep where another law than consent demands it",
    ),
    maximum_call_min: said.maximum_call_min.describe("minutes after which a call is ended, with a goodbye"),
    secure_digits: said.secure_digits.describe(
      "digits a caller may type unseen, such as a card number, and the service each goes to",
    ),
    webhook_url: said.webhook_url.describe("address that is told when a call has ended"),
  } satisfies Record<keyof typeof said, z.ZodType>)
  .describe("who the bot is and what it asks for; runtime/agent.ts");
const chosen = chatOptionsSchema.shape;
export const chatSettings = z
  .strictObject({
    dial: chosen.dial.describe(
      "how much the strong model is used, as one promise against always using it: {spend_at_most: share of its cost} or {keep_at_least: share of its quality}",
    ),
    dial_free: chosen.dial_free.describe("whether people may turn the dial for a session of theirs"),
    visitors: chosen.visitors.describe("whether people who are not signed in may chat, each as a visitor with a signed session"),
    ephemeral_secrets: chosen.ephemeral_secrets.describe(
      "whether clients may open voice sessions themselves with a secret of 60 s, instead of through the server",
    ),
    longest_session_min: chosen.longest_session_min.describe(
      "minutes after which a voice session is ended; the service ends one after 60",
    ),
    session_budget_usd: chosen.session_budget_usd.describe("US dollars, by list price, that one session may cost"),
    daily_budget_usd: chosen.daily_budget_usd.describe("US dollars, by list price, that one person may cost in a day (UTC)"),
    visitors_budget_usd: chosen.visitors_budget_usd.describe(
      "US dollars, by list price, that all visitors together may cost in a day (UTC)",
    ),
    instructions: chosen.instructions.describe("what the model is told it is; it speaks the person's language"),
  } satisfies Record<keyof typeof chosen, z.ZodType>)
  .describe("how good, how dear and how long the chat is, and who may use it; runtime/chat-options.ts");
export const flagSettings = z.strictObject(flagsSchema.shape).describe("the eleven feature flags a new environment starts with");

export const customerSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, "3 to 20 lower case letters, digits and hyphens, a letter first")
    .describe("names the customer's resources"),
  isolation: z
    .enum(["shared", "dedicated"])
    .describe("shared: own database, identity, number and apps on the environment's accounts; dedicated: a whole environment"),
  agent: agentSettings,
  phone: phoneSchema.describe("its own number; countries and data location start from the stack's"),
  chat: chatSettings,
  flags: flagSettings,
  webhooks: webhooksSchema.describe("its own network's; starts from the stack's"),
  retention: retentionSchema.describe("starts from the stack's"),
});
export type Customer = z.infer<typeof customerSchema>;
