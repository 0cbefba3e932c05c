/**
 * What a caller goes through when something dies, to the millisecond: a driver, a scripted model, the functions app's part, and time that
 * passes only here. tests/system/survival.test.ts has the same by sound; tests/bridge/line-lost.test.ts has SIGTERM and load shedding.
 */
import { describe, expect, test } from "vitest";
import type { ModelEvent } from "../../runtime/bridge/voice-model/voice-model.ts";
import type { Message } from "../../runtime/calls/call.ts";
import { soundLost } from "../../runtime/calls/recovery.ts";
import { defaultFlags } from "../../runtime/flags.ts";
import { createCall, type Driven, drive, newWorld, settled, type World } from "./driven-call.ts";

/** A service opens a session in this time, when it does. */
const opensInMs = 500;

/** What the assistant was asked to say, in the session with that number and later ones. */
function spokenSince(on: Driven, session: number) {
  return on.opened
    .slice(session)
    .flatMap((each) => each.commands.flatMap((command) => (command.kind === "respond" ? [command] : [])));
}

async function passes({ clock }: World, durationMs: number): Promise<void> {
  // Work between two moments is done before the next one comes.
  for (let leftMs = durationMs; leftMs > 0; leftMs -= 50) {
    clock.pass(Math.min(50, leftMs));
    await settled();
  }
}

const spoken = async ({ store }: World): Promise<string[]> =>
  ((await store.get("call-1"))?.messages ?? []).flatMap((each) => (each.content ? [`${each.persona}: ${each.content}`] : []));

/** The caller says something, and the model hears it. */
async function says(on: Driven, itemId: string, text: string): Promise<void> {
  const { report } = on.model();
  const turn: ModelEvent[] = [
    { kind: "speech_started", audioStartMs: 0, paddingMs: 0 },
    { kind: "speech_stopped" },
    { kind: "turn_ended", itemId },
    { kind: "turn_heard", itemId, text },
  ];
  for (const event of turn) report(event);
  await settled();
}

async function conversation(options: Parameters<typeof drive>[2] = {}) {
  const world = newWorld();
  await createCall(world, { connection_id: "connection-1", status: "connected" });
  const on = await drive(world, "call-1", options);
  return { world, on };
}

describe("a model that is killed", () => {
  const states: [when: string, reach: (on: Driven) => Promise<unknown>, next: string][] = [
    ["before its session is ready", async () => undefined, "greeting"],
    ["before its first word", async (on) => on.model().report({ kind: "ready" }), "greeting"],
    [
      "in the middle of a sentence",
      async (on) => {
        await on.greeted();
        await says(on, "turn-1", "Hail fell on my farm");
        on.model().report({ kind: "response_started", responseId: "r", purpose: "answer" });
        on.model().report({ kind: "words", responseId: "r", itemId: "i", text: "When was" });
      },
      "answer",
    ],
    [
      "before it answers the caller",
      async (on) => {
        await on.greeted();
        await says(on, "turn-1", "Hail fell on my farm");
      },
      "answer",
    ],
    [
      "while it waits for a tool",
      async (on) => {
        await on.greeted();
        await on.asks("call_t", "search_document");
      },
      "answer",
    ],
  ];

  test.each(states)(
    "%s is asked again within 3 s, though the first attempt fails too, and the phone stays up",
    async (_when, reach, next) => {
      const { world, on } = await conversation();
      await reach(on);
      await settled();
      const lostMs = world.clock.nowMs();
      on.model().report({ kind: "closed" });
      await passes(world, 50);
      on.model().report({ kind: "closed" });
      const failed = on.opened.length;
      while (on.opened.length === failed) await passes(world, 50);
      await passes(world, opensInMs);
      on.model().report({ kind: "ready" });
      await settled();
      expect(world.clock.nowMs() - lostMs).toBeLessThanOrEqual(3_000);
      expect(spokenSince(on, failed).map((each) => each.purpose)).toContain(next);
      expect(on.done.filter((each) => /hang up|let go/.test(each))).toEqual([]);
    },
  );

  test("and stays away on every engine does not keep the caller waiting for ever: each is tried, then the call ends", async () => {
    const { world, on } = await conversation({ engines: ["realtime", "cascade"] });
    await on.greeted();
    await says(on, "turn-1", "Hail fell on my farm");
    const lostMs = world.clock.nowMs();
    for (let opened = 0; !on.done.includes("hang up"); ) {
      if (on.opened.length > opened) {
        opened = on.opened.length;
        on.model().report({ kind: "closed" });
        await settled();
      }
      await passes(world, 50);
      expect(world.clock.nowMs() - lostMs).toBeLessThan(60_000);
    }
    expect(new Set(on.opened.map((each) => each.engine))).toEqual(new Set(["realtime", "cascade"]));
  });
});

test("the service's limit of an hour is crossed unnoticed: a new session, not a word of ours, and the conversation as before", async () => {
  const flags = async () => ({ ...defaultFlags, vad_cutoff_timeout_ms: 0, phone_silence_timeout_sec: 0 });
  const { world, on } = await conversation({ resources: { flags } });
  await on.greeted();
  for (let minute = 0; minute < 61; minute++) {
    world.clock.pass(60_000);
    await settled();
    if (on.opened.length === 2) on.model().report({ kind: "ready" });
    if (minute < 59) continue;
    expect(on.opened).toHaveLength(2);
    // The service ends a session after an hour.
    on.opened[0]?.report({ kind: "closed" });
  }
  expect(on.model().commands).toEqual([]);
  await says(on, "turn-2", "I am still here");
  expect([await spoken(world), on.done]).toEqual([["assistant: Hello", "human: I am still here"], []]);
});

describe("a bridge that is killed in the middle of a sentence", () => {
  /** Call Automation's sight of it, whose address opens again as soon as another bridge is there. */
  async function killed(thereAfterMs: number) {
    const world = newWorld();
    await createCall(world, {
      connection_id: "connection-1",
      status: "connected",
      media_used: { nonce_sha256: "0".repeat(64), token_sha256: "1".repeat(64) },
    });
    const begun: string[] = [];
    const runTool = async ({ name }: { name: string }) => {
      begun.push(name);
      return { content: "noted" };
    };
    let isAlive = true;
    // Whoever is dead writes nothing.
    const alive = (write: (callId: string, message: Message) => Promise<void>) => (callId: string, message: Message) =>
      isAlive ? write(callId, message) : new Promise<never>(() => undefined);
    const { append, keepUnfinished } = world.store;
    const store = { ...world.store, append: alive(append), keepUnfinished: alive(keepUnfinished) };
    const dead = await drive(world, "call-1", { resources: { runTool, store } });
    await dead.greeted();
    await says(dead, "turn-1", "Hail fell on my farm");
    await dead.asks("call_t", "updated_claim");
    await dead.says("answer", "response-1", "I have noted that.");
    dead.model().report({ kind: "response_started", responseId: "response-2", purpose: "answer" });
    const sentence = { responseId: "response-2", itemId: "item-2" };
    const audio = { base64: Buffer.alloc(64), durationMs: 6_000 };
    dead.model().report({ kind: "speech", ...sentence, contentIndex: 0, audio });
    dead.model().report({ kind: "words", ...sentence, text: "When was it, and how large were the stones that fell?" });
    await passes(world, 1_500);

    isAlive = false;
    const killedMs = world.clock.nowMs();
    const heard: [afterMs: number, what: string][] = [];
    const since = () => world.clock.nowMs() - killedMs;
    let reports = 0;
    const another = Promise.withResolvers<Driven>();
    const report = () => void soundLost(services, call, "connection-1", `report-${++reports}`);
    const services = {
      store: world.store,
      automation: {
        state: async () => "connected" as const,
        streams: async () => false,
        play: async (_id: string, text: string) => void heard.push([since(), text]),
        startMediaStreaming: async () => {
          // The socket is refused and reported lost, or it comes to the bridge that is there by now.
          if (since() < thereAfterMs) world.clock.after(100, report);
          else another.resolve(await drive(world, "call-1", { resumed: true, resources: { runTool } }));
        },
        hangUp: async () => void heard.push([since(), "(hung up)"]),
      },
      afterCall: { add: async () => undefined },
      now: () => new Date(world.clock.nowMs()),
      pause: (durationMs: number) => new Promise<void>((resolve) => void world.clock.after(durationMs, resolve)),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    } as unknown as Parameters<typeof soundLost>[0];
    const call = (await world.store.get("call-1"))!;
    report();
    await settled();
    return { world, heard, since, begun, another: another.promise };
  }

  test("has somebody speak to the caller at once, and another bridge within 5 s, which says so, goes on, and greets nobody", async () => {
    const { world, heard, since, begun, another } = await killed(2_500);
    await passes(world, 3_600);
    const on = await another;
    await passes(world, opensInMs);
    on.model().report({ kind: "ready" });
    await settled();
    expect(heard).toEqual([[0, "One moment please, I am looking into it."]]);
    expect(since()).toBeLessThanOrEqual(5_000);
    expect(spokenSince(on, 0)).toEqual([
      { kind: "respond", purpose: "apology", say: "Sorry, the line was interrupted for a moment." },
    ]);
    await on.says("apology", "back", "Sorry, the line was interrupted for a moment.");
    expect(spokenSince(on, 0).map((each) => each.purpose)).toEqual(["apology", "answer"]);
    expect(on.opened[0]?.briefs[0]?.instructions).toContain("Hail fell on my farm");
    // Whole, and of the sentence that nobody finished no more than may have been heard.
    expect(await spoken(world)).toEqual([
      "assistant: Hello",
      "human: Hail fell on my farm",
      "assistant: I have noted that.",
      "assistant: When was it, and how",
    ]);
    expect(on.opened[0]?.briefs[0]?.instructions).toContain("When was it, and how");
    expect(begun).toEqual(["updated_claim"]);
  });

  test("and none comes in its place tells the caller so, again after a while, and ends the call with a goodbye", async () => {
    const { world, heard } = await killed(Number.POSITIVE_INFINITY);
    await passes(world, 45_000);
    expect(heard.map(([, what]) => what)).toEqual([
      ...Array.from({ length: 4 }, () => "One moment please, I am looking into it."),
      "I am sorry, nobody is free at the moment. Thank you for calling Contoso. Goodbye!",
    ]);
    const gaps = heard.map(([atMs], at) => atMs - (heard[at - 1]?.[0] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(9_000);
    expect((await world.store.get("call-1"))?.reminders.map((each) => each.title)).toEqual(["Call the customer back"]);
  });
});
