/** Everything the bridge works with, opened once from its settings; nothing is sent before the first use. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { callStore } from "../calls/store.ts";
import { runTool } from "../calls/tools.ts";
import { callbackVerifier, openId, staffVerifier } from "../http/verify.ts";
import { knowledgeOf } from "../knowledge/knowledge.ts";
import { openCallAutomation } from "../services/call-automation.ts";
import { openDocuments } from "../services/cosmos.ts";
import { credential as identity } from "../services/credential.ts";
import { openFlags } from "../services/flags.ts";
import { openModels } from "../services/openai.ts";
import { openAfterCallQueue } from "../services/queues.ts";
import { openCache } from "../services/redis.ts";
import { openSearch } from "../services/search.ts";
import { openSms } from "../services/sms.ts";
import type { BridgeSettings } from "../settings.ts";
import type { BridgeServices } from "./bridge-app.ts";
import { processClock } from "./clock.ts";
import { Sidebands } from "./sideband.ts";
import { openRealtime } from "./voice-model/realtime.ts";

export function openBridgeServices(settings: BridgeSettings): BridgeServices {
  const credential = identity(settings);
  const log = pino();
  const clock = processClock;
  const now = () => new Date(clock.nowMs());
  const documents = openDocuments(settings, credential);
  const store = callStore(documents, now);
  const models = openModels(settings, credential);
  const knowledge = knowledgeOf(openSearch(settings, credential, models.embed), openCache(settings, credential, log));
  const sms = openSms(settings, credential);
  const afterCall = openAfterCallQueue(settings, credential);
  const finish = (callId: string) => afterCall.add(callId);
  return {
    settings,
    store,
    automation: openCallAutomation(settings, credential),
    openModel: openRealtime(settings, credential, settings.OPENAI_TRANSCRIPTION),
    runTool: ({ callId, toolId, name, argumentsJson }) =>
      runTool({ callId, toolId, store, sms, knowledge, finish, now, newId: randomUUID }, name, argumentsJson),
    flags: openFlags(settings, credential, log),
    sidebands: new Sidebands({
      endpoint: settings.OPENAI_ENDPOINT,
      credential,
      transcription: settings.OPENAI_TRANSCRIPTION,
      documents,
      clock,
      log,
    }),
    verifyMedia: callbackVerifier(settings, now),
    verifyApp: staffVerifier(openId(settings.STAFF_AUTHORITY), settings.STAFF_CLIENT_ID, now),
    clock,
    log,
  };
}
