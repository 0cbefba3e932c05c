/**
 * The chats' WebRTC calls that this bridge watches: the browser talks to the model's service directly, so only from here is its use seen, its
 * time limited and its tools run.
 */

import { leftUsd } from "../../chat/allowance.ts";
import { callId as callDocumentId } from "../../chat/record.ts";
import { type ChatSession, type KeptCall, readSession } from "../../chat/session.ts";
import { totalUsd } from "../../chat/total.ts";
import {
  beginWatch,
  type ChatCall,
  type EndedBy,
  endWatch,
  listOpen,
  noteToldTurns,
  type OpenCall,
  readOpen,
  sessionOf,
  watcherOf,
} from "../../chat/watched-calls.ts";
import type { ChatOptions } from "../../chat-options.ts";
import { timesOf } from "./limits.ts";
import { olderThan } from "./overlap.ts";
import { pastOf } from "./past.ts";
import type { SidebandEnd, SidebandRequest } from "./request.ts";
import { succeed, toldOf } from "./succession.ts";
import { interruptedTools } from "./tool-claims.ts";
import { rulesOf, runTool, type ToolServices } from "./tools.ts";
import { newWatch } from "./watch.ts";
import { WatchedCall, type WatchedCallResources } from "./watched-call.ts";
import { within } from "./within.ts";

export interface SidebandResources extends Omit<WatchedCallResources, "runTool" | "leftUsd"> {
  readonly options: ChatOptions;
  /** The deployment that writes down what people say into the microphone. */
  readonly transcription: string;
  readonly tools: Omit<ToolServices, "turns">;
  /** This bridge, as calls' documents name it: of a process that comes in this one's place when it was killed, but of no other. */
  readonly watcher: string;
  /** A fresh UUID. */
  readonly newId: () => string;
}

/** Why a call is not watched, with the status that says so. */
export class NotWatched extends Error {
  readonly status: 404 | 409 | 502 | 503;
  constructor(status: NotWatched["status"], message: string) {
    super(message);
    this.name = "NotWatched";
    this.status = status;
  }
}

/** The functions app waits ten seconds for an answer. */
const attachWithinMs = 8_000;
/** For hanging up the call before, and keeping what was said in it. */
const endBeforeMs = 4_000;
const lookAgainMs = 2_000;
/** For what is being said when another bridge has taken over. */
const finishTurnMs = 15_000;

export class Sidebands {
  readonly #resources: SidebandResources;
  readonly #calls = new Map<string, WatchedCall>();
  readonly #arriving = new Map<string, Promise<void>>();
  #draining = false;

  constructor(resources: SidebandResources) {
    this.#resources = resources;
  }

  /** Calls that are watched here. */
  get size(): number {
    return this.#calls.size;
  }

  /** Side sockets that are open. */
  get sockets(): number {
    return [...this.#calls.values()].filter((each) => each.isJoined).length;
  }

  /** Watches the call until it ends, from the moment this resolves; one that is watched here already is fine. Throws `NotWatched`. */
  async attach(request: SidebandRequest): Promise<void> {
    if (this.#draining) throw new NotWatched(503, "This bridge takes no new calls; another one does.");
    const { callId } = request;
    const known = this.#calls.get(callId);
    if (known && !known.isWatching && !this.#arriving.has(callId))
      throw new NotWatched(503, "This bridge has lost the call and tries to join it again.");
    const arriving = this.#arriving.get(callId) ?? known?.attached ?? this.#take(request);
    this.#arriving.set(callId, arriving);
    try {
      await arriving;
    } finally {
      this.#arriving.delete(callId);
    }
  }

  async #take(call: SidebandRequest): Promise<void> {
    const { documents, clock } = this.#resources;
    const begun = await beginWatch(documents, call, this.#resources.watcher, this.#now());
    if (begun.state === "ended") throw new NotWatched(409, "The call has ended.");
    const session = await readSession(documents, call.sessionId);
    if (!session) {
      await endWatch(documents, call, "service", this.#now());
      throw new NotWatched(404, "There is no such session.");
    }
    const resumed = begun.state === "resumed";
    const before = olderThan({ ...call, openedAt: begun.openedAt }, session.calls).map(callOf);
    const isHeard = ({ callId }: ChatCall): boolean => session.turns.some((each) => each.call === callId);
    // Two at once at most: the one that somebody is in stays, and what came to nothing after it does not.
    const older = before.findLast((each) => this.#calls.get(each.callId)?.isEstablished ?? isHeard(each)) ?? before[0];
    await Promise.all(before.filter((each) => each !== older).map((each) => this.#endCall(each, "person")));
    const interrupted = resumed ? await interruptedTools(documents, call) : [];
    // A bridge that takes the call up finds here what is still to be told.
    const told = resumed ? session.calls.find(({ id }) => id === callDocumentId(call.callId))?.told : toldOf(session.turns);
    if (older && !resumed) await noteToldTurns(documents, call, told);
    const mostUsd = session.costUsd + (await leftUsd(documents, this.#resources.options, session, this.#now()));
    const watched = this.#watched(call, {
      session,
      resumed,
      openedAtMs: Date.parse(begun.openedAt),
      interrupted,
      mostUsd,
    });
    this.#calls.set(call.callId, watched);
    void watched.ended.then(() => this.#calls.delete(call.callId));
    watched.start();
    const cancel = clock.after(attachWithinMs, () => (resumed ? watched.letGo() : watched.end("service")));
    await watched.attached
      .catch(() => {
        throw new NotWatched(502, "The model service did not let the bridge join the call; it may have ended.");
      })
      .finally(cancel);
    if (!older && !(resumed && told)) return;
    succeed(
      { newer: watched, older, told: told ?? toldOf(session.turns) },
      {
        ...this.#resources,
        endHere: (each, by) => (this.#calls.has(each.callId) ? this.#endCall(each, by) : undefined),
      },
    ).catch(() =>
      this.#resources.log.error(
        "what was said in the older call of a chat was not told to the newer, or the older not ended; it ends at its time limit at the latest",
      ),
    );
  }

  /** Takes up the calls that this bridge watched before its process was killed. Resolves once each is watched, or left to another bridge. */
  async resume(): Promise<void> {
    const { documents, watcher, log } = this.#resources;
    const takeUp = async (open: OpenCall): Promise<void> => {
      if ((await watcherOf(documents, open)) !== watcher) return;
      const call = await readOpen(documents, open);
      if (call) await this.attach(call);
    };
    const open: OpenCall[] = [];
    let continuation: string | undefined;
    // All of them before the first is taken up: a list that is changed under way leaves some out.
    do {
      const page = await listOpen(documents, continuation);
      open.push(...page.calls);
      continuation = page.continuation;
    } while (continuation !== undefined);
    const taken = await Promise.allSettled(open.map(takeUp));
    if (taken.some((each) => each.status === "rejected")) log.warn("chats' calls of before could not be joined again");
  }

  /** Hangs the call up, whoever watches it; one that is over or was never opened is fine. */
  async end({ callId, by }: SidebandEnd): Promise<void> {
    const sessionId = this.#calls.get(callId)?.call.sessionId ?? (await sessionOf(this.#resources.documents, callId));
    if (sessionId !== undefined) await this.#endCall({ callId, sessionId }, by);
  }

  async #endCall(call: Pick<ChatCall, "callId" | "sessionId">, by: EndedBy): Promise<void> {
    const { documents, calls, clock } = this.#resources;
    const here = this.#calls.get(call.callId);
    if (here) {
      here.end(by);
      await within(clock, endBeforeMs, here.ended);
      return;
    }
    // Another bridge sees it end.
    await calls.hangUp(call.callId);
    await endWatch(documents, call, by, this.#now());
  }

  /**
   * Every call goes on and finds another bridge: the next look at the open calls sees that this one lets go (chat/watch.ts). Until another one
   * has come, and after `withinMs` at the latest, calls are watched from here. Resolves once everything is kept.
   */
  async handOver(withinMs: number): Promise<void> {
    this.#draining = true;
    await Promise.allSettled([...this.#arriving.values()]);
    await Promise.all([...this.#calls.values()].map((each) => this.#handOver(each, withinMs)));
  }

  async #handOver(watched: WatchedCall, withinMs: number): Promise<void> {
    const { documents, clock } = this.#resources;
    const { call } = watched;
    const untilMs = clock.nowMs() + withinMs;
    const goesOn = (): boolean => this.#calls.has(call.callId) && clock.nowMs() < untilMs;
    const waitWhile = async (isSo: () => boolean | Promise<boolean>, forMs: number): Promise<void> => {
      const lastMs = clock.nowMs() + forMs;
      while (goesOn() && clock.nowMs() < lastMs && (await isSo())) await within(clock, lookAgainMs, watched.ended);
    };
    try {
      if (this.#calls.has(call.callId)) await watched.offer();
      await waitWhile(async () => (await watcherOf(documents, call)) === this.#resources.watcher, withinMs);
      await waitWhile(() => !watched.isQuiet, finishTurnMs);
    } catch {
      this.#resources.log.warn("a chat's call could not be offered to another bridge; it is found once it is missed");
    }
    watched.letGo();
    await watched.ended;
  }

  #watched(
    call: SidebandRequest,
    known: {
      readonly session: ChatSession;
      readonly resumed: boolean;
      readonly openedAtMs: number;
      readonly interrupted: readonly string[];
      /** What the session may have cost at its end. */
      readonly mostUsd: number;
    },
  ): WatchedCall {
    const { options, transcription, tools, newId, clock, documents } = this.#resources;
    const { session, resumed, openedAtMs, interrupted, mostUsd } = known;
    const { deployment, choice } = call;
    const watch = newWatch(
      {
        mark: newId().slice(0, 8),
        deployment,
        choice,
        rules: rulesOf(options, choice, transcription),
        limits: { ...timesOf(openedAtMs, options.longest_session_min * 60_000), budgetUsd: mostUsd },
        past: resumed ? [] : pastOf(session.turns.map((each) => each.turn)),
        interrupted,
        spentUsd: session.costUsd,
        resumed,
      },
      clock.nowMs(),
    );
    const turns = async () => (await readSession(documents, call.sessionId))?.turns.map((each) => each.turn) ?? [];
    return new WatchedCall(call, watch, this.#resources.watcher, {
      ...this.#resources,
      leftUsd: async ({ sessionId }) =>
        leftUsd(
          documents,
          options,
          { sessionId, userId: session.userId, costUsd: await totalUsd(documents, sessionId) },
          this.#now(),
        ),
      runTool: (_, asked) => runTool(asked, choice, { ...tools, turns }),
    });
  }

  #now(): Date {
    return new Date(this.#resources.clock.nowMs());
  }
}

const callOf = ({ id, ...call }: KeptCall): ChatCall => ({ ...call, callId: id.slice("call:".length) });
