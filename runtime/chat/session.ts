/** A chat session belongs to whoever opened it, and remembers what was said, for the router to look back on. */
import type { Turn } from "../router/route.ts";
import type { Documents } from "../services/documents.ts";

const recordId = "session";
/** The router looks back a few turns; a page of this size holds them all for an hour's conversation. */
const turnsRead = 100;

export interface ChatSession {
  readonly sessionId: string;
  /** What was said so far, oldest first. */
  readonly history: readonly Turn[];
  add(turn: Turn, at: Date): Promise<void>;
}

/** Opens the session for `userId`, making it when it is new; undefined when it is someone else's. */
export async function openSession(documents: Documents, sessionId: string, userId: string): Promise<ChatSession | undefined> {
  await documents.create("chats", sessionId, { id: recordId, sessionId, userId });
  const record = await documents.read("chats", sessionId, recordId);
  if (record?.document.userId !== userId) return undefined;
  const { documents: found } = await documents.page("chats", sessionId, { limit: turnsRead, newestBy: "at" });
  const turns = found.filter((each) => each.turn !== undefined).reverse();
  return {
    sessionId,
    history: turns.map((each) => each.turn as Turn),
    async add(turn, at) {
      const place = turns.length;
      const id = `turn:${at.toISOString()}:${place}`;
      await documents.create("chats", sessionId, { id, sessionId, at: at.toISOString(), turn });
    },
  };
}
