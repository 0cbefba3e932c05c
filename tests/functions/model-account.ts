/** The office's models as the real clients reach them: the OpenAI stand-in with the office's deployments, and faults on demand. */
import { RTCPeerConnection } from "werift";
import { createModel } from "../../laptop/model/model.ts";
import { createOpenAI } from "../../laptop/openai/open-ai.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { deploymentHealth } from "../../runtime/services/deployment-health.ts";
import { openModels } from "../../runtime/services/openai.ts";
import { openRealtimeCalls } from "../../runtime/services/realtime-calls.ts";
import { openTextModels } from "../../runtime/services/text-models.ts";
import { openWorld } from "../support/stand-in.ts";

/** Long enough for a stand-in next door on a busy machine, and how long one that says nothing is waited for. */
const patienceMs = 3_000;
/** What a deployment has to say nothing for, to be given up. */
export const silence = { kind: "timeout", holdMs: 2 * patienceMs } as const;

export async function openModelAccount() {
  const world = await openWorld();
  const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/models";
  const standIn = createOpenAI({
    access: world.directory,
    accountId,
    clock: world.clock,
    model: createModel(),
    voice: await openVoice(),
    random: Math.random,
  });
  const deployed = {
    "realtime-cheap": "gpt-realtime-2.1-mini",
    "realtime-strong": "gpt-realtime-2.1",
    "chat-fast": "gpt-5.4-mini",
    "chat-strong": "gpt-5.5",
    "chat-router": "model-router",
  };
  for (const [name, model] of Object.entries(deployed)) standIn.createDeployment({ name, model, version: "1", capacity: 100 });
  const { url } = await world.start(standIn);
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Cognitive Services OpenAI User", scope: accountId });
  const settings = {
    OPENAI_ENDPOINT: url,
    OPENAI_CHAT_FAST: "chat-fast",
    OPENAI_CHAT_STRONG: "chat-strong",
    OPENAI_EMBEDDING: "embedding",
    DIALLABLE_COUNTRIES: "",
  };
  return {
    fault: standIn.fault,
    /** Clients of the account for an office with this clock. */
    services(clock: { readonly nowMs: number }, more: { readonly OPENAI_CHAT_ROUTER?: string } = {}) {
      const health = deploymentHealth(() => clock.nowMs);
      return {
        health,
        models: openModels(settings, identity.credential, patienceMs),
        textModels: openTextModels({ ...settings, ...more }, identity.credential, health, { silentMs: patienceMs }),
        realtimeCalls: openRealtimeCalls(settings, identity.credential),
      };
    },
    async close(): Promise<void> {
      await standIn.close();
      await world.close();
    },
  };
}
export type ModelAccount = Awaited<ReturnType<typeof openModelAccount>>;

/** A browser's offer of a microphone and a data channel. */
export async function browserOffer(): Promise<string> {
  const browser = new RTCPeerConnection();
  browser.addTransceiver("audio", { direction: "sendrecv" });
  browser.createDataChannel("oai-events");
  await browser.setLocalDescription(await browser.createOffer());
  const offer = browser.localDescription?.sdp ?? "";
  await browser.close();
  return offer;
}
