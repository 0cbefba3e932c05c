/** Everything the bridge works with, opened once from its settings; nothing is sent before the first use. */
import { randomInt, randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { pino } from "pino";
import { z } from "zod";
import { startRecording } from "../calls/consent.ts";
import { concludeCarried } from "../calls/inbound-carried.ts";
import { type WithdrawalNeeds, withdrawRecording } from "../calls/recording-withdrawal.ts";
import { openSteering } from "../calls/steering.ts";
import { callStore } from "../calls/store.ts";
import { runTool } from "../calls/tools.ts";
import { codeLength, deliverDigits } from "../calls/verification.ts";
import { chatOptions } from "../chat/options.ts";
import { callbackVerifier, openId, staffVerifier } from "../http/verify.ts";
import { knowledgeOf } from "../knowledge/knowledge.ts";
import { openCallAutomation } from "../services/call-automation.ts";
import { openNewsSubscriber } from "../services/call-news.ts";
import { openDocuments } from "../services/cosmos.ts";
import { credential as identity } from "../services/credential.ts";
import { deploymentHealth } from "../services/deployment-health.ts";
import { openFlags } from "../services/flags.ts";
import { openModels } from "../services/openai.ts";
import { ownAddress } from "../services/own-address.ts";
import { openPhrases } from "../services/phrase-library.ts";
import { openAfterCallQueue } from "../services/queues.ts";
import { openRealtimeCalls } from "../services/realtime-calls.ts";
import { openCache } from "../services/redis.ts";
import { openSearch } from "../services/search.ts";
import { openSecrets } from "../services/secrets.ts";
import { noSms, openSms } from "../services/sms.ts";
import { openTextModels } from "../services/text-models.ts";
import { openTwilio } from "../services/twilio.ts";
import { openPoster } from "../services/webhook-poster.ts";
import { type BridgeSettings, carriedByCommunication, carriedByTwilio } from "../settings.ts";
import type { BridgeServices } from "./bridge-app.ts";
import { processClock } from "./clock.ts";
import { memoryShare } from "./memory.ts";
import { noRecording, recordingSwitch } from "./recording-switch.ts";
import { sideSockets } from "./sideband/side-socket.ts";
import { Sidebands } from "./sideband/sidebands.ts";
import { acsMedia } from "./telephone/acs.ts";
import { twilioMedia } from "./telephone/twilio.ts";
import { voiceEngines } from "./voice-engines.ts";
import { openCascade } from "./voice-model/cascade/cascade.ts";
import { openRealtime } from "./voice-model/realtime.ts";
import { openRealtimeCall } from "./voice-model/realtime-call.ts";
import { openVoiceLive, voiceLiveModels } from "./voice-model/voice-live.ts";

export function openBridgeServices(settings: BridgeSettings): BridgeServices {
  const credential = identity(settings);
  const log = pino();
  const clock = processClock;
  const now = () => new Date(clock.nowMs());
  const documents = openDocuments(settings, credential);
  const store = callStore(documents, now);
  const models = openModels(settings, credential);
  const cache = openCache(settings, credential, log);
  const knowledge = knowledgeOf(openSearch(settings, credential, models.embed), cache);
  const flags = openFlags(settings, credential, log);
  const afterCall = openAfterCallQueue(settings, credential);
  const line = lineOf(settings, credential, { store, documents, now });
  const realtimeCalls = openRealtimeCalls(settings, credential);
  const context = {
    store,
    sms: line.sms,
    knowledge,
    finish: (callId: string) => afterCall.add(callId),
    now,
    newId: randomUUID,
    newCode: () => String(randomInt(10 ** codeLength)).padStart(codeLength, "0"),
    flags,
    startRecording: line.startRecording,
    withdrawRecording: line.withdrawRecording,
  };
  return {
    settings,
    store,
    media: line.media,
    engines: enginesOf(settings, credential),
    runTool: ({ callId, toolId, name, argumentsJson }) => runTool({ ...context, callId, toolId }, name, argumentsJson),
    deliverDigits: deliverDigits({ store, now, post: digitsPoster(settings, credential, now) }),
    sms: line.sms,
    recording: line.recording,
    phrases: openPhrases(settings, credential, cache),
    flags,
    news: openNewsSubscriber(settings, credential, log),
    carried: {
      calls: realtimeCalls,
      openCall: ({ callId, over }) =>
        openRealtimeCall({ settings, credential, transcription: settings.OPENAI_TRANSCRIPTION, callId, clock, over }),
      conclude: (call) => concludeCarried({ store, afterCall, now }, call),
      steering: openSteering(documents, randomUUID(), now),
    },
    sidebands: new Sidebands({
      options: chatOptions(settings),
      transcription: settings.OPENAI_TRANSCRIPTION,
      documents,
      openSocket: sideSockets(settings.OPENAI_ENDPOINT, credential),
      calls: realtimeCalls,
      tools: { knowledge, textModels: openTextModels(settings, credential, deploymentHealth(clock.nowMs)) },
      // A container that is started again in its replica goes on with what it watched (learn.microsoft.com, "Manage environment variables on
      // Azure Container Apps"); a replica that is lost leaves its calls to others.
      watcher: process.env.CONTAINER_APP_REPLICA_NAME ?? randomUUID(),
      newId: randomUUID,
      clock,
      log,
    }),
    verifyApp: staffVerifier(openId(settings.STAFF_AUTHORITY), settings.STAFF_CLIENT_ID, now),
    memoryShare,
    random: Math.random,
    clock,
    log,
  };
}

/** The engines this bridge has; another one is a line here. */
function enginesOf(settings: BridgeSettings, credential: TokenCredential): BridgeServices["engines"] {
  return voiceEngines({
    realtime: {
      open: openRealtime(settings, credential, settings.OPENAI_TRANSCRIPTION),
      cheap: settings.OPENAI_REALTIME_CHEAP,
      strong: settings.OPENAI_REALTIME_STRONG,
    },
    cascade: {
      open: openCascade(settings, credential, { clock: processClock, newId: randomUUID }),
      cheap: settings.OPENAI_CHAT_FAST,
      strong: settings.OPENAI_CHAT_STRONG,
    },
    "voice-live": { open: openVoiceLive(settings, credential), ...voiceLiveModels },
  });
}

/** Whoever carries the number's calls and messages; another carrier is a branch here. A line by SIP has neither media sockets nor messages. */
function lineOf(settings: BridgeSettings, credential: TokenCredential, kept: Omit<WithdrawalNeeds, "automation">) {
  const { store } = kept;
  if (carriedByTwilio(settings)) {
    const secrets = openSecrets(settings, credential);
    const bridgeUrl = ownAddress(process.env);
    if (!bridgeUrl)
      throw new Error(
        "This platform does not tell the bridge its public address, which Twilio signs: set BRIDGE_URL on the app.",
      );
    const twilio = openTwilio({ ...settings, BRIDGE_URL: bridgeUrl }, secrets);
    return {
      ...unrecorded,
      media: [twilioMedia({ store, secrets, bridgeUrl, clock: processClock, carrier: twilio })],
      sms: twilio,
    };
  }
  if (!carriedByCommunication(settings)) return { ...unrecorded, media: [], sms: noSms };
  const automation = openCallAutomation(settings, credential);
  const verify = callbackVerifier(settings, () => new Date(processClock.nowMs()));
  return {
    media: [acsMedia({ store, verify, automation, clock: processClock })],
    sms: openSms(settings, credential),
    recording: recordingSwitch(store, automation),
    startRecording: (callId: string) => startRecording({ store, automation }, callId),
    withdrawRecording: (callId: string) => withdrawRecording({ ...kept, automation }, callId, "caller"),
  };
}

/** Only Communication Services records calls. */
const unrecorded = { recording: noRecording, startRecording: async () => false, withdrawRecording: async () => undefined };

const accepted = z.object({ accepted: z.boolean(), message: z.string().optional() });

/** Hands digits to a customer's service, once: a second attempt might be taken for a second try of the caller. */
function digitsPoster(settings: BridgeSettings, credential: TokenCredential, now: () => Date) {
  const poster = openPoster(settings, openSecrets(settings, credential), now);
  return async (url: string, body: Readonly<Record<string, string>>) => {
    const { message, ...answer } = accepted.parse(await poster.post(url, randomUUID(), body));
    return message === undefined ? answer : { ...answer, message };
  };
}
