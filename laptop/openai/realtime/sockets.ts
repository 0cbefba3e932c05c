/** WebSockets of the realtime API: `?model=` opens a session, `?call_id=` listens in on a WebRTC call and steers it. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Refusal } from "../../identity/access.ts";
import { errorBody } from "../answers.ts";
import type { Listener, RealtimeSession } from "./session.ts";

/** The largest event taken: 15 MiB of audio in one append (openai 7.57.0, realtime.d.ts), base64 and its envelope. */
const largestEvent = 21 * 1_024 * 1_024;

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: largestEvent,
  handleProtocols: (offered) => (offered.has("realtime") ? "realtime" : false),
});

export interface SocketRequest {
  readonly authorization: string | undefined;
  readonly query: URLSearchParams;
}

/** Reads the request; throws `Refusal` for what the GA service turns down before anything else. */
export function socketRequest(request: IncomingMessage): SocketRequest {
  const url = new URL(request.url ?? "/", "https://localhost");
  if (url.pathname !== "/openai/v1/realtime")
    throw new Refusal(404, "404", `Resource not found: the realtime API is at /openai/v1/realtime.`);
  if (url.searchParams.has("api-version"))
    throw new Refusal(401, "401", "The GA realtime API takes no 'api-version'. Leave it out.");
  if (request.headers["openai-beta"])
    throw new Refusal(
      400,
      "invalid_beta",
      "The GA realtime API takes no 'OpenAI-Beta' header; the preview protocol is gone. Leave it out.",
    );
  const subprotocol = /openai-insecure-api-key\.([^,\s]+)/.exec(request.headers["sec-websocket-protocol"] ?? "")?.[1];
  const authorization = request.headers.authorization ?? (subprotocol ? `Bearer ${subprotocol}` : undefined);
  return { authorization, query: url.searchParams };
}

export function accept(request: IncomingMessage, socket: Duplex, head: Buffer, join: (socket: WebSocket) => void): void {
  server.handleUpgrade(request, socket, head, join);
}

/** Answers an upgrade with an HTTP error and closes. */
export function turnDown(socket: Duplex, refusal: Refusal, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(errorBody(refusal));
  const lines = [
    `HTTP/1.1 ${refusal.status} ${refusal.code.replace(/[^\w ]/g, "")}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Couples a socket with a session; `owner` says that the session ends with the socket. */
export function couple(
  socket: WebSocket,
  session: Pick<RealtimeSession, "attach" | "detach" | "receive" | "close">,
  { owner }: { owner: boolean },
): void {
  const listener: Listener = {
    send: (event) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(event));
    },
    close: (code, reason) => socket.close(code, reason),
  };
  socket.on("message", (data) => session.receive(data.toString()));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    if (owner) session.close();
    else session.detach(listener);
  });
  session.attach(listener);
}
