/**
 * SignalR in serverless mode by its REST interface: let a browser in, and say something to one person or one session, never to all.
 * Source: learn.microsoft.com/azure/azure-signalr/swagger (data plane, 2022-11-01).
 */
import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { tokenFor } from "./credential.ts";

const version = "2022-11-01";
const scope = "https://signalr.azure.com/.default";
/** Long enough to connect; a client that comes back asks for another. */
const minutesToExpire = 5;
/**
 * How long a person stays in a session's group after the last sign of life in it: as long as a voice session may last. Without a limit the
 * service keeps a membership for a year, and only the newest hundred of a person.
 */
const membershipSeconds = 3_600;
const answerWithinMs = 10_000;

/** A session and whose it is. */
export interface SessionOf {
  readonly sessionId: string;
  readonly userId: string;
}

export interface Publisher {
  /** What a browser needs to connect as `userId`, once and soon. */
  negotiate(userId: string): Promise<{ url: string; accessToken: string }>;
  /** To all connections of the person. */
  sendToUser(userId: string, target: string, argument: unknown): Promise<void>;
  /** To whoever is in the session's group: its own person, since nobody else is let join. */
  sendToGroup(sessionId: string, target: string, argument: unknown): Promise<void>;
  /** From now on the person's connections, present and future, are in the session's group, for an hour. The caller knows that it is theirs. */
  join(userId: string, sessionId: string): Promise<void>;
  leave(userId: string, sessionId: string): Promise<void>;
  /** Joins and says: reaches a person whose connection was lost and is back, too. */
  sendToSession(session: SessionOf, target: string, argument: unknown): Promise<void>;
  isConnected(userId: string): Promise<boolean>;
  leaveAll(userId: string): Promise<void>;
}

/** What a session's group is called: a digest, so that a session's id, which a client may choose, is in no address and no log of the service. */
export const groupOf = (sessionId: string): string =>
  createHash("sha256").update(`chat session\n${sessionId}`).digest("base64url");

export function openSignalR(
  settings: { SIGNALR_ENDPOINT: string; SIGNALR_CLIENT_ENDPOINT: string; SIGNALR_HUB: string },
  credential: TokenCredential,
): Publisher {
  const hub = settings.SIGNALR_HUB;
  const base = `${settings.SIGNALR_ENDPOINT.replace(/\/$/, "")}/api/hubs/${hub}`;
  async function request(
    method: string,
    path: string,
    { query = {}, body, mayMiss = false }: { query?: Record<string, string>; body?: unknown; mayMiss?: boolean } = {},
  ): Promise<{ readonly found: boolean; readonly text: string }> {
    const address = new URL(`${base}/${path}`);
    for (const [name, value] of Object.entries({ ...query, "api-version": version })) address.searchParams.set(name, value);
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${await tokenFor(credential, scope)}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await response.text();
    if (response.ok || (mayMiss && response.status === 404)) return { found: response.ok, text };
    throw new Error(`SignalR refused a request with status ${response.status}.`);
  }
  const segment = encodeURIComponent;
  const membership = (userId: string, sessionId: string) => `users/${segment(userId)}/groups/${groupOf(sessionId)}`;
  const publisher: Publisher = {
    async negotiate(userId) {
      const { text } = await request("POST", ":generateToken", { query: { userId, minutesToExpire: String(minutesToExpire) } });
      const { token } = JSON.parse(text) as { token: string };
      return { url: `${settings.SIGNALR_CLIENT_ENDPOINT.replace(/\/$/, "")}/client/?hub=${hub}`, accessToken: token };
    },
    async sendToUser(userId, target, argument) {
      await request("POST", `users/${segment(userId)}/:send`, { body: { target, arguments: [argument] } });
    },
    async sendToGroup(sessionId, target, argument) {
      await request("POST", `groups/${groupOf(sessionId)}/:send`, { body: { target, arguments: [argument] } });
    },
    async join(userId, sessionId) {
      await request("PUT", membership(userId, sessionId), { query: { ttl: String(membershipSeconds) } });
    },
    async leave(userId, sessionId) {
      await request("DELETE", membership(userId, sessionId), { mayMiss: true });
    },
    async sendToSession({ sessionId, userId }, target, argument) {
      await publisher.join(userId, sessionId);
      await publisher.sendToGroup(sessionId, target, argument);
    },
    async isConnected(userId) {
      return (await request("HEAD", `users/${segment(userId)}`, { mayMiss: true })).found;
    },
    async leaveAll(userId) {
      await request("DELETE", `users/${segment(userId)}/groups`, { mayMiss: true });
    },
  };
  return publisher;
}
