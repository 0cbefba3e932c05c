/** Where and as whom the speech service is reached. */
import type { AccessToken, TokenCredential } from "@azure/identity";

const scope = "https://cognitiveservices.azure.com/.default";

export interface SpeechSettings {
  readonly SPEECH_ENDPOINT: string;
  readonly SPEECH_RESOURCE_ID: string;
}

export interface SpeechAccess {
  /** For each new connection of the SDK: a token of the identity that is valid then, in the form the service asks for. */
  readonly credential: TokenCredential;
  /** Whole addresses: given a bare host, the SDK first asks that host's port 443 for a redirection. */
  readonly recognition: URL;
  readonly synthesis: URL;
}

/** Paths: microsoft-cognitiveservices-speech-sdk 1.52.0, SpeechConnectionFactory and SpeechSynthesisConnectionFactory. */
export function speechAccess(settings: SpeechSettings, credential: TokenCredential): SpeechAccess {
  return {
    credential: {
      async getToken(_, options): Promise<AccessToken | null> {
        const given = await credential.getToken(scope, options);
        return given && { ...given, token: `aad#${settings.SPEECH_RESOURCE_ID}#${given.token}` };
      },
    },
    recognition: addressOf(settings.SPEECH_ENDPOINT, "stt/speech/universal/v2"),
    synthesis: addressOf(settings.SPEECH_ENDPOINT, "tts/cognitiveservices/websocket/v1"),
  };
}

function addressOf(endpoint: string, path: string): URL {
  const address = new URL(path, endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
  return address;
}
