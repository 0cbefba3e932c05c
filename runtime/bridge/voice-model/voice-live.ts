/**
 * Azure Voice Live: recognition, a model of the service's own and an Azure voice behind one WebSocket, one session a call. It has no
 * deployments: what a session is opened with is the name of a model.
 */
import type { TokenCredential } from "@azure/identity";
import { openSessions, socketAddress } from "./session-socket.ts";
import { readEvent, sessionUpdate, writeCommand } from "./voice-live-events.ts";
import type { OpenVoiceModel } from "./voice-model.ts";

/** The newest documented stable version (Azure docs, "Voice Live 2026-04-10 API Reference"). */
const apiVersion = "2026-04-10";

/**
 * Text models, because only beside them does Azure Speech write down what callers say and tell the language of it; of the tiers Standard and
 * Pro (Azure docs, "Voice Live API overview", 2026-09-29).
 */
export const voiceLiveModels = { cheap: "gpt-5.6-luna", strong: "gpt-5.6-terra" } as const;

export interface VoiceLiveSettings {
  readonly VOICE_LIVE_ENDPOINT: string;
}

/** Sessions signed in as the app's identity; the `deployment` of each is one of the service's models. */
export function openVoiceLive(settings: VoiceLiveSettings, credential: TokenCredential): OpenVoiceModel {
  return openSessions(
    {
      scope: "https://ai.azure.com/.default",
      address: (model) =>
        socketAddress(settings.VOICE_LIVE_ENDPOINT, "voice-live/realtime", { "api-version": apiVersion, model }),
      brief: sessionUpdate,
      write: writeCommand,
      read: readEvent,
    },
    credential,
  );
}
