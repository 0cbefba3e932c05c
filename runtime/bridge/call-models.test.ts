import { describe, expect, test } from "vitest";
import { createCall, drive, newWorld, settled } from "../../tests/bridge/driven-call.ts";

describe("voice engines", () => {
  test("are tried in order, each with its own deployment, when one is lost without a word", async () => {
    const world = newWorld();
    await createCall(world);
    const on = await drive(world, "call-1", { engines: ["realtime", "cascade"] });
    on.model().report({ kind: "closed" });
    await settled();
    world.clock.pass(0);
    await settled();
    expect(on.opened.map((each) => each.deployment)).toEqual(["realtime-deployment", "cascade-deployment"]);
  });

  test("of which the preferred one gets the conversation back, with all that was said, and the other one is closed", async () => {
    const world = newWorld();
    await createCall(world);
    const on = await drive(world, "call-1", { engines: ["realtime", "cascade"] });
    on.model().report({ kind: "closed" });
    await settled();
    world.clock.pass(0);
    await settled();
    await on.greeted();
    const { report } = on.model();
    report({ kind: "turn_ended", itemId: "turn-1" });
    report({ kind: "turn_heard", itemId: "turn-1", text: "My roof leaks" });
    await on.says("answer", "response-1", "When did it happen?");
    world.clock.pass(15_000);
    await settled();
    const back = on.model();
    expect(on.opened.map((each) => each.engine)).toEqual(["realtime", "cascade", "realtime"]);
    expect(on.opened[1]?.closed).toBe(false);
    back.report({ kind: "ready" });
    await settled();
    expect(on.opened.map((each) => each.closed)).toEqual([true, true, false]);
    expect(back.briefs.at(-1)?.instructions).toContain("My roof leaks");
    await on.says("answer", "response-2", "Are you there?");
    on.phone({ kind: "closed" });
    await on.call.ended;
    expect([world.clock.pending, back.closed]).toEqual([0, true]);
  });

  test("of which one that is being tried is closed when the call ends", async () => {
    const world = newWorld();
    await createCall(world);
    const on = await drive(world, "call-1", { engines: ["realtime", "cascade"] });
    on.model().report({ kind: "closed" });
    await settled();
    world.clock.pass(0);
    await settled();
    await on.greeted();
    world.clock.pass(15_000);
    await settled();
    expect(on.opened).toHaveLength(3);
    on.phone({ kind: "closed" });
    await on.call.ended;
    expect([world.clock.pending, ...on.opened.slice(1).map((each) => each.closed)]).toEqual([0, true, true]);
  });

  test("of which one that had spoken is opened again, from the record as it is by then", async () => {
    const world = newWorld();
    await createCall(world);
    const on = await drive(world, "call-1", { engines: ["realtime", "cascade"] });
    await on.greeted();
    await world.store.change("call-1", (record) => ({ ...record, claim: { policy_number: "B 4711" } }));
    on.model().report({ kind: "closed" });
    await settled();
    world.clock.pass(0);
    await settled();
    expect(on.opened.map((each) => each.engine)).toEqual(["realtime", "realtime"]);
    expect(on.model().briefs[0]?.instructions).toContain("B 4711");
  });
});
