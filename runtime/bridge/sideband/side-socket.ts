/** Our own socket to a call of the model's service, beside the browser's connection. */
import type { TokenCredential } from "@azure/identity";
import WebSocket from "ws";
import { tokenFor } from "../../services/credential.ts";
import { realtimeAddress } from "../voice-model/realtime.ts";

const scope = "https://cognitiveservices.azure.com/.default";
const openWithinMs = 5_000;
/** No sound comes here: an item of the conversation is the largest event. */
const largestMessageBytes = 4 * 1_048_576;

export interface SideSocket {
  send(message: object): void;
  /** Tells nothing any more; the call goes on. */
  close(): void;
}

/** Each is told at most once, and after `dropped` or `gone` nothing is. */
export interface SideSocketNews {
  readonly joined: () => void;
  readonly message: (text: string) => void;
  readonly dropped: () => void;
  /** The service knows no such call. */
  readonly gone: () => void;
}

export type OpenSideSocket = (callId: string, news: SideSocketNews) => SideSocket;

export function sideSockets(endpoint: string, credential: TokenCredential): OpenSideSocket {
  return (callId, news) => {
    let socket: WebSocket | undefined;
    let over = false;
    const finish = (tell: () => void) => {
      if (over) return;
      over = true;
      socket?.terminate();
      tell();
    };
    const join = async () => {
      const token = await tokenFor(credential, scope);
      if (over) return;
      socket = new WebSocket(realtimeAddress(endpoint, { call_id: callId }), {
        headers: { authorization: `Bearer ${token}` },
        handshakeTimeout: openWithinMs,
        perMessageDeflate: false,
        maxPayload: largestMessageBytes,
      });
      socket.on("open", () => {
        if (!over) news.joined();
      });
      socket.on("message", (data) => {
        if (!over) news.message((data as Buffer).toString("utf8"));
      });
      socket.on("unexpected-response", (_request, response) => {
        response.resume();
        finish(response.statusCode === 404 ? news.gone : news.dropped);
      });
      socket.on("close", () => finish(news.dropped));
      socket.on("error", () => finish(news.dropped));
    };
    join().catch(() => finish(news.dropped));
    return {
      send(message) {
        if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      },
      close() {
        if (over) return;
        over = true;
        if (socket?.readyState === WebSocket.OPEN) socket.close(1000);
        else socket?.terminate();
      },
    };
  };
}
