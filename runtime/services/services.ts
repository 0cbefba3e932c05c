/** Everything the functions app works with, opened once from its settings; each part is an interface a test can stand in for. */
import { randomBytes, randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { type Logger, pino } from "pino";
import { agentDefaults } from "../calls/agent-defaults.ts";
import { type CallStore, callStore } from "../calls/store.ts";
import { type Knowledge, knowledgeOf } from "../knowledge/knowledge.ts";
import type { FunctionsSettings } from "../settings.ts";
import { openBridge, type Sideband } from "./bridge-client.ts";
import { type CallAutomation, openCallAutomation } from "./call-automation.ts";
import { openDocuments } from "./cosmos.ts";
import { credential as identity } from "./credential.ts";
import type { Documents } from "./documents.ts";
import { type FlagReader, openFlags } from "./flags.ts";
import { type Models, openModels } from "./openai.ts";
import { type AfterCallQueue, openAfterCallQueue } from "./queues.ts";
import { openRecordings, type Recordings } from "./recordings.ts";
import { openSearch } from "./search.ts";
import { openSignalR, type Publisher } from "./signalr.ts";
import { openSms, type SmsSender } from "./sms.ts";

export interface Services {
  readonly settings: FunctionsSettings;
  readonly credential: TokenCredential;
  readonly documents: Documents;
  readonly store: CallStore;
  readonly automation: CallAutomation;
  readonly sms: SmsSender;
  readonly models: Models;
  readonly knowledge: Knowledge;
  readonly flags: FlagReader;
  readonly afterCall: AfterCallQueue;
  readonly publisher: Publisher;
  readonly recordings: Recordings;
  readonly sideband: Sideband;
  /** Static messages and ids only: no words, numbers or names of people. */
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly now: () => Date;
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
  return {
    settings,
    credential,
    documents,
    store: callStore(documents, now),
    automation: openCallAutomation(settings, credential),
    sms: openSms(settings, credential),
    models,
    knowledge: knowledgeOf(openSearch(settings, credential, models.embed)),
    flags: openFlags(settings, credential, log),
    afterCall: openAfterCallQueue(settings, credential),
    publisher: openSignalR(settings, credential),
    recordings: openRecordings(settings, credential),
    sideband: openBridge(settings, credential),
    log,
    now,
    newId: randomUUID,
    newNonce: () => randomBytes(32).toString("base64url"),
  };
}
