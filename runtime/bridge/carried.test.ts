import { expect, test } from "vitest";
import { createCall, newWorld, settled } from "../../tests/bridge/driven-call.ts";
import { attachCarried, type CarriedServices } from "./carried.ts";

const callId = "5b2b0e9c-6f1d-4d0e-9a52-0c8f5f0f1a11";

/** A bridge that has taken a carried call, until `ends`. */
async function steering() {
  const world = newWorld();
  const { clock, store } = world;
  await createCall(world, { call_id: callId, status: "connected", carrier: "sip", connection_id: "rtc_1" });
  const { promise: ended, resolve: ends } = Promise.withResolvers<void>();
  const services: CarriedServices = {
    settings: { AZURE_CLIENT_ID: "app" },
    verifyApp: async () => ({ azp: "app" }),
    store,
    clock,
    calls: { hangUp: async () => undefined, refer: async () => undefined },
    openCall: () => () => ({ send: () => undefined, brief: () => undefined, close: () => undefined }),
    refusal: () => undefined,
    isLive: () => false,
    run: () => ({ ended, stop: ends, move: ends }),
    conclude: async () => undefined,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  const asks = { method: "POST", headers: { authorization: "Bearer token" }, body: JSON.stringify({ callId }) };
  expect((await attachCarried(new Request("http://bridge/calls/carried", asks), services)).status).toBe(204);
  await settled();
  const steeredForMs = async (id = callId) =>
    Date.parse((await store.changeLine(id, (line) => line)).steeredUntil ?? "") - clock.nowMs();
  return { world, clock, store, ends, steeredForMs };
}

test("a bridge says again every 20 s for the next minute that it steers a carried call, and no more once it has let go", async () => {
  const { clock, ends, steeredForMs } = await steering();
  expect(await steeredForMs()).toBe(60_000);
  clock.pass(19_999);
  await settled();
  expect(await steeredForMs()).toBe(40_001);
  clock.pass(1);
  await settled();
  expect(await steeredForMs()).toBe(60_000);
  ends();
  await settled();
  clock.pass(60_000);
  await settled();
  expect([await steeredForMs(), clock.pending]).toEqual([0, 0]);
});

test("what is steered is the record that the conversation goes on under", async () => {
  const { world, clock, store, steeredForMs } = await steering();
  await store.change(callId, (record) => ({ ...record, status: "ended", continued_as: "later" }));
  clock.pass(1);
  await createCall(world, { call_id: "later", status: "connected", carrier: "sip", connection_id: "rtc_1" });
  clock.pass(20_000);
  await settled();
  expect(await steeredForMs("later")).toBeGreaterThan(59_000);
});
