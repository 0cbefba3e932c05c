/** A watched call run by the bridge's own code, with time, database and side sockets in the test's hands. */

import { timesOf } from "../../runtime/bridge/sideband/limits.ts";
import type { ToolCall } from "../../runtime/bridge/sideband/service-events.ts";
import type { SideSocketNews } from "../../runtime/bridge/sideband/side-socket.ts";
import { type Outcome, rulesOf } from "../../runtime/bridge/sideband/tools.ts";
import { newWatch, type WatchArgs } from "../../runtime/bridge/sideband/watch.ts";
import { WatchedCall, type WatchedCallResources } from "../../runtime/bridge/sideband/watched-call.ts";
import { type ChatSession, openSession, readSession } from "../../runtime/chat/session.ts";
import { beginWatch, type ChatCall } from "../../runtime/chat/watched-calls.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import type { Documents } from "../../runtime/services/documents.ts";
import { memoryDocuments } from "../support/memory-documents.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

export const watchedCall: ChatCall = { callId: "rtc_1", sessionId: "session-1", deployment: "realtime-cheap", choice: "cheap" };
const usage = { output_token_details: { audio_tokens: 1_000 } };

/** Everything that has been begun and needs no time has been done. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

/** Counts what waits. */
class CountingClock extends VirtualClock {
  waiting = 0;
  override after(delayMs: number, act: () => void): () => void {
    this.waiting++;
    let over = false;
    const once = () => {
      if (!over) this.waiting--;
      over = true;
    };
    const cancel = super.after(delayMs, () => {
      once();
      act();
    });
    return () => {
      once();
      cancel();
    };
  }
}

interface Socket {
  readonly news: SideSocketNews;
  readonly sent: Record<string, unknown>[];
  closed: boolean;
}

export class Watching {
  readonly clock = new CountingClock();
  readonly documents: Documents;
  readonly sockets: Socket[] = [];
  readonly hungUp: string[] = [];
  /** Tools that were begun. */
  readonly ran: string[] = [];
  /** Attempts to write that fail from now on. */
  failing = 0;
  leftUsd = 100;
  tool: () => Promise<Outcome> = async () => ({ content: "Because." });

  private constructor() {
    const memory = memoryDocuments();
    this.documents = {
      ...memory,
      create: async (...given) => {
        if (this.failing > 0) {
          this.failing--;
          throw new Error("throttled");
        }
        return memory.create(...given);
      },
    };
  }

  static async open(): Promise<Watching> {
    const watching = new Watching();
    await openSession(watching.documents, watchedCall.sessionId, "person-1", new Date(watching.clock.nowMs()));
    return watching;
  }

  /** The call as it is watched by one more bridge, which has joined it. */
  async watched(watcher = "bridge-1"): Promise<WatchedCall> {
    await beginWatch(this.documents, watchedCall, watcher, new Date(this.clock.nowMs()));
    const one = this.start(watcher);
    this.sockets.at(-1)?.news.joined();
    const { instructions, tools, mostOutputTokens } = rulesOf(defaultChatOptions, "cheap", "whisper");
    this.hears({ type: "session.updated", session: { instructions, tools, max_output_tokens: mostOutputTokens } });
    await one.attached;
    return one;
  }

  /** One more bridge that tries to join the call. */
  start(watcher: string, more: Partial<WatchArgs> = {}, resources: Partial<WatchedCallResources> = {}): WatchedCall {
    const nowMs = this.clock.nowMs();
    const watch = newWatch(
      {
        mark: "mark",
        deployment: watchedCall.deployment,
        choice: watchedCall.choice,
        rules: rulesOf(defaultChatOptions, "cheap", "whisper"),
        limits: { ...timesOf(nowMs, 1_800_000), budgetUsd: 100 },
        past: [],
        interrupted: [],
        spentUsd: 0,
        resumed: false,
        ...more,
      },
      nowMs,
    );
    const one = new WatchedCall(watchedCall, watch, watcher, {
      documents: this.documents,
      openSocket: (_, news) => {
        const socket: Socket = { news, sent: [], closed: false };
        this.sockets.push(socket);
        return {
          send: (message) => void socket.sent.push(message as Record<string, unknown>),
          close: () => {
            socket.closed = true;
          },
        };
      },
      calls: { hangUp: async (id) => void this.hungUp.push(id) },
      leftUsd: async () => this.leftUsd,
      runTool: (_, { toolCallId }: ToolCall) => {
        this.ran.push(toolCallId);
        return this.tool();
      },
      clock: this.clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      ...resources,
    });
    one.start();
    return one;
  }

  hears(message: object): void {
    this.sockets.at(-1)?.news.message(JSON.stringify(message));
  }

  done(id: string, output: readonly object[] = []): void {
    this.hears({ type: "response.done", response: { id, status: "completed", usage, output } });
  }

  asksExpert(toolCallId: string): void {
    this.done(`resp_${toolCallId}`, [
      { type: "function_call", name: "ask_expert", call_id: toolCallId, arguments: '{"question":"Why?"}' },
    ]);
  }

  /** Items that were told to the model. */
  get outputs(): string[] {
    return this.sockets.flatMap(({ sent }) =>
      sent.flatMap((each) => (each.type === "conversation.item.create" ? [JSON.stringify(each.item)] : [])),
    );
  }

  async session(): Promise<ChatSession> {
    const session = await readSession(this.documents, watchedCall.sessionId);
    if (!session) throw new Error("There is no such session.");
    return session;
  }

  /** The service has ended the call. */
  async over(one: WatchedCall): Promise<void> {
    this.sockets.at(-1)?.news.dropped();
    this.clock.pass(0);
    this.sockets.at(-1)?.news.gone();
    await one.ended;
  }
}
