/**
 * What one person's chats cost on one day (UTC), whichever the session and the app that metered it, and what all visitors' do together. A
 * document a use with their sum beside them (total.ts), and one of the money held for answers that are being made, which changes under its
 * ETag. Lies beside the sessions, in a partition that no session id can name (they have no colon).
 */
import { z } from "zod";
import type { Problem } from "../problem.ts";
import type { Documents } from "../services/documents.ts";
import { keepCounted, totalUsd } from "./total.ts";

/** Long enough for the latest usage of the day to be told; nobody asks for an account of the past. */
export const keptSeconds = 3 * 86_400;
/** A hold that nobody released, as when its process died, lapses: longer than an answer can take. */
const heldMs = 300_000;

/** A person's account of the day that `at` is in. */
export const accountOf = (userId: string, at: Date): string => `day:${at.toISOString().slice(0, 10)}:${userId}`;

/** That of all visitors together. */
export const visitorsAccountOf = (at: Date): string => accountOf("visitors", at);

/** Whether a principal is nobody that the directory knows. */
export const isVisitor = (userId: string): boolean => userId.startsWith("visitor:");

/** When the day's account starts anew. */
export const renewalOf = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1));

const holdsId = "holds";
const holdSchema = z.object({
  id: z.string(),
  usd: z.number(),
  /** The session it is held for. */
  sessionId: z.string(),
  until: z.iso.datetime(),
});
const holdsSchema = z.object({ holds: z.array(holdSchema) });
type Hold = z.infer<typeof holdSchema>;

export interface Account {
  readonly spentUsd: number;
  /** What answers that are being made may cost at most. */
  readonly holds: readonly Pick<Hold, "usd" | "sessionId">[];
}

/** Two point reads, however much was used. */
export async function readAccount(documents: Documents, account: string, now: Date): Promise<Account> {
  // In this order: a use is entered before its hold is released, so it is among one or the other.
  const { holds } = await readHolds(documents, account, now);
  return { spentUsd: await totalUsd(documents, account), holds };
}

export interface Use {
  readonly sessionId: string;
  readonly of: string;
  readonly costUsd: number;
}

/** Enters what a use cost in its person's account of the day, and a visitor's in that of all; one that was entered before is left as it is. */
export async function enter(documents: Documents, userId: string, at: Date, { sessionId, of, costUsd }: Use): Promise<void> {
  const accounts = [...(isVisitor(userId) ? [visitorsAccountOf(at)] : []), accountOf(userId, at)];
  for (const account of accounts) {
    const document = { id: `entry:${sessionId}:${of}`, sessionId: account, cost_usd: costUsd };
    await keepCounted(documents, account, { document, costUsd, ttl: keptSeconds });
  }
}

/**
 * Holds money for an answer before it is made, so that answers made at once cannot each spend the last of it. `refusal` judges the account
 * as it is without this hold; what it answers is answered, and nothing held then.
 */
export async function hold(
  documents: Documents,
  account: string,
  { id, sessionId, usd, now }: { readonly id: string; readonly sessionId: string; readonly usd: number; readonly now: Date },
  refusal: (account: Account) => Problem | undefined | Promise<Problem | undefined>,
): Promise<Problem | undefined> {
  const until = new Date(now.getTime() + heldMs).toISOString();
  // Whoever comes in between has got what they wanted, so this ends.
  for (;;) {
    const { holds, etag } = await readHolds(documents, account, now);
    const refused = await refusal({ spentUsd: await totalUsd(documents, account), holds });
    if (refused) return refused;
    if (await writeHolds(documents, account, [...holds, { id, usd, sessionId, until }], etag)) return undefined;
  }
}

/** Gives back what was held; what is not held, or has lapsed, is fine. */
export async function release(documents: Documents, account: string, id: string, now: Date): Promise<void> {
  for (;;) {
    const { holds, etag } = await readHolds(documents, account, now);
    const others = holds.filter((each) => each.id !== id);
    if (others.length === holds.length || (await writeHolds(documents, account, others, etag))) return;
  }
}

/** Those that have not lapsed, and the version they were read in. */
async function readHolds(documents: Documents, account: string, now: Date): Promise<{ holds: Hold[]; etag?: string }> {
  const stored = await documents.read("chats", account, holdsId);
  if (!stored) return { holds: [] };
  const { holds } = holdsSchema.parse(stored.document);
  return { holds: holds.filter(({ until }) => new Date(until) > now), etag: stored.etag };
}

function writeHolds(documents: Documents, account: string, holds: readonly Hold[], etag: string | undefined): Promise<boolean> {
  const document = { id: holdsId, sessionId: account, holds, ttl: keptSeconds };
  return etag === undefined ? documents.create("chats", account, document) : documents.replace("chats", account, document, etag);
}
