/**
 * A chat session in the database: it belongs to whoever opened it, and keeps what was said, used and cost. Both apps write to it; ids are
 * deterministic, so what is told twice is kept once.
 */
import { z } from "zod";
import { type Dial, dialSchema } from "../chat-options.ts";
import type { Document, Documents } from "../services/documents.ts";
import { enter } from "./account.ts";
import { wholePartition } from "./partition.ts";
import { costOf, type Used } from "./price.ts";
import {
  type Choice,
  callDocument,
  recordId,
  sessionDocument,
  type Turn,
  turnDocument,
  turnId,
  type UsageDocument,
  usageDocument,
  usageId,
} from "./record.ts";
import { keepCounted } from "./total.ts";

export type KeptTurn = z.infer<typeof turnDocument>;
export type KeptCall = z.infer<typeof callDocument>;

export interface ChatSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly createdAt: string;
  /** Where its person turned the dial; absent where it was left alone. */
  readonly dial?: Dial;
  /** Oldest first. */
  readonly turns: readonly KeptTurn[];
  /** Answers, transcriptions and questions to the expert, oldest first. */
  readonly usages: readonly UsageDocument[];
  /** WebRTC connections, those that have ended too. */
  readonly calls: readonly KeptCall[];
  /** The router has chosen the strong model for something said in it. */
  readonly strongChosen: boolean;
  readonly costUsd: number;
  readonly strongCostUsd: number;
}

/** The place of the person's own dial among a session's documents. */
const dialId = "dial";
const dialDocument = z.object({ id: z.literal(dialId), dial: dialSchema });

/** There once the router has chosen the strong model. A turn cannot say so: the bridge may have kept it first, with the model that heard it. */
const strongId = "strong";

/** Where sessions are listed, beside the calls of the same month: `chats:2026-11`. */
export const listingOf = (createdAt: string): string => `chats:${createdAt.slice(0, 7)}`;

/** The session with all that was kept of it; undefined when there is none. */
export async function readSession(documents: Documents, sessionId: string): Promise<ChatSession | undefined> {
  const found = await wholePartition(documents, sessionId);
  const record = only(
    sessionDocument,
    found.filter(({ id }) => id === recordId),
  )[0];
  if (!record) return undefined;
  const usages = inOrder(only(usageDocument, found));
  const dial = only(dialDocument, found)[0]?.dial;
  return {
    sessionId,
    userId: record.userId,
    createdAt: record.created_at,
    ...(dial ? { dial } : {}),
    turns: inOrder(only(turnDocument, found)),
    usages,
    calls: inOrder(only(callDocument, found)),
    strongChosen: found.some(({ id }) => id === strongId),
    costUsd: sum(usages.map((each) => each.cost_usd)),
    strongCostUsd: sum(usages.map((each) => each.strong_cost_usd)),
  };
}

/** The session, made at `now` for `userId` when it is new; undefined when it is someone else's. */
export async function openSession(
  documents: Documents,
  sessionId: string,
  userId: string,
  now: Date,
): Promise<ChatSession | undefined> {
  const isTheirs = await keepSession(documents, newSession(sessionId, userId, now));
  return isTheirs ? readSession(documents, sessionId) : undefined;
}

/** As many turns of a session are carried into the one that continues it, as the model that answers in words is reminded of. */
const carriedTurns = 20;

/** A session of which nothing is kept yet. It begins with what was said last in the one that it continues, and where that one's dial stands. */
export function newSession(sessionId: string, userId: string, now: Date, continued?: ChatSession): ChatSession {
  const carried = (continued?.turns ?? []).slice(-carriedTurns);
  return {
    sessionId,
    userId,
    createdAt: now.toISOString(),
    ...(continued?.dial ? { dial: continued.dial } : {}),
    // Without who answered: the new session has no model yet.
    turns: carried.map(({ id, at, turn }) => ({ id, sessionId, at, turn, carried: true })),
    usages: [],
    calls: [],
    strongChosen: false,
    costUsd: 0,
    strongCostUsd: 0,
  };
}

/** Makes the session in the database unless it is there; false when it is someone else's. */
export async function keepSession(documents: Documents, session: ChatSession): Promise<boolean> {
  const { sessionId, userId, createdAt: created_at, turns, dial } = session;
  const owner = async () => (await documents.read("chats", sessionId, recordId))?.document.userId;
  const known = await owner();
  if (known !== undefined) return known === userId;
  const month = listingOf(created_at);
  // The entry first: one without a record is passed over by lists, a record without an entry would never be found.
  await documents.create("listings", month, { id: sessionId, month, created_at });
  // Whoever comes first has it, and only then are words put into it.
  if (!(await documents.create("chats", sessionId, { id: recordId, sessionId, userId, created_at })))
    return (await owner()) === userId;
  const words = [
    ...turns.map((each) => documents.create("chats", sessionId, each)),
    dial && turnDial(documents, sessionId, dial),
  ];
  const failed = (await Promise.allSettled(words)).find((each) => each.status === "rejected");
  if (!failed) return true;
  // Asking again would find a session, which begins with no other's words then.
  await documents.remove("chats", sessionId, recordId);
  throw failed.reason;
}

/** The session as it was before the item was said: one that is told again is decided as it was the first time. */
export function before(itemId: string, session: ChatSession): ChatSession {
  const at = session.turns.findIndex(({ id }) => id === turnId(itemId));
  return at === -1 ? session : { ...session, turns: session.turns.slice(0, at) };
}

export interface SaidTurn extends Turn {
  /** The model service's id of the item, or one of ours for what was typed. */
  readonly itemId: string;
  /** When it was said. */
  readonly at: Date;
  /** Who answered, or was chosen to answer. */
  readonly deployment?: string;
  readonly choice?: Choice;
  /** The voice connection it was said in. */
  readonly call?: string;
}

/** Keeps what was said; false when this item was kept before, which stays as it is. */
export function keepTurn(
  documents: Documents,
  sessionId: string,
  { itemId, at, persona, content, deployment, choice, call }: SaidTurn,
): Promise<boolean> {
  const kept = {
    id: turnId(itemId),
    sessionId,
    at: at.toISOString(),
    turn: { persona, content },
    ...(deployment === undefined ? {} : { deployment }),
    ...(choice === undefined ? {} : { choice }),
    ...(call === undefined ? {} : { call }),
  } satisfies KeptTurn;
  return documents.create("chats", sessionId, kept);
}

export interface MeteredUse extends Used {
  /** The service's id of the answer, of the item that was written down, or of the tool call that asked the expert. */
  readonly of: string;
  readonly at: Date;
  readonly deployment: string;
  readonly usage: Readonly<Record<string, unknown>>;
}

/**
 * Keeps what was used, with its price, in the session and in its person's account of the day; false when it was kept before. Throws when the
 * database fails or there is no such session: telling it again is safe, and nothing counts twice.
 */
export async function keepUsage(documents: Documents, sessionId: string, used: MeteredUse): Promise<boolean> {
  const record = await documents.read("chats", sessionId, recordId);
  if (!record) throw new Error("There is no such chat session to keep a usage of.");
  const { userId } = sessionDocument.parse(record.document);
  const { of, at, deployment, kind, choice, usage } = used;
  const { costUsd, strongCostUsd } = costOf(used);
  // The account first: a repetition after a failure in between then completes both.
  await enter(documents, userId, at, { sessionId, of, costUsd });
  const document = {
    id: usageId(of),
    sessionId,
    at: at.toISOString(),
    kind,
    deployment,
    choice,
    usage,
    cost_usd: costUsd,
    strong_cost_usd: strongCostUsd,
  } satisfies UsageDocument;
  return keepCounted(documents, sessionId, { document, costUsd });
}

/** Whether an item or an answer, and whatever was used up to it, has been kept: who keeps both keeps the usage before the turn. */
export async function isKept(documents: Documents, sessionId: string, id: string): Promise<boolean> {
  const found = await Promise.all([turnId(id), usageId(id)].map((each) => documents.read("chats", sessionId, each)));
  return found.some((each) => each !== undefined);
}

/** Keeps that the router has chosen the strong model in this session. */
export async function noteStrong(documents: Documents, sessionId: string): Promise<void> {
  await documents.create("chats", sessionId, { id: strongId, sessionId });
}

/** Turns the session's dial; of two at once, either may stay. */
export async function turnDial(documents: Documents, sessionId: string, dial: Dial): Promise<void> {
  const turned = { id: dialId, sessionId, dial };
  const before = await documents.read("chats", sessionId, dialId);
  if (before) await documents.replace("chats", sessionId, turned, before.etag);
  else await documents.create("chats", sessionId, turned);
}

/** The documents that are of a kind. */
function only<Schema extends z.ZodType>(schema: Schema, found: readonly Document[]): z.output<Schema>[] {
  return found.flatMap((each) => schema.safeParse(each).data ?? []);
}

const inOrder = <Dated extends { readonly at: string }>(found: readonly Dated[]): Dated[] =>
  [...found].sort((one, other) => one.at.localeCompare(other.at));

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
