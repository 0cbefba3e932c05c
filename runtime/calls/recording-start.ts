/**
 * What the service says of a recording that it was asked to begin: by its answer, or by a callback when the answer is lost. A caller may have
 * gone on to other claims on the same line meanwhile, whose records were begun with what was known then.
 */
import type { CallRecord } from "./call.ts";
import { withState } from "./recording-withdrawal.ts";
import type { CallStore } from "./store.ts";

type Store = Pick<CallStore, "get" | "change">;

/**
 * Notes in the records of the line which recording was begun, and returns them as they are then, the named call's first. One whose caller
 * withdrew meanwhile is to be ended. Safe to repeat.
 */
export async function recordingBegan(store: Store, callId: string, recordingId: string): Promise<readonly CallRecord[]> {
  const line = await recordsOfLine(store, callId);
  const isKnown = line.some(({ recording_id, recording_asked }) => recording_id !== undefined || recording_asked);
  return changed(store, callId, (each) => {
    const awaits = each.recording_asked || (!isKnown && each.call_id === callId);
    return awaits && each.recording_id === undefined ? withRecording(each, recordingId) : each;
  });
}

/** Notes in the records of the line that nothing was begun. */
export async function recordingRefused(store: Store, callId: string): Promise<void> {
  await changed(store, callId, withoutAsking);
}

/** A claim begun on `former`'s line takes over what has become known of the recording since its record was made from it. */
export async function takeOverRecording(store: Store, former: CallRecord, callId: string): Promise<void> {
  await store.change(callId, (each) => {
    if (!each.recording_asked || former.recording_asked) return each;
    if (former.recording_id !== undefined) return withRecording(each, former.recording_id);
    return withoutAsking(each);
  });
}

async function recordsOfLine(store: Store, callId: string): Promise<CallRecord[]> {
  const line: CallRecord[] = [];
  for (let next: string | undefined = callId; next !== undefined; ) {
    const record: CallRecord | undefined = await store.get(next);
    if (record) line.push(record);
    next = record?.continued_as;
  }
  return line;
}

/** Goes by what is written, so that a claim begun on the line meanwhile is either among them or takes over what is known by itself. */
async function changed(store: Store, callId: string, change: (record: CallRecord) => CallRecord): Promise<readonly CallRecord[]> {
  const after: CallRecord[] = [];
  for (let next: string | undefined = callId; next !== undefined; ) {
    const record: CallRecord = await store.change(next, change);
    after.push(record);
    next = record.continued_as;
  }
  return after;
}

function withoutAsking(record: CallRecord): CallRecord {
  if (!record.recording_asked) return record;
  const { recording_asked: _, ...rest } = record;
  return rest;
}

const withRecording = (record: CallRecord, recording_id: string): CallRecord =>
  withState({ ...withoutAsking(record), recording_id }, "being stopped");
