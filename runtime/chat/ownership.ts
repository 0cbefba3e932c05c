/** Whose session is it? */
import type { Documents } from "../services/documents.ts";
import { recordId } from "./record.ts";

/** Whether there is a session `sessionId` and `userId` opened it. */
export async function isOwn(documents: Documents, sessionId: string, userId: string): Promise<boolean> {
  return (await documents.read("chats", sessionId, recordId))?.document.userId === userId;
}
