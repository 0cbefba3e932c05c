/** The models, through the official client at the account's v1 address, signed in as the app's identity. */
import type { TokenCredential } from "@azure/identity";
import OpenAI from "openai";
import { z } from "zod";
import { tokenFor } from "./credential.ts";
import { brokenOff, DeploymentFailure, isDeploymentStatus, retryAfterMs } from "./deployment-health.ts";

const scope = "https://cognitiveservices.azure.com/.default";

export interface Ask {
  /** What the model is and must do. */
  readonly instructions: string;
  /** What it works on. */
  readonly input: string;
}

export interface Models {
  /** An answer in the form of `schema`, from the strong chat deployment; `name` names the form to the model. */
  structured<Answer>(ask: Ask & { readonly name: string; readonly schema: z.ZodType<Answer> }): Promise<Answer>;
  /** A short answer in words, from the fast chat deployment. */
  answer(ask: Ask): Promise<string>;
  /** The vector of a text, for the search index. */
  embed(text: string): Promise<number[]>;
  /**
   * Opens a WebRTC session for a browser's SDP offer: the SDP answer, and the call id that a server's side socket attaches to. Throws
   * `DeploymentFailure` or the client's `APIError` where the deployment is at fault, `ModelRefusal` where the offer is.
   */
  openSession(session: {
    readonly deployment: string;
    readonly instructions: string;
    readonly offer: string;
    /** Of a failing request, where no other deployment can be turned to. */
    readonly retries?: number;
  }): Promise<{ answer: string; callId: string }>;
  /** A secret with which a client opens one kind of WebRTC session itself, within a minute. */
  secret(session: { readonly deployment: string; readonly instructions: string }): Promise<SessionSecret>;
}

export interface SessionSecret {
  readonly value: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Where the client posts its SDP offer. */
  readonly url: string;
}

/** What the service would not do, with its status; its own words stay out of the message, since they may quote a person. */
export class ModelRefusal extends Error {
  readonly status: number;
  constructor(what: string, status: number) {
    super(`${what} was refused by the model service with status ${status}.`);
    this.name = "ModelRefusal";
    this.status = status;
  }
}

/** A secret bridges two requests that follow each other; those who know it may open sessions until it lapses. */
const secretSeconds = 60;
/** A person waits in front of a browser while a session is opened, in two steps, perhaps at two deployments. */
const usualOpeningMs = 5_000;
/** A browser's audio and data take a few kilobytes. */
const longestAnswer = 65_536;

/** A deployment that takes longer than `openWithinMs` for a step of opening a session counts as failed. */
export function openModels(
  settings: { OPENAI_ENDPOINT: string; OPENAI_CHAT_FAST: string; OPENAI_CHAT_STRONG: string; OPENAI_EMBEDDING: string },
  credential: TokenCredential,
  openWithinMs = usualOpeningMs,
): Models {
  const baseURL = `${settings.OPENAI_ENDPOINT.replace(/\/$/, "")}/openai/v1`;
  // The client class made for Azure composes addresses without /v1 and with an api-version, which the v1 service refuses.
  const client = new OpenAI({ baseURL, apiKey: () => tokenFor(credential, scope), timeout: 60_000, maxRetries: 3 });
  // The filter keeps instructions and tool calls from the browser.
  const callsAddress = `${baseURL}/realtime/calls?webrtcfilter=on`;
  /** Pins the session to its model, instructions and voice, and to no tools. */
  const clientSecret = (deployment: string, instructions: string, maxRetries: number) =>
    client.realtime.clientSecrets
      .create(
        {
          session: { type: "realtime", model: deployment, instructions, audio: { output: { voice: "marin" } } },
          expires_after: { anchor: "created_at", seconds: secretSeconds },
        },
        { maxRetries, timeout: openWithinMs },
      )
      .catch((error: unknown) => {
        throw brokenOff(error);
      });
  return {
    async structured({ instructions, input, name, schema }) {
      const { $schema: _, ...form } = z.toJSONSchema(schema) as Record<string, unknown>;
      const { choices } = await client.chat.completions.create({
        model: settings.OPENAI_CHAT_STRONG,
        messages: asked({ instructions, input }),
        response_format: { type: "json_schema", json_schema: { name, strict: true, schema: form } },
      });
      return schema.parse(JSON.parse(words(choices)));
    },
    async answer(ask) {
      const { choices } = await client.chat.completions.create({
        model: settings.OPENAI_CHAT_FAST,
        messages: asked(ask),
        max_completion_tokens: 300,
      });
      return words(choices);
    },
    async embed(text) {
      const { data } = await client.embeddings.create({ model: settings.OPENAI_EMBEDDING, input: text });
      const vector = data[0]?.embedding;
      if (!vector) throw new Error("The embedding deployment answered without a vector.");
      return vector;
    },
    async openSession({ deployment, instructions, offer, retries = 2 }) {
      const secret = await clientSecret(deployment, instructions, retries);
      // Azure takes the raw offer; the client's own method sends form data.
      const opened = async () => {
        const response = await fetch(callsAddress, {
          method: "POST",
          headers: { authorization: `Bearer ${secret.value}`, "content-type": "application/sdp" },
          body: offer,
          signal: AbortSignal.timeout(openWithinMs),
        });
        return { status: response.status, headers: response.headers, answer: await response.text() };
      };
      // The body, too, may come late or break off.
      const { status, headers, answer } = await opened().catch(() => {
        throw new DeploymentFailure();
      });
      if (isDeploymentStatus(status)) throw new DeploymentFailure(retryAfterMs(headers));
      if (status !== 201) throw new ModelRefusal("The WebRTC offer", status);
      const callId = headers.get("location")?.split("?")[0]?.split("/").pop();
      if (!callId || !answer.startsWith("v=0") || answer.length > longestAnswer) throw new DeploymentFailure();
      return { answer, callId };
    },
    async secret({ deployment, instructions }) {
      const { value, expires_at } = await clientSecret(deployment, instructions, 0);
      return { value, expiresAt: expires_at, url: callsAddress };
    },
  };
}

const asked = ({ instructions, input }: Ask) => [
  { role: "system" as const, content: instructions },
  { role: "user" as const, content: input },
];

function words(choices: readonly { readonly message: { readonly content: string | null } }[]): string {
  const content = choices[0]?.message.content?.trim();
  if (!content) throw new ModelRefusal("The question", 200);
  return content;
}
