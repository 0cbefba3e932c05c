/** Everything the functions app works with, opened once from its settings; each part is an interface a test can stand in for. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { TokenCredential } from "@azure/identity";
import { type Logger, pino } from "pino";
import { agentDefaults } from "../calls/agent-defaults.ts";
import { type CallStore, callStore } from "../calls/store.ts";
import { type Knowledge, knowledgeOf } from "../knowledge/knowledge.ts";
import { carriedByCommunication, carriedByTwilio, type FunctionsSettings } from "../settings.ts";
import { openBridge, type Sideband } from "./bridge-client.ts";
import { type CallAutomation, noCallAutomation, openCallAutomation } from "./call-automation.ts";
import { type NewsPublisher, openNewsPublisher } from "./call-news.ts";
import { type CarriedBridge, openCarriedBridge } from "./carried-bridge.ts";
import { openDocuments } from "./cosmos.ts";
import { credential as identity } from "./credential.ts";
import { type DeploymentHealth, deploymentHealth } from "./deployment-health.ts";
import type { Documents } from "./documents.ts";
import { type FlagReader, openFlags } from "./flags.ts";
import { openSigningKey, type SigningKey } from "./keys.ts";
import { carriedLine, communicationLine, type Lines, linesOf } from "./lines.ts";
import { type Models, openModels } from "./openai.ts";
import { type AfterCallQueue, openAfterCallQueue, openWebhookQueue, type WebhookQueue } from "./queues.ts";
import { openRealtimeCalls, type RealtimeCalls } from "./realtime-calls.ts";
import { openRecordings, type Recordings } from "./recordings.ts";
import { openSearch } from "./search.ts";
import { openSecrets, type Secrets } from "./secrets.ts";
import { openSignalR, type Publisher } from "./signalr.ts";
import { noSms, openSms, type SmsSender } from "./sms.ts";
import { openTextModels, type TextModels } from "./text-models.ts";
import { openTextQueue, type TextQueue } from "./text-queue.ts";
import { openTwilio } from "./twilio.ts";
import { openPoster, type Poster } from "./webhook-poster.ts";

export interface Services {
  readonly settings: FunctionsSettings;
  readonly credential: TokenCredential;
  readonly documents: Documents;
  readonly store: CallStore;
  /** Who carries calls. */
  readonly lines: Lines;
  /** What only Communication Services offers; refuses everything on a line that somebody else carries. */
  readonly automation: CallAutomation;
  readonly realtimeCalls: RealtimeCalls;
  readonly carriedBridge: CarriedBridge;
  readonly secrets: Secrets;
  /** Signs visitors' sessions. */
  readonly visitorKey: SigningKey;
  /** To the bridge that has the call. */
  readonly news: Pick<NewsPublisher, "publish">;
  readonly sms: SmsSender;
  readonly models: Models;
  readonly textModels: TextModels;
  /** Of the realtime and the chat deployments. */
  readonly health: DeploymentHealth;
  readonly knowledge: Knowledge;
  readonly flags: FlagReader;
  readonly afterCall: AfterCallQueue;
  readonly webhooks: WebhookQueue;
  readonly poster: Poster;
  /** Text messages that have come in. */
  readonly texts: TextQueue;
  readonly publisher: Publisher;
  readonly recordings: Recordings;
  readonly sideband: Sideband;
  /** Static messages and ids only: no words, numbers or names of people. */
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly now: () => Date;
  readonly pause: (delayMs: number) => Promise<unknown>;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** 32 unguessable bytes as base64url. */
  readonly newNonce: () => string;
}

/** The real services; nothing is sent before the first use. Throws when `AGENT` describes no agent, rather than at the first call. */
export function openServices(settings: FunctionsSettings): Services {
  agentDefaults(settings);
  const credential = identity(settings);
  const log = pino();
  const documents = openDocuments(settings, credential);
  const now = () => new Date();
  const models = openModels(settings, credential);
  const health = deploymentHealth(() => now().getTime());
  const secrets = openSecrets(settings, credential);
  const realtimeCalls = openRealtimeCalls(settings, credential);
  return {
    settings,
    credential,
    documents,
    store: callStore(documents, now),
    ...lineOf(settings, credential, secrets, realtimeCalls),
    realtimeCalls,
    carriedBridge: openCarriedBridge(settings, credential),
    secrets,
    visitorKey: openSigningKey(settings, credential),
    news: openNewsPublisher(settings, credential, log),
    models,
    textModels: openTextModels(settings, credential, health),
    health,
    knowledge: knowledgeOf(openSearch(settings, credential, models.embed)),
    flags: openFlags(settings, credential, log),
    afterCall: openAfterCallQueue(settings, credential),
    webhooks: openWebhookQueue(settings, credential),
    poster: openPoster(settings, secrets, now),
    texts: openTextQueue(settings, credential),
    publisher: openSignalR(settings, credential),
    recordings: openRecordings(settings, credential),
    sideband: openBridge(settings, credential),
    log,
    now,
    pause,
    newId: randomUUID,
    newNonce: () => randomBytes(32).toString("base64url"),
  };
}

/** What the number's carrier is for: calls, messages, and what is Communication Services' alone. A line by SIP has no messages. */
function lineOf(
  settings: FunctionsSettings,
  credential: TokenCredential,
  secrets: Secrets,
  realtimeCalls: RealtimeCalls,
): Pick<Services, "lines" | "automation" | "sms"> {
  const carried = carriedLine(realtimeCalls);
  if (carriedByCommunication(settings)) {
    const automation = openCallAutomation(settings, credential);
    return { automation, lines: linesOf(communicationLine(automation, settings), carried), sms: openSms(settings, credential) };
  }
  if (carriedByTwilio(settings)) {
    const twilio = openTwilio(settings, secrets);
    return { automation: noCallAutomation, lines: linesOf(twilio, carried), sms: twilio };
  }
  return { automation: noCallAutomation, lines: linesOf(carried, carried), sms: noSms };
}
