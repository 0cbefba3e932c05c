/** The chat sessions of the last months as staff see them: when, with which model, how long, at what cost; never whose, never a word of it. */
import type { Document, Documents } from "../services/documents.ts";
import { wholePartition } from "./partition.ts";
import { roundedUsd } from "./price.ts";
import { callDocument, recordId, type Turn, usageDocument } from "./record.ts";
import { listingOf } from "./session.ts";
import type { EndedBy } from "./watched-calls.ts";

export interface ListedSession {
  readonly session_id: string;
  readonly created_at: string;
  /** When a message or an answer was last kept. */
  readonly last_at: string;
  /** The deployment of the last message; absent while nothing was typed. */
  readonly model?: string;
  /** What the person said, typed or spoken. */
  readonly turns: number;
  /** Answers, those of the expert too; what all that was metered cost by list price, and what that saves against the strong model. */
  readonly answers?: number;
  readonly cost_usd?: number;
  readonly saved_usd?: number;
  /** Why the newest voice connection ended; absent while one is open, and where there was none. */
  readonly ended_by?: EndedBy;
}

/** As far back as calls are listed. */
const listedMonths = 24;

/** At most `limit` sessions, newest first. */
export async function listSessions(
  documents: Documents,
  { limit, now }: { readonly limit: number; readonly now: Date },
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
      const sessions = await Promise.all(page.documents.map(async ({ id }) => summary(id, await wholePartition(documents, id))));
      listed.push(...sessions.filter((each) => each !== undefined));
      continuation = page.continuation;
    } while (continuation && listed.length < limit);
  }
  return listed;
}

function summary(sessionId: string, found: readonly Document[]): ListedSession | undefined {
  const record = found.find((each) => each.id === recordId);
  if (!record) return undefined;
  const created_at = String(record.created_at);
  const dated = found
    .filter((each) => each.at !== undefined)
    .sort((one, other) => String(one.at).localeCompare(String(other.at)));
  const turns = dated.filter((each) => each.turn !== undefined);
  const calls = dated.flatMap((each) => callDocument.safeParse(each).data ?? []);
  const endedBy = calls.some(({ ended_at }) => ended_at === undefined) ? undefined : calls.at(-1)?.ended_by;
  const metered = dated.flatMap((each) => usageDocument.safeParse(each).data ?? []);
  const model = turns.at(-1)?.deployment ?? metered.at(-1)?.deployment;
  const cost = metered.reduce((sum, each) => sum + each.cost_usd, 0);
  const strong = metered.reduce((sum, each) => sum + each.strong_cost_usd, 0);
  return {
    session_id: sessionId,
    created_at,
    last_at: String(dated.at(-1)?.at ?? created_at),
    ...(model === undefined ? {} : { model: String(model) }),
    turns: turns.filter(({ turn, carried }) => (turn as Turn).persona === "human" && !carried).length,
    ...(metered.length > 0
      ? {
          answers: metered.filter(({ kind }) => kind !== "transcription").length,
          cost_usd: roundedUsd(cost),
          saved_usd: roundedUsd(strong - cost),
        }
      : {}),
    ...(endedBy === undefined ? {} : { ended_by: endedBy }),
  };
}
