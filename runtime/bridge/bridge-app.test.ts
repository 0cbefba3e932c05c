import { expect, test } from "vitest";
import { createCall, newWorld, settled } from "../../tests/bridge/driven-call.ts";
import { noChats } from "../../tests/support/no-chats.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { defaultFlags } from "../flags.ts";
import { BridgeApp, type BridgeServices } from "./bridge-app.ts";

const callId = "5b2b0e9c-6f1d-4d0e-9a52-0c8f5f0f1a11";

/** A bridge that is offered a call whose sound the model's service carries. */
async function bridge(changes: Partial<BridgeServices["carried"]> = {}) {
  const world = newWorld();
  const { clock, store } = world;
  await createCall(world, { call_id: callId, status: "connected", carrier: "sip", connection_id: "rtc_1" });
  const { promise: phrasesCome, resolve: bringPhrases } = Promise.withResolvers<void>();
  const unused = async () => expect.fail("nobody asked for it");
  let joined = 0;
  const app = new BridgeApp({
    settings: { AZURE_CLIENT_ID: "app", CALLS_PER_REPLICA: "10" },
    store,
    media: [],
    engines: () => [],
    carried: {
      calls: { hangUp: async () => undefined, refer: unused },
      openCall: () => () => {
        joined++;
        return { send: () => undefined, brief: () => undefined, close: () => undefined };
      },
      conclude: async () => undefined,
      ...changes,
    },
    runTool: unused,
    deliverDigits: unused,
    sms: { send: unused },
    recording: { pause: unused, resume: unused },
    phrases: (language, agent) => phrasesCome.then(() => phrasesIn(language, agent)),
    flags: async () => defaultFlags,
    news: { subscribe: () => () => undefined },
    sidebands: noChats,
    verifyApp: async () => ({ azp: "app" }),
    memoryShare: () => 0,
    random: () => 0,
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const headers = { authorization: "Bearer token" };
  const offer = async () =>
    (await app.attachCarried(new Request("http://b/", { method: "POST", headers, body: JSON.stringify({ callId }) }))).status;
  return { app, clock, bringPhrases, offer, joined: () => joined };
}

test("a carried call that is offered twice at once is taken once, however long its first words take", async () => {
  const on = await bridge();
  const offers = [on.offer(), on.offer()];
  await settled();
  on.bringPhrases();
  expect(await Promise.all(offers)).toEqual([204, 204]);
  await settled();
  expect(on.joined()).toBe(1);
});

test("a bridge that stops is gone only once the carried calls it lets go of were offered to another one", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const offered: string[] = [];
  const on = await bridge({
    handOver: (id) => {
      offered.push(id);
      return answered;
    },
  });
  on.bringPhrases();
  expect(await on.offer()).toBe(204);
  let gone = false;
  const drained = on.app.drain(0).then(() => {
    gone = true;
  });
  on.clock.pass(0);
  await settled();
  expect([offered, gone]).toEqual([[callId], false]);
  answer();
  await drained;
  expect(gone).toBe(true);
});
