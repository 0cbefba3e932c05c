/** A chat session belongs to whoever opened it, and remembers what was said, for the router to look back on. */
import type { Turn } from "../router/route.ts";
import type { Documents } from "../services/documents.ts";

export const recordId = "session";
/** The router looks back a few turns; a page of this size holds them all for an hour's conversation. */
const turnsRead = 100;

export interface ChatSession {
  readonly sessionId: string;
  /** What was said so far, oldest first. */
  readonly history: readonly Turn[];
  /** Keeps what was said, and which deployment it went to. */
  add(turn: Turn, deployment: string, at: Date): Promise<void>;
}

/** Where sessions are listed, beside the calls of the same month: `chats:2026-11`. */
export const listingOf = (createdAt: string): string => `chats:${createdAt.slice(0, 7)}`;

/** Opens the session for `userId`, making it at `now` when it is new; undefined when it is someone else's. */
export async function openSession(
  documents: Documents,
  sessionId: string,
  userId: string,
  now: Date,
): Promise<ChatSession | undefined> {
  const record = (await documents.read("chats", sessionId, recordId)) ?? (await create(documents, sessionId, userId, now));
  if (record?.document.userId !== userId) return undefined;
  const { documents: found } = await documents.page("chats", sessionId, { limit: turnsRead, newestBy: "at" });
  const turns = found.filter((each) => each.turn !== undefined).reverse();
  return {
    sessionId,
    history: turns.map((each) => each.turn as Turn),
    async add(turn, deployment, at) {
      const id = `turn:${at.toISOString()}:${turns.length}`;
      await documents.create("chats", sessionId, { id, sessionId, at: at.toISOString(), turn, deployment });
    },
  };
}

async function create(documents: Documents, sessionId: string, userId: string, now: Date) {
  const created_at = now.toISOString();
  const month = listingOf(created_at);
  // The entry first: one without a record is passed over by lists, a record without an entry would never be found.
  await documents.create("listings", month, { id: sessionId, month, created_at });
  await documents.create("chats", sessionId, { id: recordId, sessionId, userId, created_at });
  return documents.read("chats", sessionId, recordId);
}
