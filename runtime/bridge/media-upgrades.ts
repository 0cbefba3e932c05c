/** The door of the bridge's media sockets: each upgrade request is admitted by its carrier's route, or answered why not before it completes. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "./clock.ts";
import { maxFrameBytes } from "./frames.ts";
import { type Admission, MediaRefusal, type MediaRoute } from "./telephone/media-route.ts";
import { TokenBuckets } from "./token-buckets.ts";

/**
 * Requests from one address that were not let in, or not yet. A carrier's calls come from few addresses and many at once, so what was let in
 * does not count.
 */
const knocks = { burst: 300, perSecond: 20 } as const;

/** WebSocket close codes (RFC 6455, section 7.4.1; 1013 is registered as "try again later"). */
const closes = { policy: 1008, tryAgain: 1013 } as const;

export interface MediaUpgradesArgs {
  readonly routes: readonly MediaRoute[];
  /** Keeps a place for the call while it is admitted, and returns what gives it up; throws `MediaRefusal` when there is none. */
  readonly reserve: (callId: string, resumed: boolean) => () => void;
  /** What takes over a socket of this admission, once it is open; false when the call cannot be taken over now. */
  readonly prepare: (callId: string, admission: Admission, route: MediaRoute) => Promise<Connect>;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn" | "error">;
}

export type Connect = (socket: WebSocket, admission: Admission) => boolean;

export class MediaUpgrades {
  readonly #args: MediaUpgradesArgs;
  readonly #knocks: TokenBuckets;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxFrameBytes });

  constructor(args: MediaUpgradesArgs) {
    this.#args = args;
    this.#knocks = new TokenBuckets(knocks, args.clock);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    let release: () => void = () => undefined;
    this.#admit(request, (callId, resumed) => {
      release = this.#args.reserve(callId, resumed);
    })
      .then(
        ({ route, admission, connect }) =>
          new Promise<void>((resolve, reject) => {
            socket.once("close", () => resolve());
            this.#sockets.handleUpgrade(request, socket, head, (media) => {
              // Nobody else may listen: a socket that is refused can still break, which unheard would end the process with every call in it.
              media.on("error", () => undefined);
              this.#connect(route, admission, connect, media).then(resolve, reject);
            });
          }),
        (reason: unknown) => refuse(socket, this.#refusalFor(reason)),
      )
      .catch(() => {
        // One call that cannot be run takes no other with it.
        this.#args.log.error("a media socket could not be taken over");
        socket.destroy();
      })
      .finally(() => release());
  }

  async #admit(request: IncomingMessage, reserve: (callId: string, resumed: boolean) => void) {
    const { url: target = "/", headers } = request;
    // A request line may hold anything, also what is no address.
    const url = URL.canParse(target, "http://bridge") ? new URL(target, "http://bridge") : undefined;
    const source = sourceOf(request);
    if (!this.#knocks.take(source)) throw new MediaRefusal(429, "Too many requests from this address; try again in a second.");
    const route = this.#args.routes.find((each) => each.path.test(url?.pathname ?? ""));
    const callId = route?.path.exec(url?.pathname ?? "")?.groups?.callId;
    if (!url || !route || !callId) throw new MediaRefusal(404, "Media connects to /media/{callId}.");
    if (headers.origin !== undefined) throw new MediaRefusal(403, "Media is not for browsers.");
    if (isPlain(headers["x-forwarded-proto"])) throw new MediaRefusal(403, "Media connects over TLS: wss.");
    const admission = await route.admit({ callId, url, headers }, (resumed) => reserve(callId, resumed));
    this.#knocks.giveBack(source);
    return { route, admission, connect: await this.#args.prepare(callId, admission, route) };
  }

  async #connect(route: MediaRoute, admitted: Admission, connect: Connect, media: WebSocket): Promise<void> {
    try {
      const admission = route.prove ? await route.prove(admitted, media) : admitted;
      if (!connect(media, admission)) media.close(closes.tryAgain, "the call cannot be taken over now");
    } catch (reason) {
      if (!(reason instanceof MediaRefusal)) throw reason;
      media.close(closes.policy, this.#refusalFor(reason).message);
    }
  }

  #refusalFor(reason: unknown): MediaRefusal {
    const refusal =
      reason instanceof MediaRefusal ? reason : new MediaRefusal(503, "The call's record cannot be had now; try again.");
    this.#args.log.warn({ status: refusal.status }, "a media socket was refused");
    return refusal;
  }
}

/**
 * The platform's ingress adds the address it was asked from at the end, some of Azure's with the port, which is another one each time; what a
 * client wrote there itself comes before it.
 */
function sourceOf({ headers, socket }: IncomingMessage): string {
  const forwarded = headers["x-forwarded-for"];
  const last = (Array.isArray(forwarded) ? forwarded.join(",") : forwarded)?.split(",").at(-1)?.trim();
  return last?.replace(/^([\d.]+):\d+$/, "$1").replace(/^\[(.+)\](?::\d+)?$/, "$1") || (socket.remoteAddress ?? "unknown");
}

const isPlain = (protocol: string | string[] | undefined): boolean => protocol === "http" || protocol === "ws";

const reasons: Readonly<Record<MediaRefusal["status"], string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

function refuse(socket: Duplex, { status, message }: MediaRefusal): void {
  const body = JSON.stringify({ error: { message, details: [] } });
  const advice = status === 401 ? "WWW-Authenticate: Bearer\r\n" : status === 429 || status === 503 ? "Retry-After: 1\r\n" : "";
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${advice}Connection: close\r\n\r\n${body}`,
  );
}
