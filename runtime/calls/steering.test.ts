import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import type { Documents } from "../services/documents.ts";
import { openSteering, steersForMs } from "./steering.ts";

const call = { connectionId: "rtc_1", callId: "call-1" };

function world(documents: Documents = memoryDocuments()) {
  const time = { ms: Date.UTC(2026, 10, 22, 9) };
  return { time, documents, bridge: (name: string) => openSteering(documents, name, () => new Date(time.ms)) };
}

describe("a lease", () => {
  test("is had by one bridge until it runs out, and as long as it is renewed", async () => {
    const { time, bridge } = world();
    const [one, other] = [bridge("one"), bridge("other")];
    const lease = await one.take(call);
    expect(lease).toBeDefined();
    time.ms += steersForMs - 1;
    expect([await other.take(call), await other.adrift()]).toEqual([undefined, []]);
    expect(await lease?.renew()).toBe(true);
    time.ms += steersForMs - 1;
    expect([await other.take(call), await other.adrift()]).toEqual([undefined, []]);
    time.ms += 1;
    expect(await other.adrift()).toEqual([call]);
    expect(await other.take(call)).toBeDefined();
    expect(await lease?.renew()).toBe(false);
  });

  test("that its own bridge was too slow to renew is that bridge's all the same, until another one takes it", async () => {
    const { time, bridge } = world();
    const one = bridge("one");
    const lease = await one.take(call);
    time.ms += 10 * steersForMs;
    expect([await one.adrift(), await one.take(call), await lease?.renew()]).toEqual([[], undefined, true]);
  });

  test("that another bridge has by now is neither renewed, let go of nor ended by the one before", async () => {
    const { time, bridge } = world();
    const [one, other] = [bridge("one"), bridge("other")];
    const before = await one.take(call);
    time.ms += steersForMs;
    const after = await other.take(call);
    await before?.leave();
    await before?.end();
    expect([await one.adrift(), await after?.renew()]).toEqual([[], true]);
  });

  test("that was let go of is there for everyone at once", async () => {
    const { bridge } = world();
    const [one, other] = [bridge("one"), bridge("other")];
    const lease = await one.take(call);
    await lease?.leave();
    expect([await one.adrift(), await other.adrift()]).toEqual([[call], [call]]);
    expect(await other.take(call)).toBeDefined();
  });

  test("tells of every call that is adrift, however many there are", async () => {
    const { time, bridge } = world();
    const one = bridge("one");
    for (let at = 0; at < 250; at++) await one.take({ connectionId: `rtc_${at}`, callId: `call-${at}` });
    time.ms += steersForMs;
    expect(await bridge("other").adrift()).toHaveLength(250);
  });
});

test("in whatever order the database answers, one of several bridges gets a call: a new one, and one that is adrift", async () => {
  const bridges = fc.integer({ min: 2, max: 4 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), bridges, fc.boolean(), async (scheduler, count, wasSteered) => {
      const plain = memoryDocuments();
      const documents: Documents = {
        ...plain,
        read: scheduler.scheduleFunction(plain.read),
        create: scheduler.scheduleFunction(plain.create),
        replace: scheduler.scheduleFunction(plain.replace),
      };
      const { time, bridge } = world(documents);
      if (wasSteered) await openSteering(plain, "dead", () => new Date(time.ms)).take(call);
      time.ms += steersForMs;
      const asked = Array.from({ length: count }, (_, at) => bridge(`bridge ${at}`).take(call));
      await scheduler.waitFor(Promise.all(asked));
      expect((await Promise.all(asked)).filter((each) => each !== undefined)).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});
