/**
 * Where calls are kept: one record with an ETag, its messages and claimed effects as documents beside it in the same partition, and an
 * entry under the caller and under the month for lists. Every question stays within one partition.
 */
import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { openDocuments } from "../services/cosmos.ts";
import { type Document, type Documents, UnknownContinuation } from "../services/documents.ts";
import type { Call, CallRecord, Message } from "./call.ts";
import type { Line } from "./line.ts";
import { type Ration, takeRation } from "./ration.ts";

export interface CallPage {
  readonly calls: readonly Call[];
  /** Present while there are older calls; give it back to go on. */
  readonly continuation?: string;
}

export interface CallQuery {
  /** E.164; without it the calls of everyone. */
  readonly phoneNumber?: string;
  readonly limit: number;
  readonly continuation?: string;
}

export interface CallStore {
  /** False when a call with this id is already kept; nothing is changed then. */
  create(record: CallRecord): Promise<boolean>;
  get(callId: string): Promise<Call | undefined>;
  /** The newest call with this number (E.164), however old. */
  latestFor(phoneNumber: string): Promise<Call | undefined>;
  /** Newest first. */
  list(query: CallQuery): Promise<CallPage>;
  /** The same message id twice is kept once; one that was kept before it was finished is finished. */
  append(callId: string, message: Message): Promise<void>;
  /** A message that is still being said, as far as it will have been heard shortly: whoever kept it may be gone before it is finished. */
  keepUnfinished(callId: string, message: Message): Promise<void>;
  /**
   * Applies `change` to the record as it is now and again whenever another writer was faster. Returning the same object changes nothing.
   * Throws `UnknownCall`.
   */
  change(callId: string, change: (record: CallRecord) => CallRecord): Promise<CallRecord>;
  /** True for exactly one caller, ever: whoever gets it does the effect. */
  claim(callId: string, effect: string): Promise<boolean>;
  /** Takes one of what is left for a number (E.164) in all its calls; false when nothing is. */
  take(phoneNumber: string, ration: Ration): Promise<boolean>;
  /** What the network last said of the call's line, changed as `change` changes the record. Empty until then. */
  changeLine(callId: string, change: (line: Line) => Line): Promise<Line>;
  /** Calls that were created and not closed yet, some at a time: what a crash may have left unfinished. */
  open(continuation?: string): Promise<{ readonly calls: readonly OpenCall[]; readonly continuation?: string }>;
  isOpen(callId: string): Promise<boolean>;
  /** The call has ended, and everything that follows from that is done or queued. */
  close(callId: string): Promise<void>;
}

export interface OpenCall {
  readonly callId: string;
  readonly createdAt: string;
}

export class UnknownCall extends Error {
  constructor(callId: string) {
    super(`There is no call ${callId}.`);
    this.name = "UnknownCall";
  }
}

/** The calls in the app's Cosmos database. */
export function openCallStore(
  settings: { COSMOS_ENDPOINT: string; COSMOS_DATABASE: string },
  credential: TokenCredential,
  now: () => Date = () => new Date(),
): CallStore {
  return callStore(openDocuments(settings, credential), now);
}

const recordId = "record";
/** Writers of one call are the bridge, callbacks and jobs: a handful. More collisions than this mean a loop. */
const attempts = 50;
/** Lists go back two years; what retention keeps longer is found by its id or number. */
const listedMonths = 24;
const partitionPage = 500;
const lineId = "line";
/** A partition of the listings beside the months. */
const openCalls = "open";
const openPage = 100;

/** Calls kept in `documents`; `now` decides the month a list starts with. */
export function callStore(documents: Documents, now: () => Date): CallStore {
  async function get(callId: string): Promise<Call | undefined> {
    const found: Document[] = [];
    let continuation: string | undefined;
    do {
      const page = await documents.page("calls", callId, { limit: partitionPage, continuation });
      found.push(...page.documents);
      continuation = page.continuation;
    } while (continuation);
    const record = found.find((each) => each.id === recordId)?.record as CallRecord | undefined;
    if (!record) return undefined;
    const messages = found.flatMap((each) => (each.message ? [each.message as Message] : []));
    return { ...record, messages: messages.sort(inOrder) };
  }

  /** The part of a document under `name`, changed by one writer at a time; undefined when there is no such document. */
  async function changed<Part>(
    callId: string,
    id: string,
    name: string,
    change: (part: Part) => Part,
  ): Promise<Part | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await documents.read("calls", callId, id);
      if (!stored) return undefined;
      const before = stored.document[name] as Part;
      const after = change(before);
      if (after === before) return before;
      if (await documents.replace("calls", callId, { id, callId, [name]: after }, stored.etag)) return after;
    }
    throw new Error("The call's record changed at every attempt; something writes it in a loop.");
  }

  /** Creates the message, or puts it in the place of one that is not finished. */
  async function put(callId: string, message: Message, rest: { readonly unfinished?: true }): Promise<void> {
    const document = { id: `message:${safe(message.id)}`, callId, message, ...rest };
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await documents.create("calls", callId, document)) return;
      const stored = await documents.read("calls", callId, document.id);
      if (stored?.document.unfinished !== true) return;
      if (await documents.replace("calls", callId, document, stored.etag)) return;
    }
    throw new Error("A message of the call changed at every attempt; something writes it in a loop.");
  }

  async function calls(entries: readonly Document[]): Promise<Call[]> {
    const found = await Promise.all(entries.map((each) => get(each.id)));
    return found.filter((each) => each !== undefined);
  }

  async function listOfMonths(limit: number, from: { month: string; continuation?: string | undefined }): Promise<CallPage> {
    const listed: Call[] = [];
    const months = monthsBackFrom(now()).filter((each) => each <= from.month);
    let continuation = from.continuation;
    for (const month of months) {
      do {
        const page = await documents.page("listings", month, {
          limit: limit - listed.length,
          newestBy: "created_at",
          continuation,
        });
        listed.push(...(await calls(page.documents)));
        continuation = page.continuation;
        if (listed.length < limit) continue;
        const older = months[months.indexOf(month) + 1];
        if (continuation) return { calls: listed, continuation: encode({ month, continuation }) };
        return older ? { calls: listed, continuation: encode({ month: older }) } : { calls: listed };
      } while (continuation);
    }
    return { calls: listed };
  }

  return {
    get,
    async create(record) {
      const entry = { id: record.call_id, created_at: record.created_at };
      // Entries first: one without a record is passed over by lists, a record without entries would never be found.
      await documents.create("callers", record.phone_number, { ...entry, phoneNumber: record.phone_number });
      const month = record.created_at.slice(0, 7);
      await documents.create("listings", month, { ...entry, month });
      await documents.create("listings", openCalls, { ...entry, month: openCalls });
      return documents.create("calls", record.call_id, { id: recordId, callId: record.call_id, record });
    },
    async latestFor(phoneNumber) {
      let continuation: string | undefined;
      do {
        const page = await documents.page("callers", phoneNumber, { limit: 1, newestBy: "created_at", continuation });
        const [latest] = await calls(page.documents);
        if (latest) return latest;
        continuation = page.continuation;
      } while (continuation);
      return undefined;
    },
    async list({ phoneNumber, limit, continuation }) {
      const from = continuation ? decode(continuation) : undefined;
      if (!phoneNumber) return listOfMonths(limit, { month: from?.month ?? month(now()), continuation: from?.continuation });
      const page = await documents.page("callers", phoneNumber, {
        limit,
        newestBy: "created_at",
        continuation: from?.continuation,
      });
      return {
        calls: await calls(page.documents),
        ...(page.continuation ? { continuation: encode({ continuation: page.continuation }) } : {}),
      };
    },
    append: (callId, message) => put(callId, message, {}),
    keepUnfinished: (callId, message) => put(callId, message, { unfinished: true }),
    async change(callId, change) {
      const after = await changed<CallRecord>(callId, recordId, "record", change);
      if (!after) throw new UnknownCall(callId);
      return after;
    },
    async changeLine(callId, change) {
      const after = await changed<Line>(callId, lineId, "line", change);
      if (after) return after;
      const empty: Line = {};
      const first = change(empty);
      if (first === empty) return empty;
      if (await documents.create("calls", callId, { id: lineId, callId, line: first })) return first;
      return (await changed<Line>(callId, lineId, "line", change)) ?? empty;
    },
    async open(continuation) {
      const page = await documents.page("listings", openCalls, { limit: openPage, continuation });
      const calls = page.documents.map((each) => ({ callId: each.id, createdAt: String(each.created_at) }));
      return { calls, ...(page.continuation ? { continuation: page.continuation } : {}) };
    },
    isOpen: async (callId) => (await documents.read("listings", openCalls, callId)) !== undefined,
    close: async (callId) => void (await documents.remove("listings", openCalls, callId)),
    take: async (phoneNumber, ration) => !(await takeRation(documents, now(), phoneNumber, ration)),
    claim: (callId, effect) => documents.create("calls", callId, { id: `effect:${safe(effect)}`, callId, effect }),
  };
}

/** True when one of the effects was left to claim, which then is the caller's: so many may be done in a call and no more. */
export async function claimOneOf(store: Pick<CallStore, "claim">, callId: string, effects: readonly string[]): Promise<boolean> {
  for (const each of effects) if (await store.claim(callId, each)) return true;
  return false;
}

/** Cosmos forbids `/ \ ? #` in ids; an id with anything but plain characters is replaced by its digest, which is as deterministic. */
const safe = (id: string): string => (/^[\w.:-]{1,200}$/.test(id) ? id : createHash("sha256").update(id).digest("hex"));

/** Within a millisecond the caller comes first: an answer follows what it answers. */
const inOrder = (one: Message, other: Message): number =>
  one.created_at.localeCompare(other.created_at) ||
  Number(other.persona === "human") - Number(one.persona === "human") ||
  one.id.localeCompare(other.id, "en", { numeric: true });

const month = (date: Date): string => date.toISOString().slice(0, 7);

function monthsBackFrom(date: Date): string[] {
  return Array.from({ length: listedMonths }, (_, back) =>
    month(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back, 1))),
  );
}

interface Position {
  readonly month?: string;
  readonly continuation?: string;
}

const encode = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

function decode(text: string): Position {
  try {
    const { month, continuation } = JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
    return { ...(typeof month === "string" ? { month } : {}), ...(typeof continuation === "string" ? { continuation } : {}) };
  } catch {
    throw new UnknownContinuation();
  }
}
