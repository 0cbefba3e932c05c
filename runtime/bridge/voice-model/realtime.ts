/** Azure OpenAI's realtime models over a WebSocket: speech in, speech out, one session a call. */
import type { TokenCredential } from "@azure/identity";
import { readEvent, sessionUpdate, writeCommand } from "./realtime-events.ts";
import { openSessions, socketAddress } from "./session-socket.ts";
import type { OpenVoiceModel } from "./voice-model.ts";

export interface RealtimeSettings {
  readonly OPENAI_ENDPOINT: string;
}

/** Sessions signed in as the app's identity. `transcription` is the deployment that writes down what callers say. */
export function openRealtime(settings: RealtimeSettings, credential: TokenCredential, transcription: string): OpenVoiceModel {
  return openSessions(
    {
      scope: "https://cognitiveservices.azure.com/.default",
      address: (deployment) => realtimeAddress(settings.OPENAI_ENDPOINT, { model: deployment }),
      brief: (brief, opening) => sessionUpdate(brief, transcription, opening),
      write: writeCommand,
      read: readEvent,
    },
    credential,
  );
}

/** The GA address: `model` (a deployment) opens a session, `call_id` joins one. An api-version would be refused with 401. */
export function realtimeAddress(endpoint: string, query: { model: string } | { call_id: string }): URL {
  return socketAddress(endpoint, "openai/v1/realtime", { ...query });
}
