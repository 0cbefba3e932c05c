/**
 * What the service tells the app: who came and went, and what clients invoke.
 * Source: learn.microsoft.com/azure/azure-signalr/concept-upstream. Without access keys there is no X-ASRS-Signature: the proof is the
 * bearer token of the service's identity.
 */
import type { Directory } from "../identity/directory.ts";
import type { Connection } from "./hubs.ts";
import { type Invocation, json, messageTypes, unframed } from "./protocol.ts";

export interface Upstream {
  /** What it is told of: `*` for all, or names joined by commas; without one, all. */
  readonly hubPattern?: string;
  readonly categoryPattern?: string;
  readonly eventPattern?: string;
  /** With `{hub}`, `{category}` and `{event}` where those belong. */
  readonly urlTemplate: string;
  /** The app registration the token is for, e.g. `api://…`. */
  readonly audience: string;
  readonly identityObjectId: string;
  /** Where the service's identity gets the token it shows. */
  readonly directory: Pick<Directory, "token">;
}

export interface UpstreamCaller {
  readonly connection: Connection;
  /** The query the client connected with, without its token. */
  readonly query: string;
}

interface Event {
  readonly category: "connections" | "messages";
  readonly event: string;
}
type Told = Event & { readonly body: unknown };

/** The first upstream whose patterns an event matches; it alone is told. */
export function upstreamFor(upstreams: readonly Upstream[], hub: string, { category, event }: Event): Upstream | undefined {
  const matches = (pattern: string | undefined, name: string): boolean =>
    (pattern ?? "*").split(",").some((each) => each.trim() === "*" || each.trim().toLowerCase() === name.toLowerCase());
  return upstreams.find(
    (each) => matches(each.hubPattern, hub) && matches(each.categoryPattern, category) && matches(each.eventPattern, event),
  );
}

/** The app's answer; `undefined` when it could not be reached. */
async function post(
  upstream: Upstream,
  { connection, query }: UpstreamCaller,
  { category, event, body }: Told,
): Promise<Response | undefined> {
  const url = upstream.urlTemplate
    .replaceAll("{hub}", encodeURIComponent(connection.hub))
    .replaceAll("{category}", category)
    .replaceAll("{event}", encodeURIComponent(event));
  const { directory, identityObjectId: objectId, audience } = upstream;
  const token = await directory.token({ objectId, audience }).catch(() => undefined);
  // An identity that is given no token has nothing to show, and tells nobody anything.
  if (token === undefined) return undefined;
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    "x-asrs-connection-id": connection.id,
    "x-asrs-hub": connection.hub,
    "x-asrs-category": category,
    "x-asrs-event": event,
    "x-asrs-user-id": connection.userId ?? "",
    "x-asrs-user-claims": connection.userId === undefined ? "" : `asrs.s.uid: ${connection.userId}`,
    "x-asrs-client-query": query,
  };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => undefined);
}

/** Tells of a connection's begin or end; an app that does not listen changes nothing for the client. */
export async function report(
  upstreams: readonly Upstream[],
  caller: UpstreamCaller,
  event: "connected" | "disconnected",
  error = "",
): Promise<void> {
  const upstream = upstreamFor(upstreams, caller.connection.hub, { category: "connections", event });
  if (!upstream) return;
  const response = await post(upstream, caller, { category: "connections", event, body: event === "connected" ? {} : { error } });
  await response?.body?.cancel();
}

/**
 * The completion message for an invocation. The app answers with the result as JSON, or with a whole completion message, which is what
 * the Functions extension does.
 */
export async function invoke(
  upstream: Upstream,
  caller: UpstreamCaller,
  invocation: Invocation,
): Promise<Readonly<Record<string, unknown>>> {
  const { invocationId } = invocation;
  const response = await post(upstream, caller, { category: "messages", event: invocation.target, body: invocation });
  const completion = { type: messageTypes.completion, invocationId };
  if (!response?.ok) {
    await response?.body?.cancel();
    return { ...completion, error: `Invocation failed, status code ${response?.status ?? 502}.` };
  }
  const answer = json(unframed(await response.text()));
  const isCompletion =
    typeof answer === "object" && answer !== null && "type" in answer && answer.type === messageTypes.completion;
  if (isCompletion) return { ...answer, invocationId };
  return answer === undefined ? completion : { ...completion, result: answer };
}
