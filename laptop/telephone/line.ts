/**
 * Phones as programs and pages hold them: a WebSocket for each, JSON for what a phone does and shows, binary 24 kHz PCM16 for what it says
 * and hears. It is mounted under `/phone` on the board's port, so it answers the same addresses wherever it is mounted.
 *
 * `POST /phone/lose-sound?number=+33612345678` tears off the sound stream of that phone's call between the network and the app.
 */
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { Service } from "../service.ts";
import type { Voice } from "../voice/voice.ts";
import type { Exchange } from "./exchange.ts";
import { LinePhone } from "./line-phone.ts";

export interface LineArgs {
  readonly exchange: Exchange;
  readonly voice: Voice;
  readonly clock: Clock;
  /** The system's own number: what a phone dials when it names none. */
  readonly phoneNumber: string;
  /** Whether whoever sends these headers may hold a phone: a page of ours by its cookie, a command by its token. */
  readonly authorise: (headers: IncomingHttpHeaders) => boolean;
}

const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/phone": ["phone.html", "text/html; charset=utf-8"],
  "/phone/phone.css": ["phone.css", "text/css; charset=utf-8"],
  "/phone/phone.js": ["phone.js", "text/javascript; charset=utf-8"],
  "/phone/sound.js": ["sound.js", "text/javascript; charset=utf-8"],
  "/phone/microphone.js": ["microphone.js", "text/javascript; charset=utf-8"],
};
const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
  "permissions-policy": "microphone=(self)",
  "cache-control": "no-store",
};
/** Ten seconds of sound at once; more is a mistake, or a program that should cut it. */
const maximumMessageBytes = 480_000;

export function createLine(args: LineArgs): Service {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maximumMessageBytes });
  return {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/phone/lose-sound") return loseSound(args, request, numberOf(url));
      const file = files[url.pathname.replace(/(.)\/$/, "$1")];
      if (!file) return new Response("There is no such page; the phone is at /phone.", { status: 404 });
      if (request.method !== "GET") return new Response("This page is only read.", { status: 405, headers: { allow: "GET" } });
      const body = await readFile(new URL(`./page/${file[0]}`, import.meta.url));
      return new Response(body, { headers: { "content-type": file[1], ...pageHeaders } });
    },
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? "", "http://localhost");
      if (url.pathname !== "/phone/line") return refuse(socket, "404 Not Found");
      if (!sameOrigin(request)) return refuse(socket, "403 Forbidden");
      if (!args.authorise(request.headers)) return refuse(socket, "401 Unauthorized");
      server.handleUpgrade(request, socket, head, (webSocket) => new LinePhone(args, webSocket, numberOf(url)));
    },
    close() {
      for (const client of server.clients) client.close(1001, "The laptop stops.");
      server.close();
    },
  };
}

function loseSound({ exchange, authorise }: LineArgs, request: Request, number: string): Response {
  if (request.method !== "POST") return new Response("Losing sound is posted.", { status: 405, headers: { allow: "POST" } });
  const { origin, host, authorization, cookie } = Object.fromEntries(request.headers);
  if (!sameOrigin({ headers: { origin, host: host ?? new URL(request.url).host } })) return new Response(null, { status: 403 });
  if (!authorise({ authorization, cookie })) return new Response(null, { status: 401 });
  if (exchange.loseSound(number)) return new Response(null, { status: 204 });
  return new Response("No call with this number has a sound stream; name a phone that is in a call with the system.", {
    status: 404,
  });
}

/** A plus in a query is a space unless it is escaped, which people forget. */
function numberOf(url: URL): string {
  return (url.searchParams.get("number") ?? "").replace(/^ /, "+");
}

/** A page of another site may not hold a phone through somebody's browser; programs send no origin. */
function sameOrigin({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers.origin === undefined || (URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
