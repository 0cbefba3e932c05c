/** The chat sessions of the last months as staff see them: when, with which model, how long, at what cost; never whose, never a word of it. */
import type { Choice } from "../router/route.ts";
import type { Document, Documents } from "../services/documents.ts";
import { costUsd } from "./price.ts";
import { listingOf, recordId } from "./session.ts";

export interface ListedSession {
  readonly session_id: string;
  readonly created_at: string;
  /** When a message or an answer was last kept. */
  readonly last_at: string;
  /** The deployment of the last message; absent while nothing was typed. */
  readonly model?: string;
  /** Messages typed. */
  readonly turns: number;
  /** Answers metered, and what they cost by list price; absent while none was metered. */
  readonly answers?: number;
  readonly cost_usd?: number;
}

/** As far back as calls are listed. */
const listedMonths = 24;
const partitionPage = 500;

/** At most `limit` sessions, newest first. `choiceOf` says what a deployment was chosen as, for its price. */
export async function listSessions(
  documents: Documents,
  { limit, now, choiceOf }: { readonly limit: number; readonly now: Date; readonly choiceOf: (deployment: string) => Choice },
): Promise<ListedSession[]> {
  const listed: ListedSession[] = [];
  for (let back = 0; back < listedMonths && listed.length < limit; back++) {
    const month = listingOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString());
    let continuation: string | undefined;
    do {
      const page = await documents.page("listings", month, {
        limit: limit - listed.length,
        newestBy: "created_at",
        continuation,
      });
      const sessions = await Promise.all(page.documents.map(async ({ id }) => summary(id, await whole(documents, id), choiceOf)));
      listed.push(...sessions.filter((each) => each !== undefined));
      continuation = page.continuation;
    } while (continuation && listed.length < limit);
  }
  return listed;
}

async function whole(documents: Documents, sessionId: string): Promise<Document[]> {
  const found: Document[] = [];
  let continuation: string | undefined;
  do {
    const page = await documents.page("chats", sessionId, { limit: partitionPage, continuation });
    found.push(...page.documents);
    continuation = page.continuation;
  } while (continuation);
  return found;
}

function summary(
  sessionId: string,
  found: readonly Document[],
  choiceOf: (deployment: string) => Choice,
): ListedSession | undefined {
  const record = found.find((each) => each.id === recordId);
  if (!record) return undefined;
  const created_at = String(record.created_at);
  const dated = found
    .filter((each) => each.at !== undefined)
    .sort((one, other) => String(one.at).localeCompare(String(other.at)));
  const turns = dated.filter((each) => each.turn !== undefined);
  const metered = dated.filter((each) => each.usage !== undefined);
  const model = turns.at(-1)?.deployment ?? metered.at(-1)?.deployment;
  const cost = metered.reduce((sum, each) => sum + costUsd(choiceOf(String(each.deployment)), each.usage), 0);
  return {
    session_id: sessionId,
    created_at,
    last_at: String(dated.at(-1)?.at ?? created_at),
    ...(model === undefined ? {} : { model: String(model) }),
    turns: turns.length,
    ...(metered.length > 0 ? { answers: metered.length, cost_usd: Math.round(cost * 1e6) / 1e6 } : {}),
  };
}
