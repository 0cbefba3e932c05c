/**
 * What each app must be told to run: the one contract between the graph and the code.
 *
 * A component's link provides some of these names, a host (functions app, bridge app) demands all of them, and the compiler
 * holds the two together (components/link.ts). At start each app reads them from its environment (services/environment.ts).
 * Every value is text, because that is what an app setting is; the schema says what the text must look like.
 */
import { z } from "zod";

const url = z.url();
/** A physical name in the service it belongs to: a database, a queue, a container, a deployment. */
const name = z.string().min(1);

/** Who the app is: the client id of its user-assigned identity, and the directory that identity lives in. */
export const identitySettings = z.object({ AZURE_CLIENT_ID: z.uuid(), AZURE_TENANT_ID: z.uuid() });

/** All but the endpoint are deployment names, which is what Azure OpenAI calls `model`; the last writes down what callers say. */
export const openAISettings = z.object({
  OPENAI_ENDPOINT: url,
  OPENAI_REALTIME_CHEAP: name,
  OPENAI_REALTIME_STRONG: name,
  OPENAI_CHAT_FAST: name,
  OPENAI_CHAT_STRONG: name,
  OPENAI_EMBEDDING: name,
  OPENAI_TRANSCRIPTION: name,
});

export const cosmosSettings = z.object({ COSMOS_ENDPOINT: url, COSMOS_DATABASE: name });

export const queueSettings = z.object({
  QUEUE_ENDPOINT: url,
  CALLS_QUEUE: name,
  SMS_QUEUE: name,
  AFTER_CALL_QUEUE: name,
});

export const recordingSettings = z.object({ BLOB_ENDPOINT: url, RECORDINGS_CONTAINER: name });

/** `REDIS_HOST` is `host:port`, always TLS; the user is the identity's principal id, the password an Entra token. */
export const redisSettings = z.object({ REDIS_HOST: z.string().regex(/^[^:]+:\d+$/, "host:port"), REDIS_USERNAME: z.uuid() });

export const searchSettings = z.object({ SEARCH_ENDPOINT: url, SEARCH_INDEX: name });

export const flagSettings = z.object({ APP_CONFIGURATION_ENDPOINT: url });

/**
 * Servers publish to `SIGNALR_ENDPOINT`; browsers connect to `SIGNALR_CLIENT_ENDPOINT` (another address behind a gateway). Customers share
 * the service, and `SIGNALR_HUB` keeps their people and sessions apart.
 */
export const signalRSettings = z.object({
  SIGNALR_ENDPOINT: url,
  SIGNALR_CLIENT_ENDPOINT: url,
  SIGNALR_HUB: z.string().regex(/^[a-z][a-z0-9_]{0,127}$/, "lower case letters, digits and _, a letter first"),
});

/**
 * `COMMUNICATION_RESOURCE_ID` is the immutable id that callbacks and media sockets carry as audience;
 * `CALL_AUTOMATION_AUTHORITY` is the issuer of their tokens (keys at `<authority>/calling/keys`).
 */
export const communicationSettings = z.object({
  COMMUNICATION_ENDPOINT: url,
  COMMUNICATION_RESOURCE_ID: z.uuid(),
  CALL_AUTOMATION_AUTHORITY: url,
});

/** The number callers dial and callees see (E.164), and the countries that may be dialled (ISO 3166 alpha-2, comma separated). */
export const phoneSettings = z.object({
  PHONE_NUMBER: z.string().regex(/^\+[1-9]\d{6,14}$/),
  DIALLABLE_COUNTRIES: z.string().regex(/^([A-Z]{2}(,[A-Z]{2})*)?$/),
});

/** `SPEECH_RESOURCE_ID` is the ARM id that goes into a speech token (`aad#<id>#<token>`). */
export const speechSettings = z.object({ SPEECH_ENDPOINT: url, SPEECH_RESOURCE_ID: name, TRANSLATOR_ENDPOINT: url });

/** The directory that signs staff in, and the app registration whose roles they carry. */
export const staffSettings = z.object({ STAFF_AUTHORITY: url, STAFF_CLIENT_ID: z.string().min(1) });

/** What the agent says it is and asks for, when a call does not say otherwise: JSON of calls/agent.ts `AgentDefaults`. */
export const agentSettings = z.object({ AGENT: z.string().startsWith("{") });

export const placeSettings = z.object({ FUNCTIONS_URL: url, BRIDGE_URL: url });

export const telemetrySettings = z.object({ APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional() });

/** Everything the functions app is told. */
export const functionsSettings = z.object({
  ...identitySettings.shape,
  ...openAISettings.shape,
  ...cosmosSettings.shape,
  ...queueSettings.shape,
  ...recordingSettings.shape,
  ...redisSettings.shape,
  ...searchSettings.shape,
  ...flagSettings.shape,
  ...signalRSettings.shape,
  ...communicationSettings.shape,
  ...phoneSettings.shape,
  ...staffSettings.shape,
  ...agentSettings.shape,
  ...placeSettings.shape,
  ...telemetrySettings.shape,
});
export type FunctionsSettings = z.infer<typeof functionsSettings>;

/** Everything the bridge app is told. */
export const bridgeSettings = z.object({
  ...identitySettings.shape,
  ...openAISettings.shape,
  ...cosmosSettings.shape,
  ...queueSettings.shape,
  ...recordingSettings.shape,
  ...redisSettings.shape,
  ...searchSettings.shape,
  ...flagSettings.shape,
  ...communicationSettings.shape,
  ...speechSettings.shape,
  ...phoneSettings.shape,
  ...staffSettings.shape,
  ...agentSettings.shape,
  FUNCTIONS_URL: url,
  ...telemetrySettings.shape,
});
export type BridgeSettings = z.infer<typeof bridgeSettings>;

/**
 * The Cosmos containers the runtime keeps its records in: the graph creates exactly these (the data role cannot create any).
 * `partitionKey` is one path; `expiry: true` lets single documents carry a `ttl` in seconds.
 */
export const cosmosContainers = {
  /** Everything of one call: the record, its messages, the effects already claimed. */
  calls: { partitionKey: "/callId", expiry: true },
  /** One entry a call under the other party's number: "the latest call of this caller" without crossing partitions. */
  callers: { partitionKey: "/phoneNumber", expiry: true },
  /** One entry a call under its month (`2026-11`), one a chat under `chats:2026-11`: lists, newest first. */
  listings: { partitionKey: "/month", expiry: true },
  /** Everything of one chat session: the record, its turns, its metered usage. */
  chats: { partitionKey: "/sessionId", expiry: true },
} as const;
