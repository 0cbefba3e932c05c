/**
 * Callers who want no recording any more. It ends at once and for good, and what was recorded until then is deleted unless the agent's
 * `recording_withdrawn` says otherwise: whoever withdraws their consent may have erased what only it allowed (GDPR, articles 7(3) and 17(1)(b)).
 * The file comes minutes after the recording has ended, so the sweeper deletes it, and tries again what failed here.
 */
import type { CallAutomation } from "../services/call-automation.ts";
import type { Document, Documents } from "../services/documents.ts";
import type { Services } from "../services/services.ts";
import type { Call, CallRecord } from "./call.ts";
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
/** A long recording comes in several files, all within an hour. */
const completeAfterMs = 3_600_000;
/** A file that is not there by then will not come. */
const lostAfterMs = 48 * 3_600_000;

/** Ends the call's recording, if there is one, and has none begun any more. Throws when the service does not end it; it is asked again every minute. */
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
  return stopped(needs, record);
}

/** Asks the service to end a recording that is still to be ended. Throws when it does not. */
export async function stopped(
  { store, automation }: Omit<WithdrawalNeeds, "documents" | "now">,
  record: CallRecord,
): Promise<CallRecord> {
  if (record.recording_withdrawn?.recording !== "being stopped") return record;
  if (record.recording_id) await automation.stopRecording(record.recording_id);
  return store.change(record.call_id, (each) => {
    // A recording whose start was under way has become known meanwhile: it is still to be ended.
    if (!each.recording_withdrawn || each.recording_id !== record.recording_id) return each;
    return withState(each, each.initiate.recording_withdrawn === "keep" ? "kept" : "to be deleted");
  });
}

/** Goes on with every withdrawal of which something is left to do. One that fails is logged and has its turn at the next sweep. */
export async function finishWithdrawals(services: WithdrawalNeeds & Pick<Services, "recordings" | "log">): Promise<void> {
  let failed = 0;
  for (const entries of await pagesOf(services)) {
    const finished = await Promise.allSettled(entries.map(({ id }) => finish(services, id)));
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

async function finish(services: WithdrawalNeeds & Pick<Services, "recordings" | "log">, callId: string): Promise<void> {
  const { store, documents, recordings, now, log } = services;
  const close = () => documents.remove("listings", withdrawn, callId);
  const call = await store.get(callId);
  // The entry comes before the record says so, and a call in progress may be about to.
  if (!call?.recording_withdrawn) return call && call.status !== "ended" ? undefined : void (await close());
  let record = await stopped(services, call);
  if (record.recording_withdrawn?.recording === "being stopped") return;
  const { recording_id: id, created_at } = record;
  if (record.recording_withdrawn?.recording !== "kept" && (!id || (await recordings.remove(id, new Date(created_at)))))
    record = await store.change(callId, (each) => withState(each, "deleted"));
  await tellLaterClaims(store, record);
  if (record.status !== "ended") return;
  const ageMs = now().getTime() - Date.parse(call.recording_withdrawn.at);
  if (record.recording_withdrawn?.recording === "to be deleted") {
    if (ageMs <= lostAfterMs) return;
    log.error({ callId }, "a recording that its caller wants deleted was not found; what may come of it expires with the others");
  } else if (ageMs <= completeAfterMs) return;
  await close();
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

/** The record with the recording that was begun: one whose caller withdrew while it was being begun is to be ended at once. */
export const withRecording = (record: CallRecord, recording_id: string): CallRecord =>
  withState({ ...record, recording_id }, "being stopped");

const withState = (record: CallRecord, recording: NonNullable<CallRecord["recording_withdrawn"]>["recording"]): CallRecord =>
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
