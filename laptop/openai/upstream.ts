/** Bring your own model: deployments that a real, OpenAI-compatible server answers, while the runtime still presents its own token to us. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { Refusal } from "../identity/access.ts";
import { accept } from "./realtime/sockets.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Upstream {
  /** Up to and including `/v1`, e.g. `https://api.openai.com/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** Deployment name to the server's model name; other deployments stay with the stand-in. */
  readonly models: Readonly<Record<string, string>>;
}

/** Azure takes keys in a header of its own. */
function keyHeaders({ baseURL, apiKey }: Upstream): Record<string, string> {
  return /\.azure\.com$/.test(new URL(baseURL).hostname) ? { "api-key": apiKey } : { authorization: `Bearer ${apiKey}` };
}

const addressOf = ({ baseURL }: Upstream, path: string): string => `${baseURL.replace(/\/$/, "")}${path}`;

/** Posts to the server under its key, unless the headers bring another right; throws `Refusal` 502 when it cannot be reached. */
export async function post(
  upstream: Upstream,
  path: string,
  { headers = {}, body, signal }: { headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const right = headers.authorization ? {} : keyHeaders(upstream);
  const request = { method: "POST", headers: { ...right, ...headers }, ...(body === undefined ? {} : { body }) };
  return fetch(addressOf(upstream, path), { ...request, ...(signal ? { signal } : {}) }).catch(() => {
    throw unreachable();
  });
}

const unreachable = (): Refusal =>
  new Refusal(
    502,
    "BadGateway",
    "Your own model's server could not be reached. Check OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT, and that the server runs.",
  );

/** Sends the request on with the server's model and key, and its answer back as it comes. */
export async function forward(
  upstream: Upstream,
  path: string,
  body: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Response> {
  const answer = await post(upstream, path, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const headers = new Headers(answer.headers);
  // The body arrives decoded here, so these no longer describe it.
  for (const name of ["content-encoding", "content-length", "transfer-encoding", "set-cookie"]) headers.delete(name);
  return new Response(answer.body, { status: answer.status, headers });
}

/** A realtime session with the deployments it names replaced by the server's models. */
export function mappedSession({ models }: Upstream, session: Json): Json {
  const named = (name: unknown) => (typeof name === "string" ? (models[name] ?? name) : name);
  const audio = objectIn(session, "audio");
  const input = audio && objectIn(audio, "input");
  const transcription = input && objectIn(input, "transcription");
  return {
    ...session,
    ...("model" in session ? { model: named(session.model) } : {}),
    ...(transcription
      ? { audio: { ...audio, input: { ...input, transcription: { ...transcription, model: named(transcription.model) } } } }
      : {}),
  };
}

function objectIn(parent: Json, key: string): Json | undefined {
  const value = parent[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** A client's event as the server must read it: `session.update` names models, everything else goes on untouched. */
function mappedEvent(upstream: Upstream, text: string): string {
  // Nearly every event is audio, which is not worth parsing.
  if (!text.includes('"session.update"')) return text;
  try {
    const event = JSON.parse(text) as Json;
    const session = objectIn(event, "session");
    return session ? JSON.stringify({ ...event, session: mappedSession(upstream, session) }) : text;
  } catch {
    // What is wrong with it is the server's to say.
    return text;
  }
}

/**
 * Joins the caller's socket with one to the server, event for event; either closing closes the other. `model` (the server's own name) opens a
 * session, `call_id` joins one. Rejects with `Refusal` what the server turns down, before the caller's upgrade completes.
 */
export async function forwardSocket(
  upstream: Upstream,
  query: { model: string } | { call_id: string },
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const url = new URL(`${addressOf(upstream, "/realtime")}?${new URLSearchParams(query)}`);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  const far = new WebSocket(url, { headers: keyHeaders(upstream), perMessageDeflate: false, maxPayload: 32 * 1_024 * 1_024 });
  const gone = () => far.terminate();
  socket.once("close", gone);
  await opened(far).finally(() => socket.off("close", gone));
  accept(request, socket, head, (near) => {
    near.on("message", (data) => {
      if (far.readyState === far.OPEN) far.send(mappedEvent(upstream, data.toString()));
    });
    far.on("message", (data) => near.send(data.toString()));
    far.on("error", () => near.close(1_011, "the model's server could not be reached"));
    far.on("close", () => near.close(1_000));
    near.on("error", () => near.terminate());
    near.on("close", () => far.close());
  });
}

function opened(far: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    far.once("open", resolve);
    far.once("unexpected-response", (_request, response) => {
      response.resume();
      const status = response.statusCode ?? 502;
      reject(new Refusal(status, String(status), `Your own model's server would not take the socket (status ${status}).`));
      far.terminate();
    });
    far.once("error", () => reject(unreachable()));
    far.once("close", () => reject(unreachable()));
  });
}
