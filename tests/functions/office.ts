/** The functions app under test: its real routes and rules over doubles of the services, which remember what they were asked. */
import { randomUUID } from "node:crypto";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { z } from "zod";
import { signDigest } from "../../laptop/key-vault/es256.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { callStore } from "../../runtime/calls/store.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import { httpApp } from "../../runtime/http/app.ts";
import { type Verify, verifier } from "../../runtime/http/verify.ts";
import type { Sideband } from "../../runtime/services/bridge-client.ts";
import type { CallAddresses, CallAutomation } from "../../runtime/services/call-automation.ts";
import { deploymentHealth } from "../../runtime/services/deployment-health.ts";
import { readSettings } from "../../runtime/services/environment.ts";
import type { SigningKey } from "../../runtime/services/keys.ts";
import { carriedLine, communicationLine, linesOf } from "../../runtime/services/lines.ts";
import type { Ask } from "../../runtime/services/openai.ts";
import type { RealtimeCalls } from "../../runtime/services/realtime-calls.ts";
import type { Services } from "../../runtime/services/services.ts";
import { functionsSettings } from "../../runtime/settings.ts";
import { memoryDocuments } from "../support/memory-documents.ts";

export const resourceId = "6d1c7e30-5a50-4a8e-9a3b-0c2f9d1a7b11";
export const staffClientId = "b2a6b0de-28a5-4f3c-9a51-6f6a1f2f9c20";
const staffIssuer = "https://login.example/tenant/v2.0";
const callIssuer = "https://calls.example";

export const environment: Readonly<Record<string, string>> = {
  AZURE_CLIENT_ID: "a11f9f6e-98a0-4c4c-8a0a-27cbe6d43a10",
  AZURE_TENANT_ID: "0b6f7f0f-2c3b-4b70-9f0a-3a1f2f0f7a55",
  OPENAI_ENDPOINT: "https://models.example",
  OPENAI_REALTIME_CHEAP: "realtime-cheap",
  OPENAI_REALTIME_STRONG: "realtime-strong",
  OPENAI_CHAT_FAST: "chat-fast",
  OPENAI_CHAT_STRONG: "chat-strong",
  OPENAI_EMBEDDING: "embedding",
  OPENAI_TRANSCRIPTION: "transcription",
  COSMOS_ENDPOINT: "https://documents.example",
  COSMOS_DATABASE: "contoso",
  QUEUE_ENDPOINT: "https://queues.example",
  CALLS_QUEUE: "calls",
  SMS_QUEUE: "sms",
  AFTER_CALL_QUEUE: "after-call",
  WEBHOOKS_QUEUE: "webhooks",
  WEBHOOK_PRIVATE_HOSTS: "",
  BLOB_ENDPOINT: "https://blobs.example",
  RECORDINGS_CONTAINER: "recordings",
  REDIS_HOST: "cache.example:10000",
  REDIS_USERNAME: "5c9b0ab7-1b1a-4a39-8f6e-7cf0bd6c2a01",
  SEARCH_ENDPOINT: "https://search.example",
  SEARCH_INDEX: "trainings",
  APP_CONFIGURATION_ENDPOINT: "https://flags.example",
  KEY_VAULT_ENDPOINT: "https://vault.example",
  SPEECH_ENDPOINT: "https://speech.example",
  TRANSLATOR_ENDPOINT: "https://translator.example",
  SIGNALR_ENDPOINT: "https://signalr.example",
  SIGNALR_CLIENT_ENDPOINT: "https://signalr.example",
  SIGNALR_HUB: "chathub_contoso",
  SIGNALR_PRINCIPAL_ID: "0d9f7c52-2a0e-4a4b-9a0f-6d8f0f1c5e31",
  VISITOR_KEY: "chat-visitors",
  PHONE_CARRIER: "acs",
  COMMUNICATION_ENDPOINT: "https://communication.example",
  COMMUNICATION_RESOURCE_ID: resourceId,
  CALL_AUTOMATION_AUTHORITY: callIssuer,
  PHONE_NUMBER: "+33199002737",
  DIALLABLE_COUNTRIES: "FR,US",
  DIALLED_PER_HOUR: "1000",
  STAFF_AUTHORITY: staffIssuer,
  STAFF_CLIENT_ID: staffClientId,
  AGENT: JSON.stringify({ bot_company: "Contoso", bot_name: "Amélie" }),
  CHAT: JSON.stringify(defaultChatOptions),
  FUNCTIONS_URL: "https://app.example",
  BRIDGE_URL: "https://bridge.example",
};

interface Done {
  readonly dialled: ({ to: string; from: string } & CallAddresses)[];
  readonly answered: ({ incomingCallContext: string } & CallAddresses)[];
  readonly hungUp: string[];
  readonly recorded: string[];
  /** Recordings that were ended before their calls. */
  readonly stopped: string[];
  /** What the service said by its own voice. */
  readonly played: { connection: string; text: string; context: string; language: string; voice: string }[];
  /** Connections whose media address was asked to be opened again, each with the pauses before it. */
  readonly reopened: string[];
  readonly pausesMs: number[];
  readonly told: { callId: string; news: CallNews }[];
  readonly texts: { to: string; message: string }[];
  readonly queued: string[];
  readonly asked: (Ask & { name?: string })[];
  readonly sent: { to: string; target: string; argument: unknown }[];
  /** Who came into which session's group of SignalR, and left. */
  readonly memberships: string[];
  readonly attached: Parameters<Sideband["attach"]>[0][];
  readonly ended: Parameters<Sideband["end"]>[0][];
  readonly logged: unknown[][];
}

/** An event of Call Automation: its kind, and whatever its data hold. */
interface Reported extends Readonly<Record<string, unknown>> {
  readonly kind: string;
  readonly connection: string;
  readonly id?: string;
  readonly code?: number;
  readonly subCode?: number;
}

interface Furnishing {
  /** Settings other than the usual ones. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Real services in place of doubles. */
  readonly services?: Partial<Services>;
  /** Who is staff, in place of those with a token of this office's own key. */
  readonly staff?: Verify;
  /** Who may report events of calls, in place of this office's own key. */
  readonly callback?: Verify;
}

export async function openOffice(furnishing: Furnishing = {}) {
  const startMs = Date.parse("2026-11-22T09:00:00Z");
  const clock = { nowMs: startMs };
  const done: Done = {
    dialled: [],
    answered: [],
    hungUp: [],
    recorded: [],
    stopped: [],
    played: [],
    reopened: [],
    pausesMs: [],
    told: [],
    texts: [],
    queued: [],
    asked: [],
    sent: [],
    memberships: [],
    attached: [],
    ended: [],
    logged: [],
  };
  /** Things that go wrong from now on, by service. */
  const broken = new Set<"knowledge" | "automation" | "models" | "sms" | "sideband" | "documents" | "news" | "voice">();
  const unless = (service: Parameters<typeof broken.has>[0]): void => {
    if (broken.has(service)) throw Object.assign(new Error("service is down"), { statusCode: 503 });
  };
  let flags: Flags = defaultFlags;
  const now = () => new Date(clock.nowMs);
  const documents = memoryDocuments();
  const log = (...line: unknown[]) => void done.logged.push(line);
  let connections = 0;
  /** Connections that Call Automation does not know any more, and media addresses it will not open. */
  const gone = new Set<string>();
  const closed = new Set<string>();
  /** Connections whose sound flows. */
  const streaming = new Set<string>();
  /** Files of recordings that have come, by recording id. */
  const files = new Map<string, string>();
  /** Whose browsers SignalR has connections of. */
  const connected = new Set<string>();
  const automation: CallAutomation = {
    async createCall(request) {
      unless("automation");
      done.dialled.push(request);
      return `connection-${++connections}`;
    },
    async answer(request) {
      unless("automation");
      done.answered.push(request);
      return `connection-${++connections}`;
    },
    hangUp: async (id) => void done.hungUp.push(id),
    transfer: async () => undefined,
    state: async (id) => (gone.has(id) ? "gone" : "connected"),
    streams: async (id) => streaming.has(id),
    hold: async () => undefined,
    unhold: async () => undefined,
    invite: async () => "invitation-1",
    dismiss: async () => undefined,
    async play(connection, text, { language, voice }, context) {
      unless("voice");
      done.played.push({ connection, text, context, language, voice });
    },
    async startMediaStreaming(id) {
      if (gone.has(id)) throw Object.assign(new Error("call not found"), { statusCode: 404 });
      done.reopened.push(id);
      if (closed.has(id)) throw Object.assign(new Error("media streaming is not possible"), { statusCode: 400 });
    },
    pauseRecording: async () => undefined,
    resumeRecording: async () => undefined,
    async stopRecording(id) {
      unless("automation");
      done.stopped.push(id);
    },
    async startRecording(id) {
      done.recorded.push(id);
      return `recording-of-${id}`;
    },
  };
  const realtimeCalls: RealtimeCalls = {
    accept: async () => true,
    reject: async () => undefined,
    refer: async () => undefined,
    hangUp: async (id) => void done.hungUp.push(id),
  };
  const settings = readSettings(functionsSettings, { ...environment, ...furnishing.environment });
  const services: Services = {
    settings,
    credential: { getToken: async () => ({ token: "identity", expiresOnTimestamp: clock.nowMs + 3_600_000 }) },
    documents,
    store: callStore(documents, now),
    automation,
    lines: linesOf(communicationLine(furnishing.services?.automation ?? automation, settings), carriedLine(realtimeCalls)),
    realtimeCalls,
    carriedBridge: { ready: async () => true, attach: async () => undefined },
    secrets: { read: async () => "whsec_c2lnbmluZyBzZWNyZXQgb2YgdGhpcyBvZmZpY2U=" },
    visitorKey: await localKey(),
    webhooks: { add: async () => undefined },
    poster: { post: async () => undefined },
    texts: { add: async () => undefined },
    news: {
      async publish(callId, news) {
        if (broken.has("news")) return false;
        done.told.push({ callId, news });
        return true;
      },
    },
    sms: {
      async send(to, message) {
        unless("sms");
        done.texts.push({ to, message });
      },
    },
    models: {
      async structured<Answer>(ask: Ask & { name: string; schema: z.ZodType<Answer> }) {
        unless("models");
        done.asked.push(ask);
        return ask.schema.parse(structuredAnswers[ask.name]);
      },
      async answer(ask) {
        unless("models");
        done.asked.push(ask);
        return "We are open until six.";
      },
      embed: async () => [0.1, 0.2],
      async openSession({ deployment }) {
        unless("models");
        return { answer: `v=0\r\ns=${deployment}\r\n`, callId: "rtc_1" };
      },
      async secret({ deployment }) {
        unless("models");
        const expiresAt = Math.floor(clock.nowMs / 1_000) + 60;
        return { value: `ek_${deployment}`, expiresAt, url: "https://models.example/openai/v1/realtime/calls" };
      },
    },
    textModels: {
      async answer({ choice, message }) {
        unless("models");
        const deployment = choice === "strong" ? "chat-strong" : "chat-fast";
        const usage = { prompt_tokens: 1_000, completion_tokens: 100 };
        return { text: `You said: ${message}`, deployment, model: `model of ${deployment}`, choice, usage };
      },
    },
    health: deploymentHealth(() => clock.nowMs),
    knowledge: {
      async search() {
        unless("knowledge");
        return [{ id: "hours", title: "Opening hours", content: "Open until six." }];
      },
    },
    flags: async () => flags,
    afterCall: { add: async (callId) => void done.queued.push(callId) },
    publisher: {
      negotiate: async (userId) => ({ url: "https://signalr.example/client/?hub=chathub", accessToken: `for ${userId}` }),
      sendToUser: async (userId, target, argument) => void done.sent.push({ to: `user ${userId}`, target, argument }),
      sendToGroup: async (group, target, argument) => void done.sent.push({ to: `group ${group}`, target, argument }),
      sendToSession: async ({ sessionId }, target, argument) =>
        void done.sent.push({ to: `group ${sessionId}`, target, argument }),
      join: async (userId, sessionId) => void done.memberships.push(`${userId} joins ${sessionId}`),
      leave: async (userId, sessionId) => void done.memberships.push(`${userId} leaves ${sessionId}`),
      leaveAll: async (userId) => void done.memberships.push(`${userId} leaves all`),
      isConnected: async (userId) => connected.has(userId),
    },
    recordings: {
      open: async (id) => {
        const audio = files.get(id);
        return audio === undefined
          ? undefined
          : { contentType: "audio/wav", bytes: audio.length, body: new Blob([audio]).stream() };
      },
      remove: async (id) => files.delete(id),
    },
    sideband: {
      async attach(session) {
        unless("sideband");
        done.attached.push(session);
      },
      async end(call) {
        unless("sideband");
        done.ended.push(call);
      },
    },
    log: { info: log, warn: log, error: log },
    now,
    pause: async (delayMs) => {
      done.pausesMs.push(delayMs);
      clock.nowMs += delayMs;
    },
    newId: randomUUID,
    newNonce: () => `nonce-${randomUUID()}`,
    ...furnishing.services,
  };

  const staffKey = await generateKeyPair("RS256");
  const callKey = await generateKeyPair("RS256");
  const keys = async (pair: typeof staffKey) =>
    createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: "RS256" }] });
  const web = httpApp(services, {
    staff:
      furnishing.staff ??
      verifier({ issuer: staffIssuer, audience: [staffClientId, `api://${staffClientId}`], keys: await keys(staffKey) }, now),
    callback: furnishing.callback ?? verifier({ issuer: callIssuer, audience: [resourceId], keys: await keys(callKey) }, now),
    metadata: async () => ({
      issuer: staffIssuer,
      authorization_endpoint: `${staffIssuer}/authorize`,
      token_endpoint: `${staffIssuer}/token`,
      jwks_uri: `${staffIssuer}/keys`,
    }),
  });

  const signed = (issuer: string, audience: string, claims: Record<string, unknown>, key: CryptoKey, lifetimeMs: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(clock.nowMs / 1_000))
      .setExpirationTime(Math.floor((clock.nowMs + lifetimeMs) / 1_000))
      .sign(key);

  const staffToken = (role?: string, { id = "person-1", audience = staffClientId, lifetimeMs = 3_600_000, nonce = "" } = {}) =>
    signed(
      staffIssuer,
      audience,
      { oid: id, roles: role ? [role] : [], ...(nonce ? { nonce } : {}) },
      staffKey.privateKey,
      lifetimeMs,
    );
  const callbackToken = ({ audience = resourceId, lifetimeMs = 300_000, issuer = callIssuer } = {}) =>
    signed(issuer, audience, {}, callKey.privateKey, lifetimeMs);

  return {
    web,
    services,
    done,
    clock,
    broken,
    gone,
    closed,
    files,
    streaming,
    connected,
    staffToken,
    callbackToken,
    setFlags: (changed: Partial<Flags>) => {
      flags = { ...flags, ...changed };
    },
    /** A request as `role`; nobody when it is undefined. */
    async request(
      role: string | undefined,
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<Response> {
      const authorization = role ? { authorization: `Bearer ${await staffToken(role)}` } : {};
      const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
      return web.request(`https://app.example${path}`, {
        method,
        headers: {
          ...authorization,
          ...(body !== undefined && typeof body !== "string" ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      });
    },
    /** Call Automation reports events of a call. */
    async reports(callId: string, ...events: Reported[]): Promise<Response> {
      const body = events.map(({ kind, connection, code = 200, subCode = 0, id = randomUUID(), ...data }) => ({
        id,
        specversion: "1.0",
        type: `Microsoft.Communication.${kind}`,
        time: new Date(clock.nowMs).toISOString(),
        data: { callConnectionId: connection, resultInformation: { code, subCode, message: "" }, ...data },
      }));
      return this.request(undefined, "POST", `/acs/callback/${callId}`, body, {
        authorization: `Bearer ${await callbackToken()}`,
      });
    },
  };
}
export type Office = Awaited<ReturnType<typeof openOffice>>;

/** A key of one version that signs as the vault's does. */
async function localKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { d = "", ...publicPart } = await exportJWK(privateKey);
  return {
    newest: async () => "version-1",
    sign: async (_version, digest) => signDigest(digest, Buffer.from(d, "base64url")),
    publicPart: async (version) => (version === "version-1" ? publicPart : undefined),
  };
}

const structuredAnswers: Readonly<Record<string, unknown>> = {
  synthesis: {
    long: "You told us about a broken screen.",
    short: "the broken screen",
    satisfaction: "high",
    improvement_suggestions: "Ask for the model first.",
  },
  next: { action: "customer_will_send_info", justification: "A photo is missing." },
  sms_summary: { message: "We noted the broken screen. Amélie, Contoso" },
};

/** The body in call-center-ai's own documentation. */
export const documentedBody = {
  bot_company: "Contoso",
  bot_name: "Amélie",
  phone_number: "+11234567890",
  task: "Help the customer with their digital workplace. Assistant is working for the IT support department. The objective is to help the customer with their issue and gather information in the claim.",
  agent_phone_number: "+33612345678",
  claim: [
    { name: "hardware_info", type: "text" },
    { name: "first_seen", type: "datetime" },
    { name: "building_location", type: "text" },
  ],
};
