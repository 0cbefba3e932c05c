/**
 * A browser's calls with a model of one's own: its secrets, its offers, the side socket and hanging up go to the real server, while everybody
 * here keeps talking to our address, with our secrets and our deployments' names.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Refusal } from "../identity/access.ts";
import { Throttled } from "./faults.ts";
import { forwardSocket, mappedSession, post, type Upstream } from "./upstream.ts";

type Json = Record<string, unknown>;

/** A secret of the server: never shown, ours stands for it. */
export interface UpstreamSecret {
  readonly value: string;
  readonly expiresAtMs: number;
  /** The server's view of the session, under its own model name. */
  readonly session: Json;
}

/** Calls whose ids are remembered; the server does not tell us when one ends. */
const keptCalls = 1_000;

export class UpstreamCalls {
  readonly #upstream: Upstream;
  readonly #calls = new Set<string>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** A secret for this session, from the server. Throws `Refusal` with the server's status when it declines. */
  async createSecret(session: Json, expiresAfter?: unknown): Promise<UpstreamSecret> {
    const body = { session: mappedSession(this.#upstream, session), expires_after: expiresAfter };
    const answer = await post(this.#upstream, "/realtime/client_secrets", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw await declined(answer, "give a secret for the session");
    const { value, expires_at: expiresAt, session: opened } = (await answer.json()) as Json;
    if (typeof value !== "string" || typeof expiresAt !== "number") throw unreadable("a secret without a value and an expiry");
    return { value, expiresAtMs: expiresAt * 1_000, session: (opened ?? {}) as Json };
  }

  /** Opens a call for an SDP offer under the right of a secret. `query` is what the caller's address said, such as `?webrtcfilter=on`. */
  async open(secret: string, offer: string, query: string): Promise<{ callId: string; answer: string }> {
    const answer = await post(this.#upstream, `/realtime/calls${query}`, {
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/sdp" },
      body: offer,
    });
    if (!answer.ok) throw await declined(answer, "take the offer");
    const callId = answer.headers.get("location")?.split("?")[0]?.split("/").at(-1);
    if (!callId) throw unreadable("a call without its Location");
    this.#calls.add(callId);
    for (const oldest of this.#calls) if (this.#calls.size > keptCalls) this.#calls.delete(oldest);
    return { callId, answer: await answer.text() };
  }

  /** Whether the call is one that the server holds. */
  has(callId: string): boolean {
    return this.#calls.has(callId);
  }

  listenIn(callId: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    return forwardSocket(this.#upstream, { call_id: callId }, request, socket, head);
  }

  async hangUp(callId: string): Promise<void> {
    const answer = await post(this.#upstream, `/realtime/calls/${encodeURIComponent(callId)}/hangup`);
    if (!answer.ok) throw await declined(answer, "hang up");
    this.#calls.delete(callId);
  }
}

/** The server's own status and words, in our shape of an error. */
async function declined(answer: Response, what: string): Promise<Refusal> {
  const body = (await answer.json().catch(() => undefined)) as { error?: { message?: unknown; code?: unknown } } | undefined;
  if (answer.status === 429) return new Throttled((Number(answer.headers.get("retry-after")) || 1) * 1_000);
  const { message, code } = body?.error ?? {};
  const words = typeof message === "string" ? message : "it gave no reason";
  return new Refusal(
    answer.status,
    typeof code === "string" ? code : String(answer.status),
    `Your own model's server would not ${what} (status ${answer.status}): ${words}`,
  );
}

const unreadable = (what: string): Refusal =>
  new Refusal(502, "BadGateway", `Your own model's server answered ${what}; it does not speak the GA realtime API.`);
