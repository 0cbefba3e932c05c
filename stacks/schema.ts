/** The one schema of stack settings: type, limits and meaning of each name. Defaults stand apart, by tier, in defaults.ts. */
import { z } from "zod";
import {
  agentSettings,
  chatSettings,
  customerSchema,
  flagSettings,
  phoneSchema,
  retentionSchema,
  webhooksSchema,
} from "./customer-schema.ts";
import { tiers } from "./defaults.ts";

const url = z.url({ protocol: /^https?$/ });
const email = z.email();

const modelSchema = z.strictObject({
  name: z.string().min(1).describe("model name as Azure OpenAI lists it"),
  version: z.string().min(1).describe("model version; unsaid, the newest that stacks/models.ts knows"),
  sku: z
    .enum(["GlobalStandard", "DataZoneStandard", "Standard"])
    .describe("where Azure may process: anywhere, in the data zone, in the region"),
  capacity: z.int().min(1).max(10_000).describe("quota in thousands of tokens a minute; unsaid, `modelCapacity`"),
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
  agent: agentSettings,
  phone: phoneSchema.describe("the number and where it may dial"),
  chat: chatSettings,
  flags: flagSettings,
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
/** The deployments a stack has. */
export type ModelRole = keyof StackSettings["models"];
