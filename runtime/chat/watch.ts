/**
 * Chats' calls that no bridge watches any more: it was killed, or it lets go of them before it stops. Another bridge goes on; a call that none
 * takes is hung up, since what nobody watches costs without end.
 */
import type { Logger } from "pino";
import type { Sideband } from "../services/bridge-client.ts";
import type { Documents } from "../services/documents.ts";
import type { RealtimeCalls } from "../services/realtime-calls.ts";
import { endWatch, forget, forgetFailures, listOpen, noteFailure, type OpenCall, readOpen } from "./watched-calls.ts";

export interface WatchServices {
  readonly documents: Documents;
  readonly sideband: Pick<Sideband, "attach">;
  readonly realtimeCalls: Pick<RealtimeCalls, "hangUp">;
  readonly now: () => Date;
  readonly log: Pick<Logger, "warn" | "error">;
}

/** One look is at this many pages of open calls; what lies beyond has its turn once these have ended. */
const mostPages = 50;
/** Bridges asked in vain, a minute apart, before a call is hung up. */
const mostFailures = 2;

/** Looks at every open call of a chat once. What cannot be dealt with is logged and has its turn at the next look. */
export async function watchOver(services: WatchServices): Promise<void> {
  const { documents, log } = services;
  const open: OpenCall[] = [];
  let continuation: string | undefined;
  // All of them before the first is dealt with: a list that is changed under way leaves some out.
  for (let page = 0; page < mostPages && (page === 0 || continuation !== undefined); page++) {
    const listed = await listOpen(documents, continuation);
    open.push(...listed.calls);
    continuation = listed.continuation;
  }
  const looked = await Promise.allSettled(open.map((each) => look(services, each)));
  const failed = looked.filter((each) => each.status === "rejected").length;
  if (failed > 0) log.error({ failed }, "chats' calls could not be looked at; the next look tries again");
}

async function look(services: WatchServices, open: OpenCall): Promise<void> {
  const { documents, sideband, realtimeCalls, now, log } = services;
  const call = await readOpen(documents, open);
  // The entry is written before the call, and removed after its end.
  if (!call) await forget(documents, open.callId);
  if (!call || call.watchedUntil > now()) return;
  const { callId, sessionId, deployment, choice } = call;
  try {
    await sideband.attach({ callId, sessionId, deployment, choice });
    if (open.failed > 0) await forgetFailures(documents, callId);
    log.warn("a chat's call that nobody watched has found a bridge, or had ended");
  } catch {
    if ((await noteFailure(documents, callId)) < mostFailures) return;
    await realtimeCalls.hangUp(callId);
    await endWatch(documents, call, "service", now());
    log.error("no bridge watches a chat's call, so it was hung up");
  }
}
