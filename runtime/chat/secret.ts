/**
 * Secrets with which clients open WebRTC sessions themselves: rationed by person, remembered by session, and each good for one call that we
 * watch. The secret itself is kept nowhere.
 */
import { z } from "zod";
import type { Documents } from "../services/documents.ts";
import { keptSeconds } from "./account.ts";
import { type Choice, choiceSchema } from "./record.ts";

/** One person asks for one at a time: a browser that connects again needs no more. */
const apartMs = 5_000;
/** A secret opens sessions for 60 s; telling us of one may take a little longer. */
const attachableMs = 90_000;

const id = "secret";
const handedOut = z.object({
  id: z.literal(id),
  at: z.iso.datetime(),
  deployment: z.string(),
  choice: choiceSchema,
  /** The call that was opened with it. */
  call_id: z.string().optional(),
  /** That call has been watched: the secret has done its part. */
  watched: z.literal(true).optional(),
});
export type HandedOut = Pick<z.infer<typeof handedOut>, "deployment" | "choice" | "watched">;

/** How long the person still waits for the next secret, in milliseconds; 0 when they may have one now, which this takes. */
export async function ration(documents: Documents, account: string, now: Date): Promise<number> {
  const taken = { id, sessionId: account, at: now.toISOString(), ttl: keptSeconds };
  const before = await documents.read("chats", account, id);
  const waitMs = before ? new Date(String(before.document.at)).getTime() + apartMs - now.getTime() : 0;
  if (waitMs > 0) return waitMs;
  const isTaken = before
    ? await documents.replace("chats", account, taken, before.etag)
    : await documents.create("chats", account, taken);
  return isTaken ? 0 : apartMs;
}

/** Remembers what the session's latest secret is for. */
export async function rememberSecret(
  documents: Documents,
  sessionId: string,
  { deployment, choice, now }: { readonly deployment: string; readonly choice: Choice; readonly now: Date },
): Promise<void> {
  const document = { id, sessionId, at: now.toISOString(), deployment, choice };
  for (;;) {
    const before = await documents.read("chats", sessionId, id);
    const isKept = before
      ? await documents.replace("chats", sessionId, document, before.etag)
      : await documents.create("chats", sessionId, document);
    if (isKept) return;
  }
}

/** What the call was opened as, by the session's latest secret; undefined when that has lapsed or opened another call. */
export async function claimSecret(
  documents: Documents,
  sessionId: string,
  callId: string,
  now: Date,
): Promise<HandedOut | undefined> {
  const stored = await documents.read("chats", sessionId, id);
  const { data: secret } = handedOut.safeParse(stored?.document);
  if (!stored || !secret || now.getTime() - new Date(secret.at).getTime() > attachableMs) return undefined;
  if (secret.call_id === callId) return secret;
  if (secret.call_id !== undefined) return undefined;
  const isClaimed = await documents.replace("chats", sessionId, { ...stored.document, call_id: callId }, stored.etag);
  // Whoever was faster has claimed it, perhaps for this very call.
  return isClaimed ? secret : claimSecret(documents, sessionId, callId, now);
}

/** The call that the secret was claimed for is watched: the secret never waits again, also when that call is over. */
export async function spendSecret(documents: Documents, sessionId: string, callId: string): Promise<void> {
  const stored = await documents.read("chats", sessionId, id);
  if (stored?.document.call_id !== callId) return;
  await documents.replace("chats", sessionId, { ...stored.document, watched: true }, stored.etag);
}

/** The secret waits for a call again, after the one it was claimed for turned out to be none, or is over without ever having been watched. */
export async function returnSecret(documents: Documents, sessionId: string, callId: string): Promise<void> {
  const stored = await documents.read("chats", sessionId, id);
  if (stored?.document.call_id !== callId) return;
  const { call_id: _, ...unclaimed } = stored.document;
  await documents.replace("chats", sessionId, { ...unclaimed, id }, stored.etag);
}
