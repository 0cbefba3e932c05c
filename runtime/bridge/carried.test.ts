import { describe, expect, test } from "vitest";
import { type CarryingWorld, carriedCall, openCarrying } from "../../tests/bridge/carrying-bridges.ts";
import { createCall, settled } from "../../tests/bridge/driven-call.ts";
import type { CallRecord } from "../calls/call.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { defaultFlags } from "../flags.ts";

const otherCall = "5b2b0e9c-6f1d-4d0e-9a52-0c8f5f0f1a12";

const bridgesOf = ({ steering }: CarryingWorld): string[] => steering.map((each) => each.bridge);

/** A call that has been greeted by the first bridge, and another bridge that looks out. */
async function conversation() {
  const world = await openCarrying();
  const first = world.starts("first");
  expect(await first.offer()).toBe(204);
  await world.passes(500);
  const greeting = { responseId: "response-1", itemId: "item-1" };
  const { report } = world.joined[0]!;
  report({ kind: "response_started", responseId: greeting.responseId, purpose: "greeting" });
  report({ kind: "words", ...greeting, text: "Hello" });
  report({ kind: "playing", responseId: greeting.responseId });
  report({ kind: "response_ended", responseId: greeting.responseId, outcome: "completed" });
  report({ kind: "played", responseId: greeting.responseId });
  report({ kind: "turn_heard", itemId: "turn-1", text: "Hail fell on my farm" });
  await settled();
  const second = world.starts("second");
  second.app.lookOut();
  await world.passes(1_000);
  expect(bridgesOf(world)).toEqual(["first"]);
  return { world, first, second };
}

describe("a carried call", () => {
  test("that is offered twice at once is taken once, however long its first words take", async () => {
    const world = await openCarrying();
    const { promise: come, resolve: bring } = Promise.withResolvers<void>();
    const bridge = world.starts("one", { phrases: (language, agent) => come.then(() => phrasesIn(language, agent)) });
    const offers = [bridge.offer(), bridge.offer()];
    await settled();
    bring();
    expect(await Promise.all(offers)).toEqual([204, 204]);
    expect(world.joined).toHaveLength(1);
  });

  test("that two bridges are offered at once is steered by one of them, and both say that it is", async () => {
    const world = await openCarrying();
    const [one, other] = [world.starts("one"), world.starts("other")];
    expect(await Promise.all([one.offer(), other.offer()])).toEqual([204, 204]);
    await world.passes(10_000);
    expect(world.joined).toHaveLength(1);
  });

  test("that several bridges find at the same moment is taken by one of them", async () => {
    const world = await openCarrying();
    const dead = world.starts("dead");
    await dead.offer();
    dead.kill();
    for (const name of ["one", "two", "three"]) world.starts(name).app.lookOut();
    await world.passes(20_000);
    expect(world.joined).toHaveLength(2);
  });

  test("whose bridge is killed, whenever that is, is spoken in by another one within 5 s, which goes on without greeting", async () => {
    const afterMs: number[] = [];
    for (let phaseMs = 0; phaseMs < 1_000; phaseMs += 100) {
      const { world, first } = await conversation();
      await world.passes(phaseMs + 50);
      first.kill();
      const killedMs = world.clock.nowMs();
      await world.passes(6_000);
      expect(bridgesOf(world)).toEqual(["second"]);
      const [said] = world.steering[0]?.said ?? [];
      expect(said?.command.say).toBe("Sorry, the line was interrupted for a moment.");
      expect(world.steering[0]?.instructions).toContain("Hail fell on my farm");
      afterMs.push((said?.atMs ?? Number.POSITIVE_INFINITY) - killedMs);
    }
    console.info(
      `a carried call's bridge is killed: another one speaks after ${Math.min(...afterMs)} to ${Math.max(...afterMs)} ms`,
    );
    expect(Math.max(...afterMs)).toBeLessThanOrEqual(5_000);
  });

  test("whose only bridge is killed is taken at once by the one that is started in its place, when it is there after 3 s", async () => {
    const world = await openCarrying();
    const killed = world.starts("killed");
    await killed.offer();
    await world.passes(600);
    killed.kill();
    await world.passes(3_000);
    world.starts("restarted").app.lookOut();
    await settled();
    expect(bridgesOf(world)).toEqual(["restarted"]);
  });

  test("that is slow to be taken up keeps no other one waiting", async () => {
    const world = await openCarrying();
    await createCall(world, { call_id: otherCall, status: "connected", carrier: "sip", connection_id: "rtc_2" });
    const [one, two] = [world.starts("one"), world.starts("two")];
    expect([await one.offer(), await two.offer(otherCall)]).toEqual([204, 204]);
    let asked = 0;
    const flags = () => (asked++ === 0 ? new Promise<never>(() => undefined) : Promise.resolve(defaultFlags));
    world.starts("slow", { flags }).app.lookOut();
    one.kill();
    await world.passes(5_000);
    expect([asked, bridgesOf(world)]).toEqual([1, ["two"]]);
    two.kill();
    await world.passes(5_000);
    expect(bridgesOf(world)).toEqual(["slow"]);
  });

  test("that another bridge took while this one was slow to begin hears nothing of this one", async () => {
    const world = await openCarrying();
    const { promise: come, resolve: bring } = Promise.withResolvers<void>();
    const slow = world.starts("slow", { flags: () => come.then(() => defaultFlags) });
    const offered = slow.offer();
    await settled();
    world.starts("other").app.lookOut();
    await world.passes(5_000);
    expect(bridgesOf(world)).toEqual(["other"]);
    bring();
    await offered;
    await world.passes(2_000);
    expect(bridgesOf(world)).toEqual(["other"]);
    expect(world.joined.filter(({ bridge }) => bridge === "slow").flatMap(({ said }) => said)).toEqual([]);
  });

  test("is answered with 503, in the API's shape, while the database is away", async () => {
    const world = await openCarrying();
    const get = () => Promise.reject(new Error("The database is away."));
    const { app } = world.starts("one", { store: { ...world.store, get } });
    const headers = { authorization: "Bearer token" };
    const body = JSON.stringify({ callId: carriedCall });
    const answer = await app.attachCarried(new Request("http://b/", { method: "POST", headers, body }));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ error: { message: "The call could not be taken now; try again.", details: [] } });
  });

  test("that a bridge was about to take when it began to stop is left to another one", async () => {
    const world = await openCarrying();
    const { promise: come, resolve: bring } = Promise.withResolvers<void>();
    const stops = world.starts("stops", { flags: () => come.then(() => defaultFlags) });
    const offered = stops.offer();
    await settled();
    const drained = stops.app.drain(60_000);
    bring();
    expect(await offered).toBe(503);
    await drained;
    expect(world.joined).toEqual([]);
    world.starts("next").app.lookOut();
    await world.passes(50);
    expect(bridgesOf(world)).toEqual(["next"]);
  });

  test("that is let go of by a bridge that stops is taken within a second, and the bridge is gone only once that can be", async () => {
    const { world, first } = await conversation();
    const drained = first.app.drain(0);
    await world.passes(1_050);
    await drained;
    expect(bridgesOf(world)).toEqual(["second"]);
  });

  test("goes on where it is when its bridge was held up for a while and nobody else was there", async () => {
    const world = await openCarrying();
    const bridge = world.starts("one");
    bridge.app.lookOut();
    await bridge.offer();
    await world.passes(1_000);
    const goOn = bridge.stall();
    await world.passes(10_000);
    goOn();
    await world.passes(5_000);
    expect(world.joined).toHaveLength(1);
    expect(world.steering).toHaveLength(1);
  });

  test("is let go of by a bridge that was held up for so long that another one took it", async () => {
    const { world, first } = await conversation();
    const goOn = first.stall();
    await world.passes(6_000);
    expect(bridgesOf(world)).toEqual(["first", "second"]);
    goOn();
    await world.passes(1_000);
    expect(bridgesOf(world)).toEqual(["second"]);
    await world.passes(10_000);
    expect(world.joined).toHaveLength(2);
  });

  test("is not taken by a bridge that has no room, and then by the one that has", async () => {
    const { world, first, second } = await conversation();
    const full = { settings: { AZURE_CLIENT_ID: "app", CALLS_PER_REPLICA: "0" } };
    void second.app.drain(0);
    world.starts("full", full).app.lookOut();
    first.kill();
    await world.passes(6_000);
    expect(world.steering).toEqual([]);
    expect(await world.starts("full too", full).offer()).toBe(503);
    world.starts("third").app.lookOut();
    await world.passes(100);
    expect(bridgesOf(world)).toEqual(["third"]);
  });

  test("goes on under the record of the claim that its caller has started, without greeting", async () => {
    const { world, first } = await conversation();
    await world.store.change(carriedCall, (record) => ({ ...record, status: "ended", continued_as: "later" }));
    const later: Partial<CallRecord> = { call_id: "later", status: "connected", carrier: "sip", connection_id: "rtc_1" };
    await createCall(world, { ...later, claim: { incident_description: "hail on the greenhouse" } });
    first.kill();
    await world.passes(6_000);
    expect(world.steering[0]?.instructions).toContain("hail on the greenhouse");
    expect(world.steering[0]?.said.map((each) => each.command.purpose)).toEqual(["apology"]);
  });
});

describe("the end of a carried call", () => {
  test("ends its record and its lease, and leaves no timer", async () => {
    const world = await openCarrying();
    await world.starts("one").offer();
    await world.passes(2_000);
    expect(await world.leases()).toHaveLength(1);
    world.steering[0]?.over();
    await world.passes(50);
    expect([world.concluded, await world.leases(), world.clock.pending]).toEqual([[carriedCall], [], 0]);
  });

  test("that could not be kept is kept by whoever looks for it next", async () => {
    const { world } = await conversation();
    world.broken = true;
    world.steering[0]?.over();
    await world.passes(100);
    world.broken = false;
    await world.passes(1_500);
    for (const each of world.steering) each.over();
    await world.passes(50);
    expect([world.concluded, await world.leases()]).toEqual([[carriedCall], []]);
  });

  test("while nobody steered it is noticed by the next bridge, which takes nothing", async () => {
    const { world, first } = await conversation();
    first.kill();
    await world.store.change(carriedCall, (record) => ({ ...record, status: "ended" }));
    await world.passes(6_000);
    expect([world.joined.length, await world.leases()]).toEqual([1, []]);
  });
});
