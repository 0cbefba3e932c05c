/** Going on with an earlier conversation: which one a caller may continue, and how its knowledge comes into the new call. */
import type { Flags } from "../flags.ts";
import type { Call, CallRecord, Message } from "./call.ts";
import { fieldsOf } from "./claim.ts";
import { phoneNumber } from "./phone-number.ts";
import type { CallStore } from "./store.ts";

const hourMs = 3_600_000;
/** Missed, silent and idle calls are passed over; more of them in a row than this, and the conversation before is not looked for. */
const callsLookedAt = 5;
const earlier = "earlier:";

/**
 * The conversation that whoever calls from `caller` (E.164) may continue: the newest that was held and ended within `callback_timeout_hour`.
 * None for a withheld number, and never when the flag is 0. The caller still has to prove to be its person: see `verified` of the record.
 */
export async function resumableFor(
  store: Pick<CallStore, "list">,
  caller: string,
  { callback_timeout_hour }: Pick<Flags, "callback_timeout_hour">,
  now: Date,
): Promise<string | undefined> {
  if (callback_timeout_hour === 0 || !phoneNumber(caller)) return undefined;
  const { calls } = await store.list({ phoneNumber: caller, limit: callsLookedAt });
  const latest = calls.find((each) => each.status === "ended" && each.messages.some(isSpokenByCaller) && !cameToNothing(each));
  return latest && now.getTime() - endedAtMs(latest) <= callback_timeout_hour * hourMs ? latest.call_id : undefined;
}

/**
 * Continues the call's `resumable` conversation: its claim, reminders and words become the new call's own, whose record then stands alone.
 * What was said in the new call wins, and so does its language once the caller has spoken in it. For verified callers only: call it right
 * after a verified call is created, or when the caller has proven to be the person. False when there is nothing (more) to continue.
 *
 * Copies come under ids of their own and the record changes last and once, so a crash in between, or a second attempt, doubles nothing.
 */
export async function resume(store: CallStore, callId: string): Promise<boolean> {
  const call = await store.get(callId);
  const before = call?.resumable && call.verified ? await store.get(call.resumable) : undefined;
  if (!call || !before) return false;
  for (const message of before.messages.filter(isSaid)) await store.append(callId, copyOf(message, before.call_id));
  let resumed = false;
  await store.change(callId, (record) => {
    resumed = record.resumable === before.call_id;
    return resumed ? continued(record, before, call.messages.some(isSpokenByCaller)) : record;
  });
  return resumed;
}

/** Whether a message was said in an earlier call that this one continues. */
export const isEarlier = ({ id }: Pick<Message, "id">): boolean => id.startsWith(earlier);

function continued({ resumable: _, ...record }: CallRecord, before: Call, hasSpoken: boolean): CallRecord {
  const titles = new Set(record.reminders.map((each) => each.title));
  const fields = new Set(fieldsOf(record.initiate).map((each) => each.name));
  const known = Object.fromEntries(Object.entries(before.claim).filter(([name]) => fields.has(name)));
  const speaks = record.initiate.lang.availables.some((each) => each.short_code === before.lang_short_code);
  return {
    ...record,
    resumes: before.call_id,
    claim: { ...known, ...record.claim },
    reminders: [...before.reminders.filter((each) => !titles.has(each.title)), ...record.reminders],
    lang_short_code: speaks && !hasSpoken ? before.lang_short_code : record.lang_short_code,
  };
}

/** A call that could have continued another, did not, and brought nothing of its own must not hide that other one from the next call. */
const cameToNothing = ({ resumable, claim, reminders }: CallRecord): boolean =>
  resumable !== undefined && Object.keys(claim).length === 0 && reminders.length === 0;

/** A copy of a copy keeps the call it was said in. */
const copyOf = (message: Message, callId: string): Message =>
  isEarlier(message) ? message : { ...message, id: `${earlier}${callId}:${message.id}` };

const isSaid = ({ content, action }: Message): boolean => content !== "" && (action === "talk" || action === "sms");
const isSpokenByCaller = (message: Message): boolean =>
  message.persona === "human" && message.action === "talk" && isSaid(message);

/** A text message may be sent long after the call; the line's own end says when it was over. */
function endedAtMs({ messages, created_at }: Call): number {
  const last = messages.find((each) => each.id === "disconnected") ?? messages.findLast((each) => each.action === "talk");
  return Date.parse(last?.created_at ?? created_at);
}
