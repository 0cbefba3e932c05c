/**
 * Calls that nobody is going to end: a crash between a claim and its deed, a callback that never came. Looks at the open calls only; what it
 * does is what the callback would have done, so it and a late callback do no harm to each other.
 */
import type { Services } from "../services/services.ts";
import type { Call } from "./call.ts";
import { conclude } from "./conclude.ts";
import { leave, soundLost } from "./recovery.ts";
import type { OpenCall } from "./store.ts";

/** A call that has not come about by then never will. */
export const unbornAfterMs = 180_000;
/** A phone that we ring this long is not picked up; carriers give up after 45 s or so themselves. */
export const ringsAtMostMs = 60_000;
/** Longer than its agent allows plus this, a call is not held by anybody. */
const overtimeMs = 900_000;
/** One sweep looks at this many pages of open calls; what lies beyond has its turn once these are closed. */
const mostPages = 50;

/** Looks at every open call once. A call that cannot be dealt with is logged and has its turn at the next sweep. */
export async function sweep(services: Services): Promise<void> {
  const { log } = services;
  let failed = 0;
  for (const calls of await pagesOf(services)) {
    const looked = await Promise.allSettled(calls.map((each) => look(services, each)));
    failed += looked.filter((each) => each.status === "rejected").length;
  }
  if (failed > 0) log.error({ failed }, "open calls could not be looked at; the next sweep tries again");
}

/** All of them before the first is dealt with: a list that is changed under way leaves some out. */
async function pagesOf({ store, log }: Services): Promise<(readonly OpenCall[])[]> {
  const pages: (readonly OpenCall[])[] = [];
  let continuation: string | undefined;
  do {
    const page = await store.open(continuation);
    pages.push(page.calls);
    continuation = page.continuation;
  } while (continuation && pages.length < mostPages);
  if (continuation) log.warn({ pages: mostPages }, "more calls are open than one sweep looks at");
  return pages;
}

async function look(services: Services, { callId, createdAt }: OpenCall): Promise<void> {
  const { store, now, log } = services;
  const call = await store.get(callId);
  const ageMs = now().getTime() - Date.parse(call?.created_at ?? createdAt);
  if (!call) {
    // The entry is written before the record.
    if (ageMs > unbornAfterMs) await store.close(callId);
    return;
  }
  const done =
    call.status === "connected" ? await lookAtConversation(services, call, ageMs) : await lookAtSilent(services, call, ageMs);
  if (done) log.warn({ callId, done }, "the sweeper dealt with a call");
}

/** A call that nobody speaks in: not yet, or not any more. */
async function lookAtSilent(services: Services, call: Call, ageMs: number): Promise<string | undefined> {
  if (call.status === "ended") {
    await conclude(services, call.call_id, () => "failed");
    return "finished its end";
  }
  const rings = call.direction === "outbound" && call.status === "ringing";
  if (ageMs <= (rings ? ringsAtMostMs : unbornAfterMs)) return undefined;
  if (call.connection_id) await services.lines.of(call).hangUp(call.connection_id);
  await conclude(services, call.call_id, ({ direction, status }) =>
    direction === "inbound" ? "missed" : status === "ringing" ? "no_answer" : "failed",
  );
  return "ended what never came about";
}

async function lookAtConversation(services: Services, call: Call, ageMs: number): Promise<string | undefined> {
  const { store, now } = services;
  const { connection_id: connectionId } = call;
  const carrier = services.lines.of(call);
  const overtime = ageMs > call.initiate.maximum_call_min * 60_000 + overtimeMs;
  if (overtime || (connectionId && (await carrier.state(connectionId)) === "gone")) {
    if (connectionId) await carrier.hangUp(connectionId);
    await conclude(services, call.call_id, () => "completed");
    return "ended what nobody holds any more";
  }
  if (!connectionId || !isOurs(call)) return undefined;
  const { loss } = await store.changeLine(call.call_id, (line) => line);
  if (!loss || Date.parse(loss.until) > now().getTime()) return undefined;
  if (loss.state === "given up") await leave(services, call, connectionId);
  else await soundLost(services, call, connectionId);
  return "went on mending its sound";
}

/** Only Communication Services' sound is mended from here; a carrier of another kind asks for it itself, and carried calls have their bridges. */
const isOurs = (call: Call): boolean => (call.carrier ?? "acs") === "acs";
