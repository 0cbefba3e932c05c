/** Azure SignalR Service in serverless mode on a laptop: servers publish by REST, browsers hold a socket. */
import type { Clock } from "../clock.ts";
import type { Access } from "../identity/access.ts";
import type { Service } from "../service.ts";
import { clientTokens } from "./client-tokens.ts";
import { Hubs } from "./hubs.ts";
import { restInterface } from "./rest.ts";
import { clientSide } from "./sockets.ts";
import type { Upstream } from "./upstream.ts";

export interface SignalRSettings {
  /** Origins that browsers may connect from; `*` lets all in, an empty list none. Programs, which send no origin, are not held by it. */
  readonly clientOrigins: readonly string[];
  /** Where events go; a client that sends what no upstream takes is hung up on, as the serverless mode does. */
  readonly upstreams?: readonly Upstream[];
}

export interface SignalROptions extends SignalRSettings {
  readonly access: Access;
  /** ARM id of the service. */
  readonly serviceId: string;
  readonly clock: Clock;
}

export interface SignalRStandIn extends Service {
  /** Replaces the settings, as an update of the resource does; open connections stay. */
  configure(settings: SignalRSettings): void;
  connectionCount(): number;
  /** Memberships of users in groups that have not ended. */
  membershipCount(): number;
}

export function createSignalR({ access, serviceId, clock, ...initial }: SignalROptions): SignalRStandIn {
  let settings: SignalRSettings = initial;
  const hubs = new Hubs(() => clock.nowMs());
  const tokens = clientTokens(clock);
  const rest = restInterface({ access, serviceId, hubs, tokens });
  const isAllowed = (origin: string | null | undefined) =>
    !origin || settings.clientOrigins.some((each) => each === "*" || each === origin);
  const clients = clientSide({ hubs, tokens, clock, isAllowed, upstreams: () => settings.upstreams ?? [] });
  return {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith("/client")) return rest.fetch(request);
      const origin = request.headers.get("origin");
      if (request.method === "OPTIONS") return allowing(new Response(null, { status: 204 }), request, origin, isAllowed(origin));
      if (request.method !== "POST" || pathname !== "/client/negotiate") return new Response(null, { status: 404 });
      return allowing(await clients.negotiate(request), request, origin, isAllowed(origin));
    },
    upgrade: (request, socket, head) => clients.upgrade(request, socket, head),
    close: () => clients.close(),
    configure: (changed) => {
      settings = changed;
    },
    open: () => ({ connections: hubs.size, "memberships of groups": hubs.membershipCount }),
    connectionCount: () => hubs.size,
    membershipCount: () => hubs.membershipCount,
  };
}

/** What a browser must read before it shows the answer to a page of another origin; nothing for origins not on the list. */
function allowing(response: Response, request: Request, origin: string | null, isAllowed: boolean): Response {
  if (!origin || !isAllowed) return response;
  response.headers.set("access-control-allow-origin", origin);
  response.headers.set("access-control-allow-credentials", "true");
  response.headers.set("vary", "origin");
  if (request.method === "OPTIONS") {
    response.headers.set("access-control-allow-methods", "GET, POST");
    response.headers.set(
      "access-control-allow-headers",
      request.headers.get("access-control-request-headers") ?? "authorization",
    );
  }
  return response;
}
