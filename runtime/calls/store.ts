/**
 * Where calls are kept: one record with an ETag, its messages and claimed effects as documents beside it in the same partition, and an
 * entry under the caller and under the month for lists. Every question stays within one partition.
 */
import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { openDocuments } from "../services/cosmos.ts";
import { type Document, type Documents, UnknownContinuation } from "../services/documents.ts";
import type { Call, CallRecord, Message } from "./call.ts";

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
  /** The same message id twice is kept once. */
  append(callId: string, message: Message): Promise<void>;
  /**
   * Applies `change` to the record as it is now and again whenever another writer was faster. Returning the same object changes nothing.
   * Throws `UnknownCall`.
   */
  change(callId: string, change: (record: CallRecord) => CallRecord): Promise<CallRecord>;
  /** True for exactly one caller, ever: whoever gets it does the effect. */
  claim(callId: string, effect: string): Promise<boolean>;
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
    async append(callId, message) {
      await documents.create("calls", callId, { id: `message:${safe(message.id)}`, callId, message });
    },
    async change(callId, change) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const stored = await documents.read("calls", callId, recordId);
        if (!stored) throw new UnknownCall(callId);
        const before = stored.document.record as CallRecord;
        const after = change(before);
        if (after === before) return before;
        if (await documents.replace("calls", callId, { id: recordId, callId, record: after }, stored.etag)) return after;
      }
      throw new Error("The call's record changed at every attempt; something writes it in a loop.");
    },
    claim: (callId, effect) => documents.create("calls", callId, { id: `effect:${safe(effect)}`, callId, effect }),
  };
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
