/**
 * A newer call takes over from the older one of its session, which may be watched by another bridge: what was said meanwhile is known by the
 * record, and the call's document says what its model knows already, so that a bridge that takes the newer call up goes on with it.
 */
import { turnId } from "../../chat/record.ts";
import { type KeptTurn, readSession } from "../../chat/session.ts";
import { type ChatCall, type EndedBy, endWatch, noteToldTurns, readOpen } from "../../chat/watched-calls.ts";
import type { Documents } from "../../services/documents.ts";
import type { RealtimeCalls } from "../../services/realtime-calls.ts";
import type { Clock } from "../clock.ts";
import { bothUpMs } from "./overlap.ts";
import { pastOf } from "./past.ts";
import type { WatchedCall } from "./watched-call.ts";
import { within } from "./within.ts";

/** A turn is kept once it has been heard, so it may come after younger ones; further back than this many it does not. */
const mostTold = 50;
/** For another bridge to see that its call was hung up, and to keep what was being said in it. */
const endElsewhereMs = 4_000;
const lookAgainMs = 250;

export interface Succession {
  readonly newer: Pick<WatchedCall, "call" | "established" | "ended" | "hasHeard" | "succeed">;
  /** Undefined when it has ended already. */
  readonly older: ChatCall | undefined;
  /** `toldOf` the turns that the newer model was told. */
  readonly told: readonly string[];
}

export interface SuccessionResources {
  readonly documents: Documents;
  readonly calls: Pick<RealtimeCalls, "hangUp">;
  readonly clock: Clock;
  /** Ends a call that is watched here, and keeps what was said in it; undefined when it is watched elsewhere. */
  readonly endHere: (call: ChatCall, by: EndedBy) => Promise<void> | undefined;
}

/** Ends the older call once somebody is in the newer one, whose model is then told what it does not know. A newer one that ends before leaves the older. */
export async function succeed({ newer, older, told }: Succession, resources: SuccessionResources): Promise<void> {
  const { documents, clock } = resources;
  let isOver = false;
  const over = newer.ended.then(() => {
    isOver = true;
  });
  if (older) await within(clock, bothUpMs, Promise.race([newer.established, over]));
  if (isOver) return;
  const untilMs = clock.nowMs();
  if (older && (await readOpen(documents, older)))
    await endOlder(older, older.choice === newer.call.choice ? "person" : "escalation", resources);
  const turns = (await readSession(documents, newer.call.sessionId))?.turns ?? [];
  const isOwn = ({ id, call }: KeptTurn): boolean => call === newer.call.callId || newer.hasHeard(id.slice(turnId("").length));
  // The bridge that has it now goes on with it.
  if (isOver) return;
  newer.succeed(pastOf(saidSince(turns, { told, untilMs, isOwn }).map(({ turn }) => turn)));
  await noteToldTurns(documents, newer.call, undefined);
}

/** What is remembered of the turns that a model was told: the ids of the last ones. */
export const toldOf = (turns: readonly KeptTurn[]): readonly string[] => turns.slice(-mostTold).map(({ id }) => id);

export interface Since {
  readonly told: readonly string[];
  /** Since then the person is in the newer call: what they type, of which nobody knows in which call, is said there. Milliseconds since the epoch. */
  readonly untilMs: number;
  /** It was said in the newer call. */
  readonly isOwn: (turn: KeptTurn) => boolean;
}

/** The turns, oldest first, that a newer call's model was not told and has not heard. */
export function saidSince(turns: readonly KeptTurn[], { told, untilMs, isOwn }: Since): readonly KeptTurn[] {
  const known = new Set(told);
  const first =
    told.length < mostTold
      ? 0
      : Math.max(
          0,
          turns.findIndex(({ id }) => known.has(id)),
        );
  return turns
    .slice(first)
    .filter((each) => !known.has(each.id) && !isOwn(each) && (each.call !== undefined || Date.parse(each.at) < untilMs));
}

/** Resolves once everything said in it is kept, as far as whoever watches it does so in time: its end is kept last. */
async function endOlder(older: ChatCall, by: EndedBy, { documents, calls, clock, endHere }: SuccessionResources): Promise<void> {
  const here = endHere(older, by);
  if (here) return here;
  await calls.hangUp(older.callId);
  const lastMs = clock.nowMs() + endElsewhereMs;
  while (await readOpen(documents, older)) {
    if (clock.nowMs() >= lastMs) return endWatch(documents, older, by, new Date(clock.nowMs()));
    await new Promise<void>((resolve) => void clock.after(lookAgainMs, resolve));
  }
}
