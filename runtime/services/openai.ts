/** The models, through the official client at the account's v1 address, signed in as the app's identity. */
import type { TokenCredential } from "@azure/identity";
import OpenAI from "openai";
import { z } from "zod";
import { tokenFor } from "./credential.ts";

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
  /** Opens a WebRTC session for a browser's SDP offer: the SDP answer, and the call id that a server's side socket attaches to. */
  openSession(session: {
    readonly deployment: string;
    readonly instructions: string;
    readonly offer: string;
  }): Promise<{ answer: string; callId: string }>;
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

/** A secret only bridges two requests of ours, one after the other. */
const secretSeconds = 60;
/** A person waits in front of a browser for the answer to an offer. */
const answerWithinMs = 20_000;

export function openModels(
  settings: { OPENAI_ENDPOINT: string; OPENAI_CHAT_FAST: string; OPENAI_CHAT_STRONG: string; OPENAI_EMBEDDING: string },
  credential: TokenCredential,
): Models {
  const baseURL = `${settings.OPENAI_ENDPOINT.replace(/\/$/, "")}/openai/v1`;
  // The client class made for Azure composes addresses without /v1 and with an api-version, which the v1 service refuses.
  const client = new OpenAI({ baseURL, apiKey: () => tokenFor(credential, scope), timeout: 60_000, maxRetries: 3 });
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
    async openSession({ deployment, instructions, offer }) {
      const secret = await client.realtime.clientSecrets.create({
        session: { type: "realtime", model: deployment, instructions, audio: { output: { voice: "marin" } } },
        expires_after: { anchor: "created_at", seconds: secretSeconds },
      });
      // Azure takes the raw offer; the client's own method sends form data. The filter keeps instructions and tool calls from the browser.
      const response = await fetch(`${baseURL}/realtime/calls?webrtcfilter=on`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret.value}`, "content-type": "application/sdp" },
        body: offer,
        signal: AbortSignal.timeout(answerWithinMs),
      });
      if (response.status !== 201) throw new ModelRefusal("The WebRTC offer", response.status);
      const callId = response.headers.get("location")?.split("?")[0]?.split("/").pop();
      if (!callId) throw new Error("The model service opened a WebRTC session without saying where.");
      return { answer: await response.text(), callId };
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
