/** Bring your own model: deployments that a real, OpenAI-compatible server answers, while the runtime still presents its own token to us. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { accept } from "./realtime/sockets.ts";

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

/** Sends the request on with the server's model and key, and its answer back as it comes. */
export async function forward(
  upstream: Upstream,
  path: string,
  body: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Response> {
  const answer = await fetch(`${upstream.baseURL.replace(/\/$/, "")}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders(upstream) },
    body: JSON.stringify(body),
    signal,
  });
  const headers = new Headers(answer.headers);
  // The body arrives decoded here, so these no longer describe it.
  for (const name of ["content-encoding", "content-length", "transfer-encoding", "set-cookie"]) headers.delete(name);
  return new Response(answer.body, { status: answer.status, headers });
}

/** Joins the caller's socket with one to the server, frame for frame; either closing closes the other. */
export function forwardSocket(upstream: Upstream, model: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const url = new URL(`${upstream.baseURL.replace(/\/$/, "")}/realtime`);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  url.searchParams.set("model", model);
  const far = new WebSocket(url, { headers: keyHeaders(upstream), perMessageDeflate: false, maxPayload: 32 * 1_024 * 1_024 });
  const waiting: string[] = [];
  accept(request, socket, head, (near) => {
    near.on("message", (data) => {
      if (far.readyState === far.OPEN) far.send(data.toString());
      else waiting.push(data.toString());
    });
    far.on("open", () => {
      for (const event of waiting.splice(0)) far.send(event);
    });
    far.on("message", (data) => near.send(data.toString()));
    far.on("error", () => near.close(1_011, "the model's server could not be reached"));
    far.on("close", () => near.close(1_000));
    near.on("error", () => near.terminate());
    near.on("close", () => far.close());
  });
}
