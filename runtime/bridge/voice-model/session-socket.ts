/** A session of the model over a WebSocket of its own, in whichever dialect the service speaks: one socket, one conversation. */
import type { TokenCredential } from "@azure/identity";
import WebSocket from "ws";
import { tokenFor } from "../../services/credential.ts";
import type { ModelBrief, ModelCommand, ModelEvent, OpenVoiceModel, VoiceModel } from "./voice-model.ts";

/** A session that is not open by then is tried anew. */
const openWithinMs = 10_000;
/** Far above any event of the services: audio comes in pieces of some seconds at most. */
const largestMessageBytes = 4 * 1_048_576;
/** Two seconds of the caller's audio. When the service takes no more, new audio is dropped rather than kept without bound. */
const mostUnsentBytes = 131_072;

/** How a service is reached and spoken to. */
export interface Dialect {
  /** Of the tokens the service takes. */
  readonly scope: string;
  readonly address: (deployment: string) => URL;
  /** What a session is told at its start, and with `opening` false whenever that changes. */
  readonly brief: (brief: ModelBrief, opening: boolean) => object;
  /** The messages that carry out a command, in order. */
  readonly write: (command: ModelCommand) => readonly (Buffer | object)[];
  /** What a message means; undefined when a call has no use for it, `closed` when the session is of no use any more. Never throws. */
  readonly read: (data: Buffer) => ModelEvent | undefined;
}

/** Sessions signed in as the app's identity. */
export function openSessions({ scope, address, brief: told, write, read }: Dialect, credential: TokenCredential): OpenVoiceModel {
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
      socket = new WebSocket(address(deployment), {
        headers: { authorization: `Bearer ${token}` },
        handshakeTimeout: openWithinMs,
        perMessageDeflate: false,
        maxPayload: largestMessageBytes,
      });
      let announced = false;
      socket.on("open", () => send(told(brief, true)));
      socket.on("message", (data) => {
        const event = over ? undefined : read(data as Buffer);
        if (!event || (event.kind === "ready" && announced)) return;
        if (event.kind === "closed") return close();
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
        for (const message of write(command)) send(message);
      },
      brief: (changed) => send(told(changed, false)),
      close() {
        over = true;
        if (socket?.readyState === WebSocket.OPEN) socket.close(1000);
        else socket?.terminate();
      },
    };
    return model;
  };
}

/** `path` below a service's endpoint, as the address of a socket. */
export function socketAddress(endpoint: string, path: string, query: Readonly<Record<string, string>>): URL {
  const address = new URL(`${path}?${new URLSearchParams(query)}`, endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
  return address;
}
