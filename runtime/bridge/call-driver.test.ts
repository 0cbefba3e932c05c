import { describe, expect, test } from "vitest";
import { audio, createCall, drive, newWorld, settled } from "../../tests/bridge/driven-call.ts";
import { agentSchema } from "../agent.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { defaultFlags as newFlags } from "../flags.ts";

const agent = agentSchema.parse({ bot_company: "Contoso", bot_name: "Amelia", agent_phone_number: "+33100000000" });

test("a fault of ours ends the call it befell, tells the network, and leaves no word in the log", async () => {
  const world = newWorld();
  await createCall(world);
  const play = () => {
    throw new RangeError("Ada Martin's sound does not fit");
  };
  const on = await drive(world, "call-1", { telephone: { play } });
  const { report } = on.model();
  report({ kind: "ready" });
  report({ kind: "response_started", responseId: "response-1", purpose: "greeting" });
  report({ kind: "speech", responseId: "response-1", itemId: "item-1", contentIndex: 0, audio });
  await on.call.ended;
  expect([...on.done].sort()).toEqual(["hang up", "let go"]);
  expect(on.model().closed).toBe(true);
  expect(JSON.stringify(on.logged)).toContain("RangeError");
  expect(JSON.stringify(on.logged)).not.toMatch(/Ada|336/);
  report({ kind: "closed" });
  expect(on.done).toHaveLength(2);
});

test("a call that has ended leaves no timer, no subscription and no session", async () => {
  const world = newWorld();
  await createCall(world);
  const on = await drive(world);
  await on.greeted();
  on.phone({ kind: "closed" });
  await on.call.ended;
  expect([world.clock.pending, on.listeners.size, on.model().closed]).toEqual([0, 0, true]);
});

describe("a warm transfer", () => {
  async function transferring(refuse?: string) {
    const world = newWorld();
    await createCall(world);
    const effect = { kind: "transfer", to: "+33100000000", briefing: "Hail on the farm." } as const;
    const on = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "ok", effect }) } });
    if (refuse) on.refused.add(refuse);
    await on.greeted();
    await on.asks("call_t", "talk_to_human");
    await on.says("answer", "response-2", "I am putting you through.");
    return { world, on };
  }

  test("puts the caller on hold before the person is rung, then briefs the person in the call, in the record and by text message", async () => {
    const { world, on } = await transferring();
    expect(on.done).toEqual(["hold", "invite +33100000000"]);
    on.listeners.get("call-1")?.({ kind: "joined" });
    await settled();
    expect(on.done).toContain("sms +33100000000 Hail on the farm.");
    expect((await world.store.get("call-1"))?.briefing).toBe("Hail on the farm.");
    on.presses("1");
    await settled();
    expect(on.done.at(-1)).toBe("unhold");
    expect(on.model().closed).toBe(true);
  });

  test("rings nobody into the call before the caller is on hold", async () => {
    const world = newWorld();
    await createCall(world);
    const effect = { kind: "transfer", to: "+33100000000", briefing: "Hail on the farm." } as const;
    const [held, steps] = [Promise.withResolvers<void>(), [] as string[]];
    const warm = {
      hold: () => held.promise,
      unhold: async () => undefined,
      invite: async () => void steps.push("invite"),
      dismiss: async () => undefined,
    };
    const on = await drive(world, "call-1", {
      telephone: { warm },
      resources: { runTool: async () => ({ content: "ok", effect }) },
    });
    await on.greeted();
    await on.asks("call_t", "talk_to_human");
    await on.says("answer", "response-2", "I am putting you through.");
    expect(steps).toEqual([]);
    held.resolve();
    await settled();
    expect(steps).toEqual(["invite"]);
  });

  test.each(["hold", "invite"])("that the network refuses (%s) gives the caller back to the assistant", async (step) => {
    const { on } = await transferring(step);
    expect(on.done.at(-1)).toBe("unhold");
    expect(on.model().closed).toBe(false);
    expect(JSON.stringify(on.logged)).toContain("a step of a transfer was refused");
  });
});

test("a caller whose bridge is gone is not left on hold by the bridge that goes on", async () => {
  const world = newWorld();
  await createCall(world);
  const on = await drive(world, "call-1", { resumed: true });
  expect(on.done).toEqual(["unhold"]);
});

describe("a transfer whose bridge is gone", () => {
  const to = "+33100000000";

  test("while the caller was on hold has left a note: the caller is taken off hold, and the person sent away", async () => {
    const world = newWorld();
    await createCall(world);
    const effect = { kind: "transfer", to, briefing: "Hail on the farm." } as const;
    const gone = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "ok", effect }) } });
    await gone.greeted();
    await gone.asks("call_t", "talk_to_human");
    await gone.says("answer", "response-2", "I am putting you through.");
    expect((await world.store.get("call-1"))?.handover).toEqual({ to, state: "hold" });
    const on = await drive(world, "call-1", { resumed: true });
    expect(on.done).toEqual(["unhold", `dismiss ${to}`]);
    expect(on.opened).toHaveLength(1);
    expect((await world.store.get("call-1"))?.handover).toBeUndefined();
    gone.call.stop();
  });

  test("after the person took it is left to them: nobody speaks into it before that person has left", async () => {
    const world = newWorld();
    await createCall(world, { handover: { to, state: "taken" } });
    const on = await drive(world, "call-1", { resumed: true });
    expect([on.done, on.opened]).toEqual([[], []]);
    world.clock.pass(600_000);
    await settled();
    expect([on.done, on.opened]).toEqual([[], []]);
    on.listeners.get("call-1")?.({ kind: "left" });
    await settled();
    on.model().report({ kind: "ready" });
    await settled();
    expect(on.model().commands.map((each) => each.kind)).toEqual(["note", "respond"]);
    expect(JSON.stringify(on.model().commands)).toContain("The colleague has left the call");
    expect((await world.store.get("call-1"))?.handover).toBeUndefined();
  });

  test("after that person has left, too, is a conversation like any other", async () => {
    const world = newWorld();
    await createCall(world, { handover: { to, state: "taken" } });
    const on = await drive(world, "call-1", { resumed: true, line: { roster: { sequence: 4, accompanied: false } } });
    expect(on.opened).toHaveLength(1);
  });
});

test("secret digits reach their receiver with the recording paused, and neither model, record nor log", async () => {
  const world = newWorld();
  await createCall(world);
  const effect = { kind: "collect_digits", name: "card_number", least: 4, most: 4 } as const;
  const on = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "typing", effect }) } });
  await on.greeted();
  await on.asks("call_d", "collect_digits", '{"name":"card_number"}');
  expect(on.done).toEqual(["pause call-1"]);
  on.presses("4711");
  await settled();
  expect(on.done).toEqual(["pause call-1", "deliver card_number 4711", "resume call-1"]);
  expect(on.results().map((each) => each.content)).toEqual(["card_number accepted"]);
  const seen = JSON.stringify([on.opened, on.logged, (await world.store.get("call-1"))?.messages]);
  expect(seen).not.toContain("4711");
});

test("secret digits that would be recorded are not taken, and the model is told why", async () => {
  const world = newWorld();
  await createCall(world);
  const effect = { kind: "collect_digits", name: "card_number", least: 4, most: 4 } as const;
  const on = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "They type now.", effect }) } });
  on.refused.add("pause");
  await on.greeted();
  await on.asks("call_d", "collect_digits", '{"name":"card_number"}');
  on.presses("4711");
  await settled();
  expect(on.done.filter((each) => each.startsWith("deliver"))).toEqual([]);
  expect(on.results().map((each) => each.content)).toEqual([expect.stringMatching(/recording could not be paused/)]);
});

test("secret digits that cannot be handed over are told so, and are still not logged", async () => {
  const world = newWorld();
  await createCall(world);
  const effect = { kind: "collect_digits", name: "card_number", least: 4, most: 4 } as const;
  const on = await drive(world, "call-1", {
    resources: {
      runTool: async () => ({ content: "typing", effect }),
      deliverDigits: ({ digits }) => Promise.reject(new Error(`${digits} refused`)),
    },
  });
  await on.greeted();
  await on.asks("call_d", "collect_digits");
  on.presses("4711");
  await settled();
  expect(on.results()[0]?.content).toContain("could not be handed over");
  expect(JSON.stringify(on.logged)).not.toContain("4711");
});

test("a flag that is set during the call is obeyed within seconds, and looked for no more once the call has ended", async () => {
  const world = newWorld();
  await createCall(world);
  let read = 0;
  const flags = { ...newFlags };
  const on = await drive(world, "call-1", {
    resources: {
      flags: async () => {
        read++;
        return { ...flags };
      },
    },
  });
  await on.greeted();
  flags.vad_silence_timeout_ms = 900;
  world.clock.pass(5_000);
  await settled();
  expect(on.model().briefs.at(-1)?.vadSilenceMs).toBe(900);
  on.call.stop();
  await on.call.ended;
  const until = read;
  world.clock.pass(60_000);
  await settled();
  expect(read).toBe(until);
});

test("news are heard of the call and of the record its caller goes on under, until the end", async () => {
  const world = newWorld();
  await createCall(world);
  await createCall(world, { call_id: "call-2" });
  const effect = { kind: "switch_call", callId: "call-2" } as const;
  const on = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "ok", effect }) } });
  await on.greeted();
  await on.asks("call_n", "new_claim");
  expect([...on.listeners.keys()]).toEqual(["call-1", "call-2"]);
  on.listeners.get("call-2")?.({ kind: "whisper", text: "Offer a rental car." });
  await settled();
  expect(JSON.stringify(on.model().commands)).toContain("Offer a rental car.");
  on.phone({ kind: "closed" });
  await on.call.ended;
  expect(on.listeners.size).toBe(0);
});

describe("phrases", () => {
  test("of a new language replace those of the old one", async () => {
    const world = newWorld();
    await createCall(world);
    const effect = { kind: "language", shortCode: "fr-FR" } as const;
    const on = await drive(world, "call-1", { resources: { runTool: async () => ({ content: "ok", effect }) } });
    await on.greeted();
    await on.asks("call_l", "speech_lang");
    await on.says("answer", "response-2", "Bonjour");
    world.clock.pass(20_000);
    await settled();
    const said = on.model().commands.flatMap((each) => (each.kind === "respond" && each.purpose === "silence" ? [each.say] : []));
    expect(said).toEqual([phrasesIn("fr-FR", agent).timeout_silence_tpl[0]]);
  });

  test("that are late at the start make nobody wait, and are used once they have come", async () => {
    const world = newWorld();
    await createCall(world, { lang_short_code: "pt-BR" });
    const late = Promise.withResolvers<void>();
    const portuguese = { ...phrasesIn("pt-BR", agent), timeout_silence_tpl: ["Ainda está aí?"] as const };
    const on = await drive(world, "call-1", { resources: { phrases: () => late.promise.then(() => portuguese) } });
    on.model().report({ kind: "ready" });
    expect(on.model().commands).toMatchObject([
      { kind: "respond", purpose: "greeting", say: phrasesIn("en-US", agent).hello_tpl[0] },
    ]);
    late.resolve();
    await settled();
    await on.says("greeting", "response-0", "Hello");
    world.clock.pass(20_000);
    await settled();
    expect(JSON.stringify(on.model().commands)).toContain("Ainda está aí?");
  });
});

test("a call that is let go of is not ended: nothing is hung up, and what was heard is kept", async () => {
  const world = newWorld();
  await createCall(world);
  const on = await drive(world);
  await on.greeted();
  on.call.move();
  await on.call.ended;
  expect(on.done).toEqual(["let go"]);
  expect((await world.store.get("call-1"))?.messages.map((each) => each.content)).toEqual(["Hello"]);
});
