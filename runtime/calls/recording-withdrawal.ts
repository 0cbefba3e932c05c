/**
 * Callers who want no recording any more. It ends at once and for good, and what was recorded until then is deleted unless the agent's
 * `recording_withdrawn` says otherwise: whoever withdraws their consent may have erased what only it allowed (GDPR, articles 7(3) and 17(1)(b)).
 * The file comes minutes after the recording has ended, so the sweeper deletes it, and tries again what failed here.
 */
import type { CallAutomation } from "../services/call-automation.ts";
import type { Document, Documents } from "../services/documents.ts";
import type { Services } from "../services/services.ts";
import type { Call, CallRecord } from "./call.ts";
import { inProgress } from "./conclude.ts";
import type { CallStore } from "./store.ts";

export interface WithdrawalNeeds {
  readonly store: CallStore;
  readonly documents: Documents;
  readonly automation: Pick<CallAutomation, "stopRecording">;
  readonly now: () => Date;
}

/** A partition of the listings beside the months: calls of which something is left to do. */
const withdrawn = "withdrawn";
/** So many are gone on with at once. */
const page = 100;
/** One sweep gets so far; what lies beyond has its turn once these are done with. */
const mostPages = 50;
/** A long recording comes in several files, all within an hour of its end; so does what the service has to say of it. */
const completeAfterMs = 3_600_000;
/** A file that is not there by then will not come. */
const lostAfterMs = 48 * 3_600_000;
/** A look at the container lists three days of it: the next one comes once as much time has passed again as since the recording's end. */
const pausesMs = { least: 60_000, most: 3_600_000 };

/** What the sweeper goes on with, beside the months' entries. */
interface Progress {
  /** ISO 8601: since when the recording is known to be over. */
  readonly over?: string;
  /** ISO 8601: the container is not looked at before. */
  readonly next?: string;
}

/**
 * Ends the call's recording, if there is one, and has none begun any more. Throws when the service does not end it, or has yet to say which
 * recording it began; it is tried again every minute.
 */
export async function withdrawRecording(
  needs: WithdrawalNeeds,
  callId: string,
  by: NonNullable<CallRecord["recording_withdrawn"]>["by"],
): Promise<CallRecord> {
  const { store, documents, now } = needs;
  // The entry comes first: what is done of the rest, the sweeper finds.
  await documents.create("listings", withdrawn, { id: callId, month: withdrawn });
  const at = now().toISOString();
  const record = await store.change(callId, (each) =>
    each.recording_withdrawn ? each : { ...each, recording_withdrawn: { at, by, recording: "being stopped" } },
  );
  const after = await stopped(needs, record);
  if (isBeingStopped(after))
    throw new Error(
      "The service was asked to record this call and has not said which recording it began; it is ended once it has.",
    );
  await noteProgress(documents, callId, { over: now().toISOString() });
  return after;
}

/** Has the sweeper look at a withdrawal of which something is left to do again, whatever it made of it before. */
export async function reopenWithdrawal(documents: Documents, record: CallRecord): Promise<void> {
  if (!isBeingStopped(record)) return;
  await documents.remove("listings", withdrawn, record.call_id);
  await documents.create("listings", withdrawn, { id: record.call_id, month: withdrawn });
}

const isBeingStopped = ({ recording_withdrawn }: CallRecord): boolean => recording_withdrawn?.recording === "being stopped";

/** Asks the service to end a recording that is still to be ended, once it is known which. Throws when it does not. */
export async function stopped(
  { store, automation }: Omit<WithdrawalNeeds, "documents" | "now">,
  record: CallRecord,
): Promise<CallRecord> {
  if (!isBeingStopped(record) || record.recording_asked) return record;
  if (record.recording_id) await automation.stopRecording(record.recording_id);
  const after = await store.change(record.call_id, (each) => {
    if (!isBeingStopped(each) || each.recording_id !== record.recording_id) return each;
    if (each.recording_id === undefined) return withState(each, "none");
    return withState(each, each.initiate.recording_withdrawn === "keep" ? "kept" : "to be deleted");
  });
  // A recording whose start was under way has become known meanwhile: it is still to be ended.
  return after.recording_id === record.recording_id ? after : stopped({ store, automation }, after);
}

/** Goes on with every withdrawal of which something is left to do. One that fails is logged and has its turn at the next sweep. */
export async function finishWithdrawals(services: Sweeping): Promise<void> {
  let failed = 0;
  for (const entries of await pagesOf(services)) {
    const finished = await Promise.allSettled(entries.map((each) => finish(services, each)));
    failed += finished.filter(({ status }) => status === "rejected").length;
  }
  if (failed > 0)
    services.log.error({ failed }, "recordings could not be ended or deleted as their callers wish; the next sweep tries again");
}

/** All of them before the first is dealt with: a list that is changed under way leaves some out. */
async function pagesOf({ documents, log }: Pick<Services, "documents" | "log">): Promise<(readonly Document[])[]> {
  const pages: (readonly Document[])[] = [];
  let continuation: string | undefined;
  do {
    const next = await documents.page("listings", withdrawn, { limit: page, continuation });
    pages.push(next.documents);
    continuation = next.continuation;
  } while (continuation && pages.length < mostPages);
  if (continuation) log.warn({ pages: mostPages }, "more recordings are withdrawn than one sweep looks at");
  return pages;
}

type Sweeping = WithdrawalNeeds & Pick<Services, "recordings" | "log">;

async function finish(services: Sweeping, entry: Document & Progress): Promise<void> {
  const { store, documents, now } = services;
  const callId = entry.id;
  const nowMs = now().getTime();
  if (entry.next !== undefined && Date.parse(entry.next) > nowMs) return;
  const close = () => documents.remove("listings", withdrawn, callId);
  const call = await store.get(callId);
  // The entry comes before the record says so, and a call in progress may be about to.
  if (!call?.recording_withdrawn) return call && call.status !== "ended" ? undefined : void (await close());
  const record = await stopped(services, call);
  // A recording that nobody knows by name goes on as long as the line does.
  if (isBeingStopped(record) && (!record.recording_asked || (await inProgress(store, { ...record, messages: [] })))) return;
  const overMs = entry.over === undefined ? nowMs : Date.parse(entry.over);
  const isDone = isBeingStopped(record)
    ? await givenUp(services, record, nowMs - overMs)
    : await removed(services, record, nowMs - overMs);
  if (isDone) return void (await close());
  const over = new Date(overMs).toISOString();
  const pauseMs = Math.min(Math.max(nowMs - overMs, pausesMs.least), pausesMs.most);
  await noteProgress(documents, callId, { over, next: new Date(nowMs + pauseMs).toISOString() });
}

/** One look for the files of a recording that is over. True when no further one is needed. */
async function removed(services: Sweeping, record: CallRecord, ageMs: number): Promise<boolean> {
  const { store, recordings, log } = services;
  const { call_id: callId, recording_id: id, created_at, recording_withdrawn } = record;
  const isToGo = recording_withdrawn?.recording === "to be deleted" || recording_withdrawn?.recording === "deleted";
  const isGone = isToGo && id !== undefined && (await recordings.remove(id, new Date(created_at)));
  const after = isGone ? await store.change(callId, (each) => withState(each, "deleted")) : record;
  await tellLaterClaims(store, after);
  if (after.status !== "ended") return false;
  if (after.recording_withdrawn?.recording !== "to be deleted") return ageMs > completeAfterMs;
  if (ageMs <= lostAfterMs) return false;
  log.error({ callId }, "a recording that its caller wants deleted was not found; what may come of it expires with the others");
  return true;
}

/** True once so long after the line's end nothing more is heard of a recording whose start was never answered. */
async function givenUp({ store, log }: Sweeping, { call_id: callId }: CallRecord, ageMs: number): Promise<boolean> {
  if (ageMs <= completeAfterMs) return false;
  const after = await store.change(callId, (each) =>
    isBeingStopped(each) && each.recording_asked ? withState(each, "unconfirmed") : each,
  );
  await tellLaterClaims(store, after);
  if (isBeingStopped(after)) return false;
  log.error(
    { callId },
    "it is not known whether a call was recorded whose caller wanted no recording; what may come of it expires with the others",
  );
  return true;
}

/** A sweep that comes at the same time notes as much. */
async function noteProgress(documents: Documents, callId: string, progress: Progress): Promise<void> {
  const stored = await documents.read("listings", withdrawn, callId);
  if (stored) await documents.replace("listings", withdrawn, { ...stored.document, ...progress }, stored.etag);
}

/** The claims that its caller went on to on the same line: their records were begun with what was known of the one recording then. */
async function tellLaterClaims(
  store: Pick<CallStore, "change">,
  { recording_withdrawn, continued_as }: CallRecord,
): Promise<void> {
  if (!recording_withdrawn) return;
  for (let later = continued_as; later !== undefined; ) {
    const told = await store.change(later, (each) =>
      each.recording_withdrawn?.recording === recording_withdrawn.recording ? each : { ...each, recording_withdrawn },
    );
    later = told.continued_as;
  }
}

/** The record with what becomes of its recording; as it is when its caller has not withdrawn. */
export const withState = (
  record: CallRecord,
  recording: NonNullable<CallRecord["recording_withdrawn"]>["recording"],
): CallRecord =>
  record.recording_withdrawn && record.recording_withdrawn.recording !== recording
    ? { ...record, recording_withdrawn: { ...record.recording_withdrawn, recording } }
    : record;

/**
 * The call as its recording may be shown: a caller who began another claim on the same line, and withdrew then, has withdrawn the one
 * recording of both.
 */
export async function withLaterWithdrawal(store: Pick<CallStore, "get">, call: Call): Promise<Call> {
  let later: Call | undefined = call;
  while (later && !later.recording_withdrawn && later.continued_as) later = await store.get(later.continued_as);
  return later?.recording_withdrawn ? { ...call, recording_withdrawn: later.recording_withdrawn } : call;
}

/** Whether the call's recording may be listened to: there is one, and it is not to be deleted. */
export const mayBeHeard = ({ recording_id, recording_withdrawn, initiate }: CallRecord): boolean =>
  recording_id !== undefined && (recording_withdrawn === undefined || initiate.recording_withdrawn === "keep");
