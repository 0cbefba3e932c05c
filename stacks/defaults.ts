/** What each setting is when a stack does not say: one table for all tiers, and beside it what a tier changes. */
import { defaultChatOptions } from "../runtime/chat-options.ts";
import { defaultFlags } from "../runtime/flags.ts";

export const tiers = ["laptop", "dev", "test", "prod"] as const;
export type Tier = (typeof tiers)[number];

type Defaults = { readonly [name: string]: unknown };

const common: Defaults = {
  namePrefix: "switchboard",
  location: "swedencentral",
  openAISku: "S0",
  signalRSku: "Standard_S1",
  modelCapacity: 10,
  enableAppInsights: true,
  tags: {},
  cloud: {
    login: "https://login.microsoftonline.com",
    callAutomation: "https://acscallautomation.communication.azure.com",
    twilio: "https://api.twilio.com",
    appHostName: "{name}.azurewebsites.net",
    publicScheme: "https",
  },
  models: {
    realtimeCheap: { name: "gpt-realtime-2.1-mini", sku: "GlobalStandard" },
    realtimeStrong: { name: "gpt-realtime-2.1", sku: "GlobalStandard" },
    chatFast: { name: "gpt-5.4-mini", sku: "GlobalStandard" },
    chatStrong: { name: "gpt-5.5", sku: "GlobalStandard" },
    embedding: { name: "text-embedding-3-large", sku: "GlobalStandard" },
    transcription: { name: "gpt-realtime-whisper", sku: "GlobalStandard" },
  },
  agent: { bot_company: "Contoso", bot_name: "Amelia" },
  phone: { carrier: "acs", countries: [], dialledPerHour: 60, dataLocation: "Europe" },
  chat: defaultChatOptions,
  flags: defaultFlags,
  bridge: {
    host: "container-app",
    minReplicas: 1,
    maxReplicas: 3,
    callsPerReplica: 100,
    zoneRedundant: false,
    image: "docker.io/library/node:24-slim",
  },
  functions: { instanceMemoryMB: 2048, alwaysReady: 1, maximumInstances: 40, zoneRedundant: false },
  cosmos: { mode: "serverless", throughput: 1000, zones: false },
  search: { sku: "basic", replicas: 1 },
  redis: { sku: "Balanced_B0", highAvailability: false },
  appConfiguration: { sku: "Standard" },
  storage: { redundancy: "Standard_LRS" },
  webhooks: { privateHosts: [] },
  retention: { recordingsDays: 30, callsDays: 90, logsDays: 30 },
  staffAccess: { mode: "create" },
  privateNetwork: false,
  alerts: {},
  budget: {},
  customers: [],
  protectData: false,
};

const small: Defaults = {
  signalRSku: "Free_F1",
  functions: { instanceMemoryMB: 512, alwaysReady: 0 },
  bridge: { maxReplicas: 1 },
  search: { sku: "free" },
  appConfiguration: { sku: "Free" },
  chat: { session_budget_usd: 1, daily_budget_usd: 5, visitors_budget_usd: 5 },
  retention: { recordingsDays: 7, callsDays: 30 },
};

/** What a tier changes in the common defaults: dev is cheap, test is prod's shape without its price, prod survives the loss of a zone. */
const changes: Record<Tier, Defaults> = {
  laptop: {
    ...small,
    enableAppInsights: false,
    // Tests and rehearsals call more than people do.
    phone: { dialledPerHour: 600 },
    models: { router: { name: "model-router", sku: "GlobalStandard" } },
  },
  dev: small,
  test: {},
  prod: {
    signalRSku: "Premium_P1",
    modelCapacity: 50,
    functions: { alwaysReady: 2, maximumInstances: 100, zoneRedundant: true },
    bridge: { minReplicas: 2, maxReplicas: 10, zoneRedundant: true },
    cosmos: { mode: "autoscale", throughput: 4000, zones: true },
    search: { replicas: 3 },
    redis: { sku: "Balanced_B1", highAvailability: true },
    storage: { redundancy: "Standard_ZRS" },
    retention: { callsDays: 365, logsDays: 90 },
    privateNetwork: true,
    protectData: true,
  },
};

/** The defaults of one tier, as nested plain values. Names without a default (a phone number, an alert address) are absent. */
export const defaultsOf = (tier: Tier): Defaults => merge(common, changes[tier]);

/** Tables that are one value: a dial is one promise of two, and a half of each would be neither. */
const indivisible = new Set(["dial"]);

/** `over` laid on `base`: objects are merged name by name, everything else (lists too, and what is indivisible) replaces. */
export function merge(base: Defaults, over: Defaults): Defaults {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isTable(below) && isTable(value) && !indivisible.has(name) ? merge(below, value) : value;
  }
  return merged;
}

export const isTable = (value: unknown): value is Defaults =>
  typeof value === "object" && value !== null && !Array.isArray(value);
