/** News of calls between the two apps, over the laptop's Redis with the official client. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRedis } from "../../laptop/redis/redis.ts";
import type { CallNews } from "../../runtime/calls/news.ts";
import { openNewsPublisher, openNewsSubscriber } from "../../runtime/services/call-news.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const clusterId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Cache/redisEnterprise/cache";
let world: World;
let host: string;
let close: () => Promise<void>;

beforeAll(async () => {
  world = await openWorld();
  const redis = await createRedis({ access: world.directory, clusterId, engine: "js-redis-server" });
  const listening = await redis.listen(world.certificate);
  host = listening.host;
  close = () => listening.close();
});
afterAll(async () => {
  await close();
  await world.close();
});

/** Both ends of one customer. */
function customer(at = host) {
  const warned: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void warned.push(line) };
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Redis Data Owner", scope: `${clusterId}/databases/default` });
  const settings = { REDIS_HOST: at, REDIS_USERNAME: identity.objectId };
  const publisher = openNewsPublisher(settings, identity.credential, log);
  const subscriber = openNewsSubscriber(settings, identity.credential, log);
  onTestFinished(async () => {
    await publisher.close();
    await subscriber.close();
  });
  /** Publishes until somebody listens: the subscription is made behind the call. */
  async function heard(callId: string, news: CallNews): Promise<void> {
    await expect.poll(() => publisher.publish(callId, news), { timeout: 10_000 }).toBe(true);
  }
  return { publisher, subscriber, heard, warned };
}

test("news of a call reach the bridge that has it, and no other call", async () => {
  const { subscriber, heard } = customer();
  const [mine, other]: [CallNews[], CallNews[]] = [[], []];
  subscriber.subscribe("call-1", (news) => mine.push(news));
  subscriber.subscribe("call-2", (news) => other.push(news));
  await heard("call-1", { kind: "whisper", text: "Offer a rental car." });
  await heard("call-2", { kind: "joined" });
  await expect.poll(() => mine).toEqual([{ kind: "whisper", text: "Offer a rental car." }]);
  await expect.poll(() => other).toEqual([{ kind: "joined" }]);
});

test("another customer's news of a call with the same id are not heard", async () => {
  const [one, another] = [customer(), customer()];
  const heardByOne: CallNews[] = [];
  one.subscriber.subscribe("call-1", (news) => heardByOne.push(news));
  await one.heard("call-1", { kind: "joined" });
  expect(await another.publisher.publish("call-1", { kind: "end" })).toBe(false);
  await one.heard("call-1", { kind: "left" });
  await expect.poll(() => heardByOne).toEqual([{ kind: "joined" }, { kind: "left" }]);
});

test("nothing is heard after a subscription has ended, and the publisher is told so", async () => {
  const { publisher, subscriber, heard } = customer();
  const told: CallNews[] = [];
  const end = subscriber.subscribe("call-1", (news) => told.push(news));
  await heard("call-1", { kind: "joined" });
  end();
  await expect.poll(() => publisher.publish("call-1", { kind: "left" })).toBe(false);
  expect(told.filter((each) => each.kind === "joined")).toHaveLength(1);
});

test("a subscription outlives the loss of its connection", async () => {
  const own = await createRedis({ access: world.directory, clusterId, engine: "js-redis-server" });
  const listening = await own.listen(world.certificate);
  const { subscriber, heard } = customer(listening.host);
  const told: CallNews[] = [];
  subscriber.subscribe("call-1", (news) => told.push(news));
  await heard("call-1", { kind: "joined" });
  await listening.close();
  const again = await createRedis({ access: world.directory, clusterId, engine: "js-redis-server" });
  const { close: closeAgain } = await again.listen(world.certificate, Number(listening.host.split(":")[1]));
  onTestFinished(closeAgain);
  await heard("call-1", { kind: "left" });
  await expect.poll(() => told.at(-1)).toEqual({ kind: "left" });
});

test("a Redis that cannot be reached fails nobody: the news are not told, and that is logged without a word of them", async () => {
  const warned: unknown[] = [];
  const settings = { REDIS_HOST: "127.0.0.1:1", REDIS_USERNAME: "nobody" };
  const publisher = openNewsPublisher(settings, world.identity().credential, {
    warn: (...line: unknown[]) => void warned.push(line),
  });
  onTestFinished(() => publisher.close());
  expect(await publisher.publish("call-1", { kind: "whisper", text: "a secret" })).toBe(false);
  expect(JSON.stringify(warned)).toContain("could not be told");
  expect(JSON.stringify(warned)).not.toContain("a secret");
});
