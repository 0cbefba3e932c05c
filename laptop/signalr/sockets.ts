/** The client's side: negotiate, then one WebSocket that speaks the JSON hub protocol. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { ClientTokens } from "./client-tokens.ts";
import type { Connection, Hubs } from "./hubs.ts";
import { clientMessage, Frames, frame, handshakeError, messageTypes } from "./protocol.ts";
import { invoke, report, type Upstream, upstreamFor } from "./upstream.ts";

/** How often the service says it is there, how long it waits for a client that says nothing, and for a handshake (ASP.NET Core's defaults). */
const keepAliveMs = 15_000;
const clientTimeoutMs = 30_000;
const handshakeMs = 15_000;
/** How long a negotiated connection token may wait for its socket. */
const negotiatedMs = 60_000;
/** Largest message of a client. */
const largestBytes = 1024 * 1024;

export interface ClientSide {
  /** Answers `POST /client/negotiate?hub=`. */
  negotiate(request: Request): Promise<Response>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

interface Dependencies {
  readonly hubs: Hubs;
  readonly tokens: ClientTokens;
  readonly clock: Clock;
  readonly isAllowed: (origin: string | null | undefined) => boolean;
  readonly upstreams: () => readonly Upstream[];
}

const identifier = () => randomBytes(16).toString("base64url");
const bearer = (authorization: string | null | undefined) => /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
const hubIn = (url: URL) => url.searchParams.get("hub")?.toLowerCase() ?? "";

export function clientSide({ hubs, tokens, clock, isAllowed, upstreams }: Dependencies): ClientSide {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestBytes });
  /** Connection tokens handed out and not used yet: the ids they stand for, and how to stop their time running. */
  const negotiated = new Map<string, { readonly id: string; readonly cancel: () => void }>();

  function redeem(token: string): string | undefined {
    const found = negotiated.get(token);
    negotiated.delete(token);
    found?.cancel();
    return found?.id;
  }

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? "/", "https://localhost");
    if (url.pathname !== "/client/" && url.pathname !== "/client") return refuse(socket, "404 Not Found");
    const claims = await tokens.verify(url.searchParams.get("access_token") ?? bearer(request.headers.authorization), hubIn(url));
    if (!claims) return refuse(socket, "401 Unauthorized");
    if (!isAllowed(request.headers.origin)) return refuse(socket, "403 Forbidden");
    const token = url.searchParams.get("id");
    const id = token === null ? identifier() : redeem(token);
    if (id === undefined) return refuse(socket, "404 Not Found");
    url.searchParams.delete("access_token");
    server.handleUpgrade(request, socket, head, (opened) => converse(opened, { id, ...claims }, url.search));
  }

  function converse(socket: WebSocket, { id, hub, userId }: Pick<Connection, "id" | "hub" | "userId">, query: string): void {
    const frames = new Frames();
    let isShaken = false;
    // A client that leaves says so; a line that ends without a word has been lost.
    let error = "The connection was lost.";
    const send = (message: Readonly<Record<string, unknown>>) => socket.readyState === socket.OPEN && socket.send(frame(message));
    const connection: Connection = {
      id,
      hub,
      userId,
      send,
      close(reason) {
        error = reason ?? "";
        send({ type: messageTypes.close, ...(reason === undefined ? {} : { error: reason }) });
        socket.close();
      },
    };
    const caller = { connection, query };
    let cancelTimeout = clock.after(handshakeMs, () => connection.close("Handshake was canceled."));
    let cancelPing = () => {};
    const ping = () => {
      send({ type: messageTypes.ping });
      cancelPing = clock.after(keepAliveMs, ping);
    };

    function shake(text: string): void {
      const refusal = handshakeError(text);
      send(refusal === undefined ? {} : { error: refusal });
      if (refusal === undefined) begin();
      else socket.close();
    }

    function begin(): void {
      isShaken = true;
      hubs.add(connection);
      cancelPing = clock.after(keepAliveMs, ping);
      void report(upstreams(), caller, "connected");
    }

    async function take(text: string): Promise<void> {
      const message = clientMessage(text);
      if (!message)
        return connection.close("The message could not be read, or is of a kind this service does not speak (streams).");
      if (message.type === messageTypes.close) {
        error = message.error ?? "";
        return socket.close();
      }
      if (message.type !== messageTypes.invocation) return;
      const upstream = upstreamFor(upstreams(), hub, { category: "messages", event: message.target });
      if (!upstream) return connection.close("Clients may not send messages: the service is serverless and has no upstream.");
      const completion = await invoke(upstream, caller, message);
      if (message.invocationId !== undefined) send(completion);
    }

    socket.on("message", (data) => {
      cancelTimeout();
      cancelTimeout = clock.after(clientTimeoutMs, () => connection.close("The client has said nothing for 30 seconds."));
      for (const text of frames.read(String(data))) {
        if (isShaken) void take(text);
        else shake(text);
      }
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      cancelTimeout();
      cancelPing();
      if (!isShaken) return;
      hubs.remove(id);
      void report(upstreams(), caller, "disconnected", error);
    });
  }

  return {
    async negotiate(request) {
      const url = new URL(request.url);
      if (!(await tokens.verify(bearer(request.headers.get("authorization")), hubIn(url)))) {
        return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
      }
      const connectionId = identifier();
      const connectionToken = identifier();
      const cancel = clock.after(negotiatedMs, () => negotiated.delete(connectionToken));
      negotiated.set(connectionToken, { id: connectionId, cancel });
      const availableTransports = [{ transport: "WebSockets", transferFormats: ["Text"] }];
      return Response.json({ negotiateVersion: 1, connectionId, connectionToken, availableTransports });
    },
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      void admit(request, socket, head).catch(() => socket.destroy());
    },
    close() {
      for (const token of negotiated.keys()) redeem(token);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
