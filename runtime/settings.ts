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

/**
 * All but the endpoint are deployment names, which is what Azure OpenAI calls `model`. `OPENAI_TRANSCRIPTION` writes down what callers say;
 * `OPENAI_CHAT_ROUTER` is Foundry's model-router, absent where a stack has none.
 */
export const openAISettings = z.object({
  OPENAI_ENDPOINT: url,
  OPENAI_REALTIME_CHEAP: name,
  OPENAI_REALTIME_STRONG: name,
  OPENAI_CHAT_FAST: name,
  OPENAI_CHAT_STRONG: name,
  OPENAI_CHAT_ROUTER: name.optional(),
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
 * the service, and `SIGNALR_HUB` keeps their people and sessions apart. `SIGNALR_PRINCIPAL_ID` is the object id of the service's own identity:
 * the `oid` of the tokens its events arrive with, whose audience is `STAFF_CLIENT_ID`.
 */
export const signalRSettings = z.object({
  SIGNALR_ENDPOINT: url,
  SIGNALR_CLIENT_ENDPOINT: url,
  SIGNALR_HUB: z.string().regex(/^[a-z][a-z0-9_]{0,127}$/, "lower case letters, digits and _, a letter first"),
  SIGNALR_PRINCIPAL_ID: z.uuid(),
});

/**
 * Communication Services, which carries the number's calls and messages when `PHONE_CARRIER` is `acs`. `COMMUNICATION_RESOURCE_ID` is the
 * immutable id that callbacks and media sockets carry as audience; `CALL_AUTOMATION_AUTHORITY` is the issuer of their tokens (keys at
 * `<authority>/calling/keys`).
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

/**
 * Which service carries the number's calls: Communication Services, a SIP trunk to Azure OpenAI (no settings of its own), or Twilio. The
 * settings of the others are absent.
 */
export const carrierSettings = z.object({ PHONE_CARRIER: z.enum(["acs", "sip", "twilio"]) });
export type Carrier = z.infer<typeof carrierSettings>["PHONE_CARRIER"];

/** The account that carries the number's calls; its auth token is the secret `twilio-auth-token` of the vault. `TWILIO_API` is https://api.twilio.com. */
export const twilioSettings = z.object({
  TWILIO_ACCOUNT_SID: z.string().regex(/^AC[0-9a-f]{32}$/, "AC and 32 lower case hexadecimal digits"),
  TWILIO_API: url,
});

/** Secrets of other companies' services, put there by people and never by the graph (runtime/services/secrets.ts has their names). */
export const vaultSettings = z.object({ KEY_VAULT_ENDPOINT: url });

/** The key of the vault that signs visitors' sessions (EC, P-256), by name: it never leaves the vault, which signs with it when asked. */
export const visitorSettings = z.object({ VISITOR_KEY: name });

/**
 * Completion webhooks waiting to be sent, and hosts (comma separated, each `host` or `host:port`) whose address may be a private one, which is
 * refused otherwise.
 */
export const webhookSettings = z.object({ WEBHOOKS_QUEUE: name, WEBHOOK_PRIVATE_HOSTS: z.string() });

/** Calls that one person or app may place in an hour (`POST /call`). */
export const dialSettings = z.object({ DIALLED_PER_HOUR: z.string().regex(/^[1-9]\d{0,3}$/) });

/** Calls one bridge process takes before it sends new ones elsewhere. */
export const capacitySettings = z.object({ CALLS_PER_REPLICA: z.string().regex(/^[1-9]\d{0,3}$/) });

/** The Foundry resource whose Voice Live API can hold the conversation. */
export const voiceLiveSettings = z.object({ VOICE_LIVE_ENDPOINT: url });

/** `SPEECH_RESOURCE_ID` is the ARM id that goes into a speech token (`aad#<id>#<token>`). */
export const speechSettings = z.object({ SPEECH_ENDPOINT: url, SPEECH_RESOURCE_ID: name, TRANSLATOR_ENDPOINT: url });

/** The directory that signs staff in, and the app registration whose roles they carry. */
export const staffSettings = z.object({ STAFF_AUTHORITY: url, STAFF_CLIENT_ID: z.string().min(1) });

/** What the agent says it is and asks for, when a call does not say otherwise: JSON of calls/agent.ts `AgentDefaults`. */
export const agentSettings = z.object({ AGENT: z.string().startsWith("{") });

/** How good, how dear and how long the chat is, and who may use it: JSON of chat-options.ts `ChatOptions`. */
export const chatSettings = z.object({ CHAT: z.string().startsWith("{") });

export const placeSettings = z.object({ FUNCTIONS_URL: url, BRIDGE_URL: url });

/**
 * What the functions app needs of the speech account: Communication Services speaks texts to a caller with it, under its own identity, and
 * phrases are translated into the call's language.
 */
export const promptSettings = speechSettings.pick({ SPEECH_ENDPOINT: true, TRANSLATOR_ENDPOINT: true });

export const telemetrySettings = z.object({ APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional() });

/** Settings that one carrier alone has; each is there when that carrier is the number's. */
const carriers = {
  acs: communicationSettings.shape,
  sip: {},
  twilio: twilioSettings.shape,
} as const satisfies Record<Carrier, z.ZodRawShape>;

/** The settings of the phone line, whoever carries it. */
const lineShape = {
  ...phoneSettings.shape,
  ...carrierSettings.shape,
  ...communicationSettings.partial().shape,
  /** ARM id of the Communication service, for whoever is to take events of no other one. */
  COMMUNICATION_ACCOUNT_ID: name.optional(),
  ...twilioSettings.partial().shape,
};

/** Refuses a line whose carrier's own settings are missing, beside whatever else is wrong. */
function withCarrier<Schema extends z.ZodObject>(schema: Schema): Schema {
  return schema.superRefine(
    (settings: Readonly<Record<string, unknown>>, context) => {
      const carrier = carrierSettings.safeParse(settings).data?.PHONE_CARRIER;
      if (!carrier) return;
      for (const setting of Object.keys(carriers[carrier]))
        if (settings[setting] === undefined)
          context.addIssue({ code: "custom", path: [setting], message: `PHONE_CARRIER ${carrier} needs it` });
    },
    { when: () => true },
  );
}

/** Whether Communication Services carries the line: calls go by Call Automation, messages by its SMS. */
export function carriedByCommunication<Settings extends { readonly PHONE_CARRIER: Carrier }>(
  settings: Settings,
): settings is Settings & z.infer<typeof communicationSettings> {
  return settings.PHONE_CARRIER === "acs";
}

/** Whether Twilio carries the line, calls and messages. A line by SIP has neither these settings nor messages. */
export function carriedByTwilio<Settings extends { readonly PHONE_CARRIER: Carrier }>(
  settings: Settings,
): settings is Settings & z.infer<typeof twilioSettings> {
  return settings.PHONE_CARRIER === "twilio";
}

/** What both apps are told. */
const commonShape = {
  ...identitySettings.shape,
  ...openAISettings.shape,
  ...cosmosSettings.shape,
  ...queueSettings.shape,
  ...webhookSettings.shape,
  ...recordingSettings.shape,
  ...redisSettings.shape,
  ...searchSettings.shape,
  ...flagSettings.shape,
  ...vaultSettings.shape,
  ...lineShape,
  ...staffSettings.shape,
  ...agentSettings.shape,
  ...chatSettings.shape,
  ...telemetrySettings.shape,
};

/** Everything the functions app is told. */
export const functionsSettings = withCarrier(
  z.object({
    ...commonShape,
    ...signalRSettings.shape,
    ...visitorSettings.shape,
    ...promptSettings.shape,
    ...placeSettings.shape,
    ...dialSettings.shape,
  }),
);
export type FunctionsSettings = z.infer<typeof functionsSettings>;

/** Everything the bridge app is told. */
export const bridgeSettings = withCarrier(
  z.object({
    ...commonShape,
    ...speechSettings.shape,
    ...voiceLiveSettings.shape,
    ...capacitySettings.shape,
    FUNCTIONS_URL: url,
  }),
);
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
