/**
 * Which WebRTC calls of chats are open, and which bridge watches each: a document in the call's session, renewed while it is watched, and an
 * entry in one list of all open calls, so that one nobody watches any more is found.
 */
import { z } from "zod";
import type { Documents, Stored } from "../services/documents.ts";
import { type Choice, callDocument, callId as callDocumentId } from "./record.ts";

/** Unwatched for this long, a call is given to another bridge: three renewals may fail. */
export const watchedForMs = 90_000;
export const renewedEveryMs = 30_000;

/** A partition of the listings beside the months. */
const openCalls = "chat-calls";
const openPage = 100;
/** Writers of one call are the bridges that watch it: two at most. More collisions than this mean a loop. */
const attempts = 10;

const watchedDocument = callDocument.extend({ watched_by: z.string() });
type WatchedDocument = z.infer<typeof watchedDocument>;
export type EndedBy = NonNullable<z.infer<typeof callDocument>["ended_by"]>;

export interface ChatCall {
  /** The model service's id. */
  readonly callId: string;
  readonly sessionId: string;
  readonly deployment: string;
  readonly choice: Choice;
}

export interface OpenCall {
  readonly callId: string;
  readonly sessionId: string;
  /** How often a bridge was asked in vain to watch it. */
  readonly failed: number;
}

const entrySchema = z.object({ id: z.string(), sessionId: z.string(), failed: z.number() });

export type Begun = { readonly state: "new" | "resumed"; readonly openedAt: string } | { readonly state: "ended" };

/** Makes `watcher` the one bridge that watches the call, whoever did before. */
export async function beginWatch(documents: Documents, call: ChatCall, watcher: string, now: Date): Promise<Begun> {
  const { callId, sessionId, deployment, choice } = call;
  const at = now.toISOString();
  // The entry first: one without a call is removed by who looks, a call without an entry would never be found.
  await documents.create("listings", openCalls, { id: callId, month: openCalls, sessionId, failed: 0 });
  const kept: WatchedDocument = {
    id: callDocumentId(callId),
    sessionId,
    at,
    deployment,
    choice,
    watched_until: later(now),
    watched_by: watcher,
  };
  if (await documents.create("chats", sessionId, kept)) return { state: "new", openedAt: at };
  const taken = await changed(documents, call, (before) => ({ ...before, watched_until: later(now), watched_by: watcher }));
  if (taken) return { state: "resumed", openedAt: taken.at };
  await forget(documents, callId);
  return { state: "ended" };
}

/** Says that the call is still watched. `taken`: another bridge watches it now. */
export async function renewWatch(
  documents: Documents,
  call: Pick<ChatCall, "callId" | "sessionId">,
  watcher: string,
  now: Date,
): Promise<"kept" | "taken" | "ended"> {
  let mine = true;
  const after = await changed(documents, call, (before) => {
    mine = before.watched_by === watcher;
    return mine ? { ...before, watched_until: later(now) } : before;
  });
  if (!after) return "ended";
  return mine ? "kept" : "taken";
}

/** Asks for another bridge: the next look at the open calls finds it one. */
export async function releaseWatch(
  documents: Documents,
  call: Pick<ChatCall, "callId" | "sessionId">,
  watcher: string,
  now: Date,
): Promise<void> {
  await changed(documents, call, (before) =>
    before.watched_by === watcher ? { ...before, watched_until: now.toISOString() } : before,
  );
}

/** Who watches the call now; undefined when it has ended. */
export async function watcherOf(
  documents: Documents,
  { callId, sessionId }: Pick<ChatCall, "callId" | "sessionId">,
): Promise<string | undefined> {
  const stored = await documents.read("chats", sessionId, callDocumentId(callId));
  const { data: call } = watchedDocument.safeParse(stored?.document);
  return call?.ended_at === undefined ? call?.watched_by : undefined;
}

/** Keeps which turns the call's model was `told` last, until it is told what was said in the call before it: undefined from then on. */
export async function noteToldTurns(
  documents: Documents,
  call: Pick<ChatCall, "callId" | "sessionId">,
  told: readonly string[] | undefined,
): Promise<void> {
  await changed(documents, call, ({ told: _, ...before }) => ({ ...before, ...(told ? { told: [...told] } : {}) }));
}

/** The call is over; the first reason told stays. */
export async function endWatch(
  documents: Documents,
  call: Pick<ChatCall, "callId" | "sessionId">,
  by: EndedBy,
  now: Date,
): Promise<void> {
  await changed(documents, call, (before) => ({ ...before, ended_at: now.toISOString(), ended_by: by }));
  await documents.remove("listings", openCalls, call.callId);
}

/** Some of the calls that have not ended; `continuation` leads to the next. */
export async function listOpen(
  documents: Documents,
  continuation?: string,
): Promise<{ readonly calls: readonly OpenCall[]; readonly continuation?: string }> {
  const page = await documents.page("listings", openCalls, { limit: openPage, continuation });
  const calls = page.documents.flatMap((each) => {
    const { data: entry } = entrySchema.safeParse(each);
    return entry ? [{ callId: entry.id, sessionId: entry.sessionId, failed: entry.failed }] : [];
  });
  return { calls, ...(page.continuation === undefined ? {} : { continuation: page.continuation }) };
}

/** The session of a call that has not ended. */
export async function sessionOf(documents: Documents, callId: string): Promise<string | undefined> {
  const stored = await documents.read("listings", openCalls, callId);
  return entrySchema.safeParse(stored?.document).data?.sessionId;
}

/** The call as it is kept, while it is open; undefined when it has ended or never was. */
export async function readOpen(
  documents: Documents,
  { callId, sessionId }: Pick<ChatCall, "callId" | "sessionId">,
): Promise<(ChatCall & { readonly watchedUntil: Date }) | undefined> {
  const stored = await documents.read("chats", sessionId, callDocumentId(callId));
  const { data: call } = callDocument.safeParse(stored?.document);
  if (!call || call.ended_at !== undefined) return undefined;
  return { callId, sessionId, deployment: call.deployment, choice: call.choice, watchedUntil: new Date(call.watched_until) };
}

/** No bridge took it: how often that has happened now. */
export async function noteFailure(documents: Documents, callId: string): Promise<number> {
  const stored = await documents.read("listings", openCalls, callId);
  const { data: entry } = entrySchema.safeParse(stored?.document);
  if (!stored || !entry) return 0;
  await documents.replace("listings", openCalls, { ...stored.document, failed: entry.failed + 1 }, stored.etag);
  return entry.failed + 1;
}

/** A bridge took it. */
export async function forgetFailures(documents: Documents, callId: string): Promise<void> {
  const stored = await documents.read("listings", openCalls, callId);
  if (stored) await documents.replace("listings", openCalls, { ...stored.document, failed: 0 }, stored.etag);
}

/** Takes the entry of a call that turned out to have ended, or never to have been opened. */
export async function forget(documents: Documents, callId: string): Promise<void> {
  await documents.remove("listings", openCalls, callId);
}

/** The call's document after `change`; undefined, and nothing changed, when there is none or the call has ended. */
async function changed(
  documents: Documents,
  { callId, sessionId }: Pick<ChatCall, "callId" | "sessionId">,
  change: (before: WatchedDocument) => WatchedDocument,
): Promise<WatchedDocument | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored: Stored | undefined = await documents.read("chats", sessionId, callDocumentId(callId));
    const { data: before } = watchedDocument.safeParse(stored?.document);
    if (!stored || !before || before.ended_at !== undefined) return undefined;
    const after = change(before);
    if (after === before) return before;
    if (await documents.replace("chats", sessionId, after, stored.etag)) return after;
  }
  throw new Error("The call's document changed at every attempt; something writes it in a loop.");
}

const later = (now: Date): string => new Date(now.getTime() + watchedForMs).toISOString();
