/**
 * The board at the printed address: what runs, where, whether it is well, the last calls and chats, and the ways in. Plain http on loopback for the
 * person at this laptop; a request under any other host name is refused, so that no web page can read it through a name it controls.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Hono } from "hono";
import type { Service } from "../service.ts";
import { boardPage } from "./board-page.ts";
import type { BoardState, RecentCall, RecentChat } from "./board-state.ts";

export interface BoardOptions {
  state(): BoardState | undefined;
  /** The newest calls, read from the system's own API; rejects while it starts. */
  recentCalls(): Promise<readonly RecentCall[]>;
  /** The newest chats, read in the same way. */
  recentChats(): Promise<readonly RecentChat[]>;
  /** The phones' page and sockets, mounted under `/phone` once the line is up. */
  phone(): Service | undefined;
  /** Opens the phone line for commands beside the page's own cookie. */
  readonly lineToken: string;
}

const cookieName = "switchboard-phone";

export class Board implements Service {
  readonly #options: BoardOptions;
  readonly #pageToken = randomBytes(24).toString("hex");
  readonly #app = new Hono();

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#app.get("/", async (context) => {
      const state = options.state();
      const recent = <Entry>(read: () => Promise<readonly Entry[]>) => (state ? read().catch(() => undefined) : undefined);
      const [calls, chats] = await Promise.all([recent(() => options.recentCalls()), recent(() => options.recentChats())]);
      return context.html(boardPage(state, { calls, chats }), 200, {
        "content-security-policy":
          "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
      });
    });
    this.#app.get("/open", (context) => context.json(openNow(options.state())));
    this.#app.all("/phone/*", (context) => this.#phone(context.req.raw));
    this.#app.all("/phone", (context) => this.#phone(context.req.raw));
    this.#app.notFound((context) => context.text("There is no such page here. The board is at /, the phone at /phone.\n", 404));
  }

  async fetch(request: Request): Promise<Response> {
    if (!isLoopback(request.headers.get("host"))) return new Response("This board answers to localhost only.\n", { status: 421 });
    return this.#app.fetch(request);
  }

  upgrade(request: IncomingMessage, socket: Parameters<NonNullable<Service["upgrade"]>>[1], head: Buffer): void {
    const phone = this.#options.phone();
    if (phone?.upgrade && isLoopback(request.headers.host) && request.url?.startsWith("/phone/"))
      phone.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }

  /** Whether a request may use the phone line: the page's cookie from the same origin, or the token that commands read from the laptop's home. */
  readonly mayUsePhone = (headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
  }): boolean => {
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
    const cookie = new RegExp(`(?:^|; )${cookieName}=([0-9a-f]+)`).exec(headers.cookie ?? "")?.[1];
    return same(bearer, this.#options.lineToken) || same(cookie, this.#pageToken);
  };

  async #phone(request: Request): Promise<Response> {
    const phone = this.#options.phone();
    if (!phone)
      return new Response("The phone line is starting; try again in a moment.\n", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    const answer = await phone.fetch(request);
    if (request.method !== "GET" || new URL(request.url).pathname !== "/phone") return answer;
    const headers = new Headers(answer.headers);
    headers.append("set-cookie", `${cookieName}=${this.#pageToken}; Path=/phone; HttpOnly; SameSite=Strict`);
    return new Response(answer.body, { status: answer.status, headers });
  }
}

/** What is open in the stand-ins and in this process, as numbers: a run that is over must leave them as they were. */
function openNow(state: BoardState | undefined) {
  const handles = process.getActiveResourcesInfo();
  const count = (kind: string): number => handles.filter((each) => each === kind).length;
  return {
    services: (state?.services ?? []).flatMap(({ service, name, open }) => (open ? [{ service, name, open: open() }] : [])),
    process: {
      timers: count("Timeout"),
      tcpSockets: count("TCPSocketWrap"),
      udpSockets: count("UDPWrap"),
      memoryBytes: process.memoryUsage().rss,
    },
  };
}

function isLoopback(host: string | null | undefined): boolean {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host ?? "");
}

function same(given: string | undefined, wanted: string): boolean {
  return given !== undefined && given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}
