import { beforeEach, expect, test } from "vitest";
import { memoryDocuments } from "../../../tests/support/memory-documents.ts";
import { VirtualClock } from "../../../tests/support/virtual-clock.ts";
import { openSession, readSession } from "../../chat/session.ts";
import { beginWatch, type ChatCall, readOpen } from "../../chat/watched-calls.ts";
import { defaultChatOptions } from "../../chat-options.ts";
import type { Documents } from "../../services/documents.ts";
import { timesOf } from "./limits.ts";
import type { ToolCall } from "./service-events.ts";
import type { SideSocketNews } from "./side-socket.ts";
import { claimTool, interruptedTools } from "./tool-claims.ts";
import { type Outcome, rulesOf } from "./tools.ts";
import { newWatch } from "./watch.ts";
import { WatchedCall } from "./watched-call.ts";

const call: ChatCall = { callId: "rtc_1", sessionId: "session-1", deployment: "realtime-cheap", choice: "cheap" };
const usage = { output_token_details: { audio_tokens: 1_000 } };

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

let clock: CountingClock;
let documents: Documents;
/** Attempts to write that fail from now on. */
let failing: number;
let sockets: { news: SideSocketNews; sent: Record<string, unknown>[]; closed: boolean }[];
let hungUp: string[];
let ran: string[];
let leftUsd: number;
let tool: () => Promise<Outcome>;

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

beforeEach(async () => {
  clock = new CountingClock();
  const memory = memoryDocuments();
  documents = {
    ...memory,
    async create(...given) {
      if (failing > 0) {
        failing--;
        throw new Error("throttled");
      }
      return memory.create(...given);
    },
  };
  failing = 0;
  sockets = [];
  hungUp = [];
  ran = [];
  leftUsd = 100;
  tool = async () => ({ content: "Because." });
  await openSession(documents, call.sessionId, "person-1", new Date(clock.nowMs()));
});

async function watched(watcher = "bridge-1"): Promise<WatchedCall> {
  const now = new Date(clock.nowMs());
  await beginWatch(documents, call, watcher, now);
  const watch = newWatch(
    {
      mark: "mark",
      deployment: call.deployment,
      choice: call.choice,
      rules: rulesOf(defaultChatOptions, "cheap", "whisper"),
      limits: { ...timesOf(clock.nowMs(), 1_800_000), budgetUsd: 100 },
      past: [],
      interrupted: [],
      spentUsd: 0,
      resumed: false,
    },
    clock.nowMs(),
  );
  const one = new WatchedCall(call, watch, watcher, {
    documents,
    openSocket: (_, news) => {
      const socket = { news, sent: [] as Record<string, unknown>[], closed: false };
      sockets.push(socket);
      return {
        send: (message) => void socket.sent.push(message as Record<string, unknown>),
        close: () => {
          socket.closed = true;
        },
      };
    },
    calls: { hangUp: async (id) => void hungUp.push(id) },
    leftUsd: async () => leftUsd,
    runTool: (_, { toolCallId }: ToolCall) => {
      ran.push(toolCallId);
      return tool();
    },
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  one.start();
  sockets.at(-1)?.news.joined();
  const { instructions, tools, mostOutputTokens } = watch.rules;
  hears({ type: "session.updated", session: { instructions, tools, max_output_tokens: mostOutputTokens } });
  await one.attached;
  return one;
}

const hears = (message: object) => sockets.at(-1)?.news.message(JSON.stringify(message));
const done = (id: string, output: readonly object[] = []) =>
  hears({ type: "response.done", response: { id, status: "completed", usage, output } });
const asksExpert = (toolCallId: string) =>
  done(`resp_${toolCallId}`, [
    { type: "function_call", name: "ask_expert", call_id: toolCallId, arguments: '{"question":"Why?"}' },
  ]);
const outputs = () =>
  sockets.flatMap(({ sent }) =>
    sent.flatMap((each) => (each.type === "conversation.item.create" ? [JSON.stringify(each.item)] : [])),
  );
const session = async () => (await readSession(documents, call.sessionId))!;

async function over(one: WatchedCall): Promise<void> {
  sockets.at(-1)?.news.dropped();
  clock.pass(0);
  sockets.at(-1)?.news.gone();
  await one.ended;
}

test("what the database does not take at once is kept later, in order", async () => {
  const one = await watched();
  failing = 2;
  done("resp_1");
  done("resp_2");
  await settled();
  expect((await session()).usages).toEqual([]);
  for (let second = 0; second < 3; second++) {
    clock.pass(1_000);
    await settled();
  }
  expect((await session()).usages.map((each) => each.id)).toEqual(["usage:resp_1", "usage:resp_2"]);
  await over(one);
  expect(hungUp).toEqual([]);
});

test("what the database never takes ends the call, and so does more than can wait", async () => {
  const one = await watched();
  failing = Number.POSITIVE_INFINITY;
  done("resp_1");
  for (let second = 0; second < 30; second++) {
    await settled();
    clock.pass(1_000);
  }
  expect(hungUp).toEqual(["rtc_1"]);
  failing = 0;
  await over(one);

  await watched("bridge-2").catch(() => undefined);
});

test("a flood of what must be kept ends the call before it fills the memory", async () => {
  const one = await watched();
  failing = Number.POSITIVE_INFINITY;
  for (let at = 0; at < 500; at++) done(`resp_${at}`);
  expect(hungUp).toEqual([]);
  done("resp_500");
  expect(hungUp).toEqual(["rtc_1"]);
  failing = 0;
  for (let second = 0; second < 3; second++) {
    await settled();
    clock.pass(1_000);
  }
  await over(one);
  expect((await session()).usages).toHaveLength(500);
});

test("a tool that was begun elsewhere is not begun again", async () => {
  const one = await watched();
  await claimTool(documents, call, "call_1");
  asksExpert("call_1");
  await settled();
  expect(ran).toEqual([]);
  expect(outputs()).toEqual([]);
  asksExpert("call_2");
  await settled();
  expect(ran).toEqual(["call_2"]);
  await over(one);
});

test("a tool that takes too long is answered in words, and what it used is kept all the same", async () => {
  const one = await watched();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  tool = () => promise;
  asksExpert("call_1");
  await settled();
  clock.pass(30_000);
  expect(outputs()).toHaveLength(1);
  expect(outputs()[0]).toContain("takes too long");
  const used = { deployment: "chat-strong", choice: "strong", usage: { prompt_tokens: 10, completion_tokens: 20 } } as const;
  resolve({ content: "Because.", used });
  await settled();
  expect(outputs()).toHaveLength(1);
  await over(one);
  expect((await session()).usages.map(({ id, kind }) => [id, kind])).toContainEqual(["usage:call_1", "text"]);
});

test("a tool that nobody answered before the bridge was gone is found by the next one", async () => {
  const one = await watched();
  tool = () => new Promise(() => undefined);
  asksExpert("call_1");
  await settled();
  expect(await interruptedTools(documents, call)).toEqual(["call_1"]);
  tool = async () => ({ content: "Because." });
  asksExpert("call_2");
  await settled();
  expect(await interruptedTools(documents, call)).toEqual(["call_1"]);
  expect(one.isQuiet).toBe(false);
});

test("a call that another bridge took is left without being hung up", async () => {
  const one = await watched();
  await beginWatch(documents, call, "bridge-2", new Date(clock.nowMs()));
  clock.pass(30_000);
  await one.ended;
  expect(hungUp).toEqual([]);
  expect(sockets.at(-1)?.closed).toBe(true);
  expect(await readOpen(documents, call)).toBeDefined();
});

test("a call that is offered to others is watched on, but not said to be, until one has come", async () => {
  const one = await watched();
  await one.offer();
  const offeredAt = new Date(clock.nowMs());
  clock.pass(60_000);
  await settled();
  expect((await readOpen(documents, call))?.watchedUntil).toEqual(offeredAt);
  done("resp_1");
  await settled();
  expect((await session()).usages).toHaveLength(1);
  one.letGo();
  await one.ended;
});

test("a call that is over leaves no socket open, nothing waiting, and its end in the record", async () => {
  const before = clock.waiting;
  const one = await watched();
  asksExpert("call_1");
  await settled();
  one.end("budget");
  await settled();
  expect(hungUp).toEqual(["rtc_1"]);
  sockets.at(-1)?.news.dropped();
  await one.ended;
  expect(clock.waiting).toBe(before);
  expect(sockets.every((each) => each.closed) || !one.isJoined).toBe(true);
  expect((await session()).calls).toMatchObject([{ ended_by: "budget" }]);
});

test("a call ends when the person's other sessions have used up what was left, as the next look at the budgets shows", async () => {
  const one = await watched();
  await one.attached;
  leftUsd = 0;
  clock.pass(30_000);
  await settled();
  expect(JSON.stringify(sockets.at(-1)?.sent)).toContain("budget is nearly used up");
  clock.pass(20_000);
  await settled();
  sockets.at(-1)?.news.dropped();
  await one.ended;
  expect((await session()).calls).toMatchObject([{ ended_by: "budget" }]);
});

test("a call that ends before it is joined is not handed out", async () => {
  const one = await watched();
  await one.attached;
  const never = new WatchedCall(
    call,
    newWatch(
      {
        mark: "m",
        deployment: "d",
        choice: "cheap",
        rules: rulesOf(defaultChatOptions, "cheap", "w"),
        limits: { ...timesOf(clock.nowMs(), 1), budgetUsd: 1 },
        past: [],
        interrupted: [],
        spentUsd: 0,
        resumed: true,
      },
      clock.nowMs(),
    ),
    "bridge-1",
    {
      documents,
      openSocket: (_, news) => {
        queueMicrotask(news.gone);
        return { send: () => undefined, close: () => undefined };
      },
      calls: { hangUp: async () => undefined },
      leftUsd: async () => 1,
      runTool: async () => ({ content: "" }),
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
  );
  never.start();
  await expect(never.attached).rejects.toThrow("ended before");
});
