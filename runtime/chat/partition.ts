/** One partition of the chats, whole: a session, bounded by how many messages it takes. */
import type { Document, Documents } from "../services/documents.ts";

const pageSize = 500;

export async function wholePartition(documents: Documents, partition: string): Promise<Document[]> {
  const found: Document[] = [];
  let continuation: string | undefined;
  do {
    const page = await documents.page("chats", partition, { limit: pageSize, continuation });
    found.push(...page.documents);
    continuation = page.continuation;
  } while (continuation);
  return found;
}
