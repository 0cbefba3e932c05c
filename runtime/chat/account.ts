/**
 * What one person's chats cost on one day (UTC), whichever the session and the app that metered it. One document a use, summed when asked, so
 * that writers at once lose nothing; and one of the money held for answers that are being made, which changes under its ETag. Lies beside the
 * sessions, in a partition that no session id can name (they have no colon).
 */
import { z } from "zod";
import type { Problem } from "../problem.ts";
import type { Documents } from "../services/documents.ts";
import { wholePartition } from "./partition.ts";

/** Long enough for the latest usage of the day to be told; nobody asks for an account of the past. */
const keptSeconds = 3 * 86_400;
/** A hold that nobody released, as when its process died, lapses: longer than an answer can take. */
const heldMs = 120_000;

/** A person's account of the day that `at` is in. */
export const accountOf = (userId: string, at: Date): string => `day:${at.toISOString().slice(0, 10)}:${userId}`;

/** What all visitors of a day cost together. */
const visitorsAccountOf = (at: Date): string => `day:${at.toISOString().slice(0, 10)}:visitors`;

/** Whether a principal is nobody that the directory knows. */
export const isVisitor = (userId: string): boolean => userId.startsWith("visitor:");

/** When the day's account starts anew. */
export const renewalOf = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1));

const entrySchema = z.object({ id: z.string().startsWith("entry:"), cost_usd: z.number() });

const totalId = "total";
const totalSchema = z.object({ cost_usd: z.number() });

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
  /** What answers that are being made are expected to cost. */
  readonly holds: readonly Pick<Hold, "usd" | "sessionId">[];
}

export async function readAccount(documents: Documents, account: string, now: Date): Promise<Account> {
  // In this order: a use is entered before its hold is released, so it is among one or the other.
  const { holds } = await readHolds(documents, account, now);
  return { spentUsd: await spentUsd(documents, account), holds };
}

export interface Use {
  readonly sessionId: string;
  readonly of: string;
  readonly costUsd: number;
}

/** Enters what a use cost in its person's account of the day; one that was entered before is left as it is. */
export async function enter(documents: Documents, userId: string, at: Date, use: Use): Promise<void> {
  if (isVisitor(userId)) await add(documents, visitorsAccountOf(at), use);
  await create(documents, accountOf(userId, at), `entry:${use.sessionId}:${use.of}`, { cost_usd: use.costUsd });
}

/** What visitors have cost together on the day that `at` is in. */
export async function visitorsSpentUsd(documents: Documents, at: Date): Promise<number> {
  const stored = await documents.read("chats", visitorsAccountOf(at), totalId);
  return stored ? totalSchema.parse(stored.document).cost_usd : 0;
}

/** Adds a use to a sum that nobody could afford to make anew from its parts at every question. */
async function add(documents: Documents, account: string, { sessionId, of, costUsd }: Use): Promise<void> {
  const isNew = await create(documents, account, `entry:${sessionId}:${of}`, { cost_usd: costUsd });
  // Whoever comes in between has added theirs, so this ends.
  while (isNew) {
    const stored = await documents.read("chats", account, totalId);
    if (!stored && (await create(documents, account, totalId, { cost_usd: costUsd }))) return;
    if (!stored) continue;
    const cost_usd = totalSchema.parse(stored.document).cost_usd + costUsd;
    const total = { id: totalId, sessionId: account, cost_usd, ttl: keptSeconds };
    if (await documents.replace("chats", account, total, stored.etag)) return;
  }
}

function create(documents: Documents, account: string, id: string, part: object): Promise<boolean> {
  return documents.create("chats", account, { ...part, id, sessionId: account, ttl: keptSeconds });
}

/**
 * Holds money for an answer before it is made, so that answers made at once cannot each spend the last of it. `refusal` judges the account
 * with the hold in it; what it answers is answered, and nothing held then.
 */
export async function hold(
  documents: Documents,
  account: string,
  { id, sessionId, usd, now }: { readonly id: string; readonly sessionId: string; readonly usd: number; readonly now: Date },
  refusal: (account: Account) => Promise<Problem | undefined>,
): Promise<Problem | undefined> {
  const until = new Date(now.getTime() + heldMs).toISOString();
  // Whoever comes in between has got what they wanted, so this ends.
  for (;;) {
    const stored = await readHolds(documents, account, now);
    const holds = [...stored.holds, { id, usd, sessionId, until }];
    const refused = await refusal({ spentUsd: await spentUsd(documents, account), holds });
    if (refused) return refused;
    if (await writeHolds(documents, account, holds, stored.etag)) return undefined;
  }
}

export async function release(documents: Documents, account: string, id: string, now: Date): Promise<void> {
  for (;;) {
    const { holds, etag } = await readHolds(documents, account, now);
    const others = holds.filter((each) => each.id !== id);
    if (others.length === holds.length || (await writeHolds(documents, account, others, etag))) return;
  }
}

async function spentUsd(documents: Documents, account: string): Promise<number> {
  const entries = (await wholePartition(documents, account)).flatMap((each) => entrySchema.safeParse(each).data ?? []);
  return entries.reduce((total, each) => total + each.cost_usd, 0);
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
