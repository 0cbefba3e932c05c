/** Azure OpenAI's realtime models over a WebSocket: speech in, speech out, one session a call. */
import type { TokenCredential } from "@azure/identity";
import WebSocket from "ws";
import { tokenFor } from "../../services/credential.ts";
import { readEvent, sessionUpdate, writeCommand } from "./realtime-events.ts";
import type { OpenVoiceModel, VoiceModel } from "./voice-model.ts";

const scope = "https://cognitiveservices.azure.com/.default";
/** A session that is not open by then is tried anew. */
const openWithinMs = 10_000;
/** Far above any event of the service: audio comes in pieces of some seconds at most. */
const largestMessageBytes = 4 * 1_048_576;
/** Two seconds of the caller's audio. When the service takes no more, new audio is dropped rather than kept without bound. */
const mostUnsentBytes = 131_072;

export interface RealtimeSettings {
  readonly OPENAI_ENDPOINT: string;
}

/** Sessions signed in as the app's identity. `transcription` is the deployment that writes down what callers say. */
export function openRealtime(settings: RealtimeSettings, credential: TokenCredential, transcription: string): OpenVoiceModel {
  return ({ deployment, brief }, report) => {
    let socket: WebSocket | undefined;
    let over = false;
    const close = () => {
      if (over) return;
      over = true;
      report({ kind: "closed" });
      socket?.terminate();
    };
    const send = (message: Buffer | object) => {
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message), { binary: false });
    };

    const connect = async () => {
      const token = await tokenFor(credential, scope);
      if (over) return;
      socket = new WebSocket(realtimeAddress(settings.OPENAI_ENDPOINT, { model: deployment }), {
        headers: { authorization: `Bearer ${token}` },
        handshakeTimeout: openWithinMs,
        perMessageDeflate: false,
        maxPayload: largestMessageBytes,
      });
      let announced = false;
      socket.on("open", () => send(sessionUpdate(brief, transcription, true)));
      socket.on("message", (data) => {
        const event = over ? undefined : readEvent(data as Buffer);
        if (!event || (event.kind === "ready" && announced)) return;
        if (event.kind === "ready") announced = true;
        report(event);
      });
      socket.on("close", close);
      socket.on("error", close);
    };
    connect().catch(close);

    const model: VoiceModel = {
      send(command) {
        if (command.kind === "hear" && (socket?.bufferedAmount ?? 0) > mostUnsentBytes) return;
        for (const message of writeCommand(command)) send(message);
      },
      brief: (changed) => send(sessionUpdate(changed, transcription, false)),
      close() {
        over = true;
        if (socket?.readyState === WebSocket.OPEN) socket.close(1000);
        else socket?.terminate();
      },
    };
    return model;
  };
}

/** The GA address: `model` (a deployment) opens a session, `call_id` joins one. An api-version would be refused with 401. */
export function realtimeAddress(endpoint: string, query: { model: string } | { call_id: string }): URL {
  const address = new URL(`openai/v1/realtime?${new URLSearchParams(query)}`, endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
  return address;
}
