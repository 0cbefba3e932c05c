/**
 * People who chat: browsers with the official SignalR client, the app's real routes, and the services that let it in and carry its messages. Only
 * the database is a double.
 */
import { randomUUID } from "node:crypto";
import { type HubConnection, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import type { Clock } from "../../laptop/clock.ts";
import { createKeyVault } from "../../laptop/key-vault/key-vault.ts";
import { createSignalR } from "../../laptop/signalr/signalr.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import { openId, staffVerifier } from "../../runtime/http/verify.ts";
import { openSigningKey } from "../../runtime/services/keys.ts";
import { openSignalR } from "../../runtime/services/signalr.ts";
import { openWorld } from "../support/stand-in.ts";
import { openOffice, staffClientId } from "./office.ts";

export const hub = "chathub_contoso";
const group = "/subscriptions/s/resourceGroups/g/providers";
const serviceId = `${group}/Microsoft.SignalRService/signalR/chat`;
const vaultId = `${group}/Microsoft.KeyVault/vaults/contoso`;

export interface Chatter {
  readonly id: string;
  /** What their browser sends with each request. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Tab {
  readonly connection: HubConnection;
  /** What it was told, oldest first, without markers. */
  readonly heard: readonly Readonly<Record<string, unknown>>[];
  /** Resolves when it has been told this. */
  hears(isIt: (told: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>;
  /** Cuts the line without a word. */
  breakLine(): void;
}

export async function openChat() {
  const world = await openWorld();
  /** How far SignalR's time is ahead. */
  const ahead = { ms: 0 };
  const clock: Clock = { nowMs: () => Date.now() + ahead.ms, after: () => () => undefined };

  let answer = (_request: Request): Response | Promise<Response> => new Response(null, { status: 503 });
  /** Events of SignalR that the app has answered, and who waits for one. */
  const told: { path: string; user: string }[] = [];
  let onTold = () => {};
  const { url: home } = await world.start({
    async fetch(request) {
      const response = await answer(request);
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/api/signalr/")) {
        told.push({ path: pathname, user: request.headers.get("x-asrs-user-id") ?? "" });
        onTold();
      }
      return response;
    },
  });

  const app = world.identity();
  const service = world.identity();
  world.grant({ objectId: app.objectId, role: "SignalR Service Owner", scope: serviceId });
  world.grant({ objectId: app.objectId, role: "Key Vault Crypto User", scope: `${vaultId}/keys/chat-visitors` });
  const signalR = createSignalR({
    access: world.directory,
    serviceId,
    clock,
    clientOrigins: [home],
    upstreams: [
      {
        hubPattern: hub,
        urlTemplate: `${home}/api/signalr/{hub}/{category}/{event}`,
        audience: staffClientId,
        identityObjectId: service.objectId,
        directory: world.directory,
      },
    ],
  });
  const { url: endpoint } = await world.start(signalR);
  const authority = `${world.directory.origin}/${world.directory.tenantId}`;
  const vault = createKeyVault({ access: world.directory, vaultId, authority, clock: world.clock });
  vault.createKey({ name: "chat-visitors", kty: "EC" });
  const { url: vaultUrl } = await world.start(vault);

  const signalRSettings = { SIGNALR_ENDPOINT: endpoint, SIGNALR_CLIENT_ENDPOINT: endpoint, SIGNALR_HUB: hub };
  const publisher = openSignalR(signalRSettings, app.credential);
  const office = await openOffice({
    environment: {
      ...signalRSettings,
      SIGNALR_PRINCIPAL_ID: service.objectId,
      FUNCTIONS_URL: home,
      CHAT: JSON.stringify({ ...defaultChatOptions, visitors: true }),
    },
    staff: staffVerifier(openId(`${authority}/v2.0`), staffClientId, () => new Date()),
    services: {
      publisher,
      visitorKey: openSigningKey({ KEY_VAULT_ENDPOINT: vaultUrl, VISITOR_KEY: "chat-visitors" }, app.credential),
    },
  });
  office.clock.nowMs = Date.now();
  answer = (request) => office.web.fetch(request);

  const open: HubConnection[] = [];
  /** Ids of people and of their sessions. */
  const secrets: string[] = [];
  const post = (path: string, { headers }: Pick<Chatter, "headers">, body: unknown = {}) =>
    fetch(`${home}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  return {
    home,
    endpoint,
    signalR,
    publisher,
    office,
    ahead,
    post,
    /** A token of the directory's. */
    token: (objectId: string, audience = staffClientId, lifetimeMs = 3_600_000) =>
      world.directory.token({ objectId, audience, lifetimeMs }),
    serviceObjectId: service.objectId,
    secrets,

    async person(): Promise<Chatter> {
      const id = randomUUID();
      secrets.push(id);
      const token = await world.directory.token({ objectId: id, audience: staffClientId, claims: { roles: ["viewer"] } });
      return { id, headers: { authorization: `Bearer ${token}` } };
    },

    async visitor(): Promise<Chatter> {
      // Each from a place of their own.
      const made = await post("/api/chat/visitors", { headers: { origin: home, "x-forwarded-for": randomUUID() } });
      const cookie = made.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      const [, claims = ""] = cookie.split("=")[1]?.split(".") ?? [];
      const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub: string };
      secrets.push(sub);
      return { id: sub, headers: { cookie, origin: home } };
    },

    /** A session that the person has opened. */
    async session(of: Chatter): Promise<string> {
      const answer = await post("/api/ModelRouter", of, { message: "Hello" });
      const { sessionId } = (await answer.json()) as { sessionId: string };
      secrets.push(sessionId);
      return sessionId;
    },

    /** A page of theirs, connected as the official client does it. `query` and `more` are what a forger adds. */
    async tab(of: Chatter, { query = "", more = {} }: { query?: string; more?: Record<string, string> } = {}): Promise<Tab> {
      const { authorization, ...headers } = of.headers;
      const token = authorization?.replace("Bearer ", "");
      const connection = new HubConnectionBuilder()
        .withUrl(`${home}/api/SignalRInfo${query}`, {
          headers: { ...headers, ...more },
          ...(token ? { accessTokenFactory: () => token } : {}),
        })
        .withAutomaticReconnect([0, 0, 0])
        .configureLogging(LogLevel.None)
        .build();
      const heard: Record<string, unknown>[] = [];
      const waiting = new Set<() => void>();
      const all: Record<string, unknown>[] = [];
      connection.on("messageReceived", (said: Record<string, unknown>) => {
        all.push(said);
        if (!("marker" in said)) heard.push(said);
        for (const look of waiting) look();
      });
      await connection.start();
      open.push(connection);
      return {
        connection,
        heard,
        hears: (isIt) =>
          new Promise((resolve) => {
            const look = () => {
              const found = all.find(isIt);
              if (!found) return;
              waiting.delete(look);
              resolve(found);
            };
            waiting.add(look);
            look();
          }),
        breakLine: () =>
          (
            connection as unknown as { connection: { transport: { _webSocket: WebSocket } } }
          ).connection.transport._webSocket.close(),
      };
    },

    /** Resolves when each of them has heard a word said to them after all that was said before: what has not come by then does not come. */
    async quiet(...present: readonly (readonly [Chatter, Tab])[]): Promise<void> {
      const marker = randomUUID();
      for (const id of new Set(present.map(([{ id }]) => id))) await publisher.sendToUser(id, "messageReceived", { marker });
      await Promise.all(present.map(([, tab]) => tab.hears((told) => told.marker === marker)));
    },

    /** Resolves when SignalR has told the app of this event of theirs, and has its answer. */
    async appKnows(event: string, { id }: Chatter): Promise<void> {
      for (;;) {
        const at = told.findIndex(({ path, user }) => path.endsWith(event) && user === id);
        if (at >= 0) return void told.splice(at, 1);
        await new Promise<void>((resolve) => {
          onTold = resolve;
        });
      }
    },

    /** Everybody goes home. */
    async leave(): Promise<void> {
      ahead.ms = 0;
      await Promise.all(open.splice(0).map((each) => each.stop()));
    },
    close: () => world.close(),
  };
}
export type Chat = Awaited<ReturnType<typeof openChat>>;
