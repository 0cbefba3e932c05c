/**
 * The account's webhooks: who is told of which events, and the telling itself, signed as Standard Webhooks (standardwebhooks.com) has it. The
 * signing secret is shown once, when the endpoint is made.
 */
import { createHmac } from "node:crypto";
import type { Clock } from "../clock.ts";
import { Refusal } from "../identity/access.ts";
import { InvalidRequest } from "./answers.ts";

/** Event types of the real-time API; the service has more, of features the stand-in has not. */
const eventTypes = ["realtime.call.incoming"];
/** A delivery waits so long for its answer (Azure OpenAI, webhooks how-to) and is tried again after these pauses. */
const answerWithinMs = 10_000;
const retryDelaysMs = [1_000, 5_000];
const secretBytes = 24;

interface Endpoint {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly secret: Buffer;
  readonly createdAtSeconds: number;
}

export interface WebhookParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: (prefix: string) => string;
  /** How deliveries travel; the platform's own when absent. */
  readonly fetch?: typeof fetch;
}

export class Webhooks {
  readonly #parts: WebhookParts;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Makes an endpoint; the answer is the only one with its secret. Throws `InvalidRequest`. */
  create({ name, url, event_types: types }: Record<string, unknown>): Record<string, unknown> {
    if (typeof name !== "string" || name === "")
      throw new InvalidRequest("Missing required parameter: 'name'.", "name", "missing_required_parameter");
    if (typeof url !== "string" || !reachable(url))
      throw new InvalidRequest("Invalid 'url': an https address that the service can reach.", "url");
    if (!Array.isArray(types) || types.length === 0 || !types.every((each) => eventTypes.includes(String(each))))
      throw new InvalidRequest(`Invalid 'event_types': a list of ${eventTypes.join(", ")}.`, "event_types");
    const { clock, random, newId } = this.#parts;
    const endpoint: Endpoint = {
      id: newId("whe"),
      name,
      url,
      eventTypes: types.map(String),
      secret: Buffer.from(Array.from({ length: secretBytes }, () => Math.floor(random() * 256))),
      createdAtSeconds: Math.floor(clock.nowMs() / 1_000),
    };
    this.#endpoints.set(endpoint.id, endpoint);
    return { ...shown(endpoint), signing_secret: shownSecret(endpoint) };
  }

  list(): Record<string, unknown> {
    const data = [...this.#endpoints.values()].map(shown);
    return { object: "list", data, has_more: false };
  }

  delete(id: string): Record<string, unknown> {
    if (!this.#endpoints.delete(id)) throw new Refusal(404, "not_found", "There is no such webhook endpoint.");
    return { object: "webhook_endpoint.deleted", id, deleted: true };
  }

  /** Tells every endpoint that asked for such events; false when none did. Each delivery is tried three times. */
  tell(type: string, data: Readonly<Record<string, unknown>>): boolean {
    const endpoints = [...this.#endpoints.values()].filter((each) => each.eventTypes.includes(type));
    const { clock, newId } = this.#parts;
    const event = { object: "event", id: newId("evt"), type, created_at: Math.floor(clock.nowMs() / 1_000), data };
    for (const endpoint of endpoints) void this.#deliver(endpoint, newId("wh"), JSON.stringify(event));
    return endpoints.length > 0;
  }

  async #deliver(endpoint: Endpoint, id: string, body: string): Promise<void> {
    const { clock, fetch: send = fetch } = this.#parts;
    for (const delayMs of [...retryDelaysMs, undefined]) {
      const timestamp = String(Math.floor(clock.nowMs() / 1_000));
      const signature = createHmac("sha256", endpoint.secret).update(`${id}.${timestamp}.${body}`).digest("base64");
      const headers = {
        "content-type": "application/json",
        "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
      };
      const signal = AbortSignal.timeout(answerWithinMs);
      const answer = await send(endpoint.url, { method: "POST", headers, body, redirect: "error", signal }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.ok || delayMs === undefined) return;
      await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
    }
  }
}

/** On the laptop an app listens on loopback, which the service itself could not reach. */
function reachable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1"));
}

const shownSecret = ({ secret }: Endpoint): string => `whsec_${secret.toString("base64")}`;

function shown(endpoint: Endpoint): Record<string, unknown> {
  const { id, name, url, eventTypes: event_types, createdAtSeconds } = endpoint;
  return {
    object: "webhook_endpoint",
    id,
    created_at: createdAtSeconds,
    updated_at: createdAtSeconds,
    name,
    url,
    event_types,
    signing_secret_hint: `whsec_…${shownSecret(endpoint).slice(-4)}`,
  };
}
