/** The one schema of stack settings: type, limits and meaning of each name. Defaults stand apart, by tier, in defaults.ts. */
import { getCountries } from "libphonenumber-js";
import { z } from "zod";
import { agentSchema } from "../runtime/agent.ts";
import { chatOptionsSchema } from "../runtime/chat-options.ts";
import { flagsSchema } from "../runtime/flags.ts";
import { tiers } from "./defaults.ts";

const countryCodes = new Set<string>(getCountries());
const url = z.url({ protocol: /^https?$/ });
const days = (least: number, most: number) => z.int().min(least).max(most);
const email = z.email();

const modelSchema = z.strictObject({
  name: z.string().min(1).describe("model name as Azure OpenAI lists it"),
  version: z.string().min(1).describe("model version; unsaid, the newest that stacks/models.ts knows"),
  sku: z
    .enum(["GlobalStandard", "DataZoneStandard", "Standard"])
    .describe("where Azure may process: anywhere, in the data zone, in the region"),
  capacity: z.int().min(1).max(10_000).describe("quota in thousands of tokens a minute; unsaid, `modelCapacity`"),
});

const phoneSchema = z.strictObject({
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
const webhooksSchema = z.strictObject({
  privateHosts: z
    .array(z.string().regex(privateHost, "a host in lower case, with its port when that is not 443, such as crm.intranet:8443"))
    .max(50)
    .describe("hosts inside your network that webhooks and secure digits may go to although their address is private"),
});

const retentionSchema = z.strictObject({
  recordingsDays: days(1, 3_650).describe("days a recording is kept"),
  callsDays: days(1, 3_650).describe("days the record of a call or chat is kept"),
  logsDays: days(30, 730).describe("days logs are kept; Log Analytics takes 30 to 730"),
});

const said = agentSchema.shape;
const agent = z
  .strictObject({
    bot_company: said.bot_company.describe("the company the bot speaks for"),
    bot_name: said.bot_name.describe("what the bot calls itself"),
    agent_phone_number: said.agent_phone_number.describe("the human who takes over, E.164; nobody: the bot cannot transfer"),
    task: said.task.describe("what the bot is there to do, in a sentence it is told"),
    claim: said.claim.describe("fields the bot asks for, each a name and a type"),
    lang: said.lang.describe("languages the caller may choose, with their voices, and the one to start in"),
    prosody_rate: said.prosody_rate.describe("speed of speech; 1 is the voice's own"),
    voice_engines: said.voice_engines.describe(
      "what holds the conversation, in order of preference; the next one answers when one fails",
    ),
    phrases: said.phrases.describe(
      "the company's own phrasings in English, one picked at random, translated into the call's language",
    ),
    transfer: said.transfer.describe("warm: the person is briefed before the caller is put through; cold: put through at once"),
    recording_consent: said.recording_consent.describe(
      "ask: record only once the caller has agreed; none: recording needs no question",
    ),
    maximum_call_min: said.maximum_call_min.describe("minutes after which a call is ended, with a goodbye"),
    secure_digits: said.secure_digits.describe(
      "digits a caller may type unseen, such as a card number, and the service each goes to",
    ),
    webhook_url: said.webhook_url.describe("address that is told when a call has ended"),
  } satisfies Record<keyof typeof said, z.ZodType>)
  .describe("who the bot is and what it asks for; runtime/agent.ts");
const chosen = chatOptionsSchema.shape;
const chat = z
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
const flags = z.strictObject(flagsSchema.shape).describe("the eleven feature flags a new environment starts with");

export const customerSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, "3 to 20 lower case letters, digits and hyphens, a letter first")
    .describe("names the customer's resources"),
  isolation: z
    .enum(["shared", "dedicated"])
    .describe("shared: own database, identity, number and apps on the environment's accounts; dedicated: a whole environment"),
  agent,
  phone: phoneSchema.describe("its own number; countries and data location start from the stack's"),
  chat,
  flags,
  webhooks: webhooksSchema.describe("its own network's; starts from the stack's"),
  retention: retentionSchema.describe("starts from the stack's"),
});

export const settingsSchema = z.strictObject({
  namePrefix: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,19}$/, "2 to 20 lower case letters and digits, a letter first")
    .describe("first part of every resource's name"),
  location: z
    .string()
    .regex(/^[a-z]+[0-9]?$/, "an Azure region in its short form, such as swedencentral")
    .describe("Azure region of everything that has one"),
  environment: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,9}$/, "2 to 10 lower case letters and digits, a letter first")
    .describe("which environment this is, in names and tags; unsaid, the stack's name"),
  tier: z.enum(tiers).describe("which column of defaults applies; unsaid, the environment's name when it is one of these"),
  openAICustomDomain: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/, "2 to 64 lower case letters, digits and hyphens")
    .describe("subdomain of the Azure OpenAI account, unique in Azure; unsaid, its generated name"),
  openAISku: z.enum(["S0"]).describe("SKU of the Azure OpenAI account"),
  signalRSku: z
    .enum(["Free_F1", "Standard_S1", "Premium_P1"])
    .describe("SKU of SignalR; Free_F1 takes 20 connections and 20,000 messages a day"),
  modelCapacity: z.int().min(1).max(10_000).describe("capacity of each model deployment, in thousands of tokens a minute"),
  enableAppInsights: z.boolean().describe("whether apps report to Application Insights"),
  tags: z
    .record(z.string().max(512), z.string().max(256))
    .describe("labels on every resource, beside project, environment and tier"),
  cloud: z
    .strictObject({
      login: url.describe("directory that signs people in"),
      callAutomation: url.describe("issuer of the tokens in Call Automation's callbacks"),
      twilio: url.describe("Twilio's API, for numbers that it carries"),
      appHostName: z.string().min(1).describe("host name of an app; `{name}` becomes the app's name"),
      publicScheme: z.enum(["https", "http"]).describe("scheme of addresses that browsers open; http on a laptop only"),
    })
    .describe("the cloud's own addresses; another value means a sovereign cloud or a laptop"),
  models: z
    .strictObject({
      realtimeCheap: modelSchema.describe("voice, for most sessions"),
      realtimeStrong: modelSchema.describe("voice, for what is complex"),
      chatFast: modelSchema.describe("text, where the caller waits"),
      chatStrong: modelSchema.describe("text, after the call and when `slow_llm_for_chat` is set"),
      embedding: modelSchema.describe("vectors for retrieval"),
      transcription: modelSchema.describe("what callers say, written down"),
      router: modelSchema
        .optional()
        .describe("Foundry's model-router, which picks a chat model for each question; `{}` takes the newest, unsaid: none"),
    })
    .describe("the model deployments: six, and a seventh that a stack may do without"),
  agent,
  phone: phoneSchema.describe("the number and where it may dial"),
  chat,
  flags,
  bridge: z
    .strictObject({
      host: z.enum(["container-app", "app-service"]).describe("where the voice bridge runs"),
      minReplicas: z.int().min(0).max(100).describe("replicas that always run; 0 means the first caller waits for a start"),
      maxReplicas: z.int().min(1).max(100).describe("most replicas at once"),
      callsPerReplica: z
        .int()
        .min(1)
        .max(400)
        .describe("calls one replica takes before it sends new ones elsewhere; a hundred take about one core"),
      zoneRedundant: z.boolean().describe("spread over availability zones"),
      image: z
        .string()
        .regex(
          /^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/,
          "registry/name with a tag or a @sha256 digest",
        )
        .describe("Node.js image a container app starts the bridge's package in"),
    })
    .describe("the app between phone and model"),
  functions: z
    .strictObject({
      instanceMemoryMB: z.union([z.literal(512), z.literal(2048), z.literal(4096)]).describe("memory of an instance, in MB"),
      alwaysReady: z.int().min(0).max(100).describe("HTTP instances that never sleep"),
      maximumInstances: z.int().min(40).max(1_000).describe("most instances at once; Flex Consumption takes 40 to 1000"),
      zoneRedundant: z.boolean().describe("spread over availability zones"),
    })
    .describe("the functions app, on Flex Consumption"),
  cosmos: z
    .strictObject({
      mode: z.enum(["serverless", "autoscale"]).describe("pay a request, or a container with a ceiling"),
      throughput: z
        .int()
        .min(1_000)
        .max(1_000_000)
        .multipleOf(1_000)
        .describe("ceiling of each container in request units a second; autoscale only"),
      zones: z.boolean().describe("spread over availability zones"),
    })
    .describe("Cosmos DB"),
  search: z
    .strictObject({
      sku: z.enum(["free", "basic", "standard"]).describe("SKU of AI Search; a subscription has one free service, of 50 MB"),
      replicas: z.int().min(1).max(12).describe("copies of the index; three have a promise of availability for reads and writes"),
    })
    .describe("AI Search"),
  redis: z
    .strictObject({
      sku: z
        .enum(["Balanced_B0", "Balanced_B1", "Balanced_B3", "Balanced_B5", "Balanced_B10"])
        .describe("size of Azure Managed Redis"),
      highAvailability: z.boolean().describe("a second node, in another zone where the region has zones"),
    })
    .describe("Azure Managed Redis"),
  appConfiguration: z
    .strictObject({ sku: z.enum(["Free", "Developer", "Standard", "Premium"]).describe("SKU of App Configuration") })
    .describe("App Configuration"),
  storage: z
    .strictObject({
      redundancy: z
        .enum(["Standard_LRS", "Standard_ZRS", "Standard_GZRS"])
        .describe("one zone, three zones, three zones and a second region"),
    })
    .describe("storage of recordings, queues and packages"),
  webhooks: webhooksSchema.describe("where completed calls and secure digits may be sent"),
  retention: retentionSchema.describe("how long things are kept"),
  staffAccess: z
    .strictObject({
      mode: z
        .enum(["create", "existing"])
        .describe("create the app registration staff sign in to, or take one by its id (needs no directory rights)"),
      clientId: z
        .uuid()
        .optional()
        .describe(
          "the existing registration's client id; it needs the app roles of components/staff-registration.ts, each customer's identity as a federated credential, and the role service assigned to that identity and to SignalR's",
        ),
    })
    .describe("how staff sign in"),
  privateNetwork: z.boolean().describe("data services answer only inside the network, where the deployer must then run too"),
  alerts: z.strictObject({ email: email.optional().describe("who is told; nobody: no alerts are created") }).describe("alerts"),
  budget: z
    .strictObject({
      amount: z
        .number()
        .positive()
        .optional()
        .describe("monthly spend, in the subscription's currency, at which `alerts.email` is told; none: no budget"),
      startDate: z.iso.date().optional().describe("first day of a month, this month or later; required with `amount`"),
    })
    .describe("a budget"),
  customers: z
    .array(customerSchema)
    .max(200)
    .describe(
      "customers stamped on this environment; each starts from this stack's agent, phone, chat, flags, webhooks and retention",
    ),
  protectData: z.boolean().describe("stateful resources refuse deletion and outlive the stack"),
});

export type StackSettings = z.infer<typeof settingsSchema>;
/** One customer's settings, complete. */
export type Customer = z.infer<typeof customerSchema>;
/** The deployments a stack has. */
export type ModelRole = keyof StackSettings["models"];
