/**
 * The seam of every stand-in that speaks HTTP: a web-standard handler, sockets beside it, and how to stop.
 *
 * `serve` listens on loopback and answers both TLS and plain HTTP on the same port (the first byte tells them apart): SDK clients
 * refuse to send tokens without TLS, while what a browser opens on a laptop is plain http, and a host name has only one port.
 */
import type { IncomingMessage } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { getRequestListener } from "@hono/node-server";

export type OpenNow = Readonly<Record<string, number>>;

export interface Service {
  /** Answers one request. A thrown `Refusal` becomes its own answer, anything else a 500. */
  fetch(request: Request): Response | Promise<Response>;
  /** Takes over an upgrade request (WebSocket); absent means every upgrade is refused with 404. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** What it keeps open now, counted by what it is, for the board: what only grows is never let go of. */
  open?(): OpenNow;
  /** Ends what the service keeps open: sockets, timers, children. */
  close?(): void | Promise<void>;
}

/** Certificate and key in PEM, as made by the laptop's own certificate authority. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Listening {
  readonly port: number;
  /** `localhost:<port>`: what stands where Azure has a host name. */
  readonly host: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1; `port` 0 takes any free one. Fails with EADDRINUSE when the port is taken. */
export async function serve(service: Service, certificate: Certificate, port = 0): Promise<Listening> {
  const secure: SecureContext = createSecureContext({ cert: certificate.certificate, key: certificate.key });
  const http = createHttpServer(getRequestListener((request) => service.fetch(request), { overrideGlobalObjects: false }));
  http.on("upgrade", (request, socket, head) => {
    if (service.upgrade) service.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read(1) as Buffer | null;
      if (!first) return;
      socket.unshift(first);
      const tlsRecord = first[0] === 0x16;
      const stream = tlsRecord
        ? new TLSSocket(socket, { isServer: true, secureContext: secure, ALPNProtocols: ["http/1.1"] })
        : socket;
      stream.on("error", () => socket.destroy());
      http.emit("connection", stream);
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject);
    tcp.listen(port, "127.0.0.1", resolve);
  });
  const address = tcp.address() as AddressInfo;
  return {
    port: address.port,
    host: `localhost:${address.port}`,
    async close() {
      await service.close?.();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
      http.close();
    },
  };
}
