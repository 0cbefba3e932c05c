/** SignalR in serverless mode by its REST interface: let a browser in, and say something to one person or one session. */
import type { TokenCredential } from "@azure/identity";
import { tokenFor } from "./credential.ts";

const version = "2022-11-01";
const scope = "https://signalr.azure.com/.default";
const minutesToExpire = 60;
const answerWithinMs = 10_000;

export interface Publisher {
  /** What a browser needs to connect as `userId`. */
  negotiate(userId: string): Promise<{ url: string; accessToken: string }>;
  sendToUser(userId: string, target: string, argument: unknown): Promise<void>;
  sendToGroup(group: string, target: string, argument: unknown): Promise<void>;
  /** From now on the user's connections, present and future, are in the group. */
  join(userId: string, group: string): Promise<void>;
}

export function openSignalR(
  settings: { SIGNALR_ENDPOINT: string; SIGNALR_CLIENT_ENDPOINT: string; SIGNALR_HUB: string },
  credential: TokenCredential,
): Publisher {
  const hub = settings.SIGNALR_HUB;
  const base = `${settings.SIGNALR_ENDPOINT.replace(/\/$/, "")}/api/hubs/${hub}`;
  async function request(
    method: string,
    path: string,
    { query = {}, body }: { query?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> {
    const address = new URL(`${base}/${path}`);
    for (const [name, value] of Object.entries({ ...query, "api-version": version })) address.searchParams.set(name, value);
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${await tokenFor(credential, scope)}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!response.ok) throw new Error(`SignalR refused a request with status ${response.status}.`);
    return response;
  }
  const segment = encodeURIComponent;
  return {
    async negotiate(userId) {
      const response = await request("POST", ":generateToken", { query: { userId, minutesToExpire: String(minutesToExpire) } });
      const { token } = (await response.json()) as { token: string };
      return { url: `${settings.SIGNALR_CLIENT_ENDPOINT.replace(/\/$/, "")}/client/?hub=${hub}`, accessToken: token };
    },
    async sendToUser(userId, target, argument) {
      await request("POST", `users/${segment(userId)}/:send`, { body: { target, arguments: [argument] } });
    },
    async sendToGroup(group, target, argument) {
      await request("POST", `groups/${segment(group)}/:send`, { body: { target, arguments: [argument] } });
    },
    async join(userId, group) {
      await request("PUT", `users/${segment(userId)}/groups/${segment(group)}`);
    },
  };
}
