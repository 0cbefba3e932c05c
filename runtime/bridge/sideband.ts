/**
 * Our side socket to a browser's realtime session: the browser talks to the model directly, so only from here is its usage seen and its time
 * limited.
 */
import type { TokenCredential } from "@azure/identity";
import type { Logger } from "pino";
import WebSocket from "ws";
import { z } from "zod";
import { parsedJson } from "../parsed-json.ts";
import { tokenFor } from "../services/credential.ts";
import type { Documents } from "../services/documents.ts";
import type { Clock } from "./clock.ts";
import { realtimeAddress } from "./voice-model/realtime.ts";

/** What the functions app asks for; `callId` is the model service's own id of the WebRTC call. */
export const sidebandSchema = z.object({
  callId: z.string().regex(/^[\w-]{1,128}$/, "letters, digits, _ and -, at most 128"),
  sessionId: z.string().min(1).max(128),
  deployment: z.string().min(1).max(128),
});
export type SidebandRequest = z.infer<typeof sidebandSchema>;

export interface SidebandResources {
  readonly endpoint: string;
  readonly credential: TokenCredential;
  /** The deployment that writes down what people say into the microphone. */
  readonly transcription: string;
  readonly documents: Pick<Documents, "create">;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
}

const scope = "https://cognitiveservices.azure.com/.default";
const openWithinMs = 10_000;
/** The service ends a session after an hour; half of that is enough for a chat. */
const longestSessionMs = 1_800_000;
const largestMessageBytes = 4 * 1_048_576;

const usageSchema = z.object({
  type: z.literal("response.done"),
  response: z.object({ id: z.string(), usage: z.record(z.string(), z.unknown()).nullish() }),
});

export class Sidebands {
  readonly #resources: SidebandResources;
  readonly #joined = new Map<string, Promise<WebSocket>>();

  constructor(resources: SidebandResources) {
    this.#resources = resources;
  }

  /** Joins the session and stays until it ends; a session already joined is fine. Rejects when the service does not let us in. */
  async attach(request: SidebandRequest): Promise<void> {
    const { callId } = request;
    const joined = this.#joined.get(callId) ?? this.#join(request);
    this.#joined.set(callId, joined);
    joined.catch(() => this.#joined.delete(callId));
    await joined;
  }

  async #join(request: SidebandRequest): Promise<WebSocket> {
    const { callId } = request;
    const { endpoint, credential, clock, transcription } = this.#resources;
    const socket = new WebSocket(realtimeAddress(endpoint, { call_id: callId }), {
      headers: { authorization: `Bearer ${await tokenFor(credential, scope)}` },
      handshakeTimeout: openWithinMs,
      perMessageDeflate: false,
      maxPayload: largestMessageBytes,
    });
    const cancel = clock.after(longestSessionMs, () => void this.#hangUp(callId));
    socket.on("message", (data) => this.#meter(request, (data as Buffer).toString("utf8")));
    socket.on("close", () => {
      cancel();
      this.#joined.delete(callId);
    });
    return new Promise((resolve, reject) => {
      socket.on("open", () => {
        // Asked for here rather than when the session is made: a refusal then costs the transcript, not the session.
        socket.send(
          JSON.stringify({
            type: "session.update",
            session: { type: "realtime", audio: { input: { transcription: { model: transcription } } } },
          }),
        );
        resolve(socket);
      });
      socket.on("error", reject);
    });
  }

  /** Leaves every session; the browsers' own connections stay. */
  close(): void {
    for (const joined of this.#joined.values()) void joined.then((socket) => socket.close(1000)).catch(() => undefined);
  }

  #meter({ sessionId, deployment }: SidebandRequest, text: string): void {
    if (!text.includes('"response.done"')) return;
    const { data } = usageSchema.safeParse(parsedJson(text));
    if (!data?.response.usage) return;
    const { documents, clock, log } = this.#resources;
    const { id, usage } = data.response;
    const at = new Date(clock.nowMs()).toISOString();
    documents.create("chats", sessionId, { id: `usage:${id}`, sessionId, at, deployment, usage }).catch(() => {
      log.warn({ responseId: id }, "usage of a chat session could not be kept");
    });
  }

  async #hangUp(callId: string): Promise<void> {
    const { endpoint, credential, log } = this.#resources;
    try {
      const headers = { authorization: `Bearer ${await tokenFor(credential, scope)}` };
      const address = new URL(`openai/v1/realtime/calls/${callId}/hangup`, endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
      const response = await fetch(address, { method: "POST", headers, signal: AbortSignal.timeout(openWithinMs) });
      if (!response.ok) throw new Error(`status ${response.status}`);
    } catch {
      log.warn("a chat session past its time could not be ended");
    }
  }
}
