/**
 * The redis client against the laptop's Redis, over both engines, or against a real one: CONTRACT_REDIS_ENDPOINT=`host:port`, where the
 * identity of DefaultAzureCredential needs the access policy `default`.
 */
import { connect } from "node:tls";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { EntraIdCredentialsProviderFactory } from "@redis/entraid";
import { createClient, ErrorReply } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../laptop/clock.ts";
import { wallClock } from "../../laptop/clock.ts";
import { findRedisServer } from "../../laptop/redis/engine.ts";
import { createRedis, type RedisStandIn } from "../../laptop/redis/redis.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_REDIS_ENDPOINT;
const binary = await findRedisServer();
const clusterId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Cache/redisEnterprise/cache";

const engines = real ? (["elsewhere"] as const) : (["js-redis-server", "redis-server"] as const);
if (!real && !binary) console.warn("redis: no redis-server on the PATH, its half of the contract is skipped");

function client(host: string, credential: TokenCredential) {
  const credentialsProvider = EntraIdCredentialsProviderFactory.createForDefaultAzureCredential({
    credential,
    scopes: "https://redis.azure.com/.default",
    tokenManagerConfig: { expirationRefreshRatio: 0.8 },
  });
  const made = createClient({ url: `rediss://${host}`, credentialsProvider, socket: { reconnectStrategy: false } });
  made.on("error", () => {});
  return made;
}
type Client = ReturnType<typeof client>;

let world: World;
beforeAll(async () => {
  if (!real) world = await openWorld();
});
afterAll(() => world?.close());

describe.each(engines)("redis over %s", (engine) => {
  const isMissing = engine === "redis-server" && !binary;
  let standIn: RedisStandIn;
  let host: string;
  let close: (() => Promise<void>) | undefined;
  let redis: Client;

  /** A clock of the stand-in whose timers fire when the test says so. */
  const due: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => wallClock.nowMs(),
    after(_delayMs, act) {
      due.push(act);
      return () => void due.splice(due.indexOf(act), 1);
    },
  };

  function holder() {
    const made = world.identity();
    world.grant({ objectId: made.objectId, role: "Redis Data Owner", scope: `${clusterId}/databases/default` });
    return made;
  }

  beforeAll(async () => {
    if (isMissing) return;
    if (real) {
      host = real;
      redis = client(host, new DefaultAzureCredential());
    } else {
      standIn = await createRedis({ access: world.directory, clusterId, clock, engine: engine as "js-redis-server" });
      const listening = await standIn.listen(world.certificate);
      host = listening.host;
      close = () => listening.close();
      redis = client(host, holder().credential);
    }
    await redis.connect();
  });

  afterAll(async () => {
    if (redis?.isOpen) redis.destroy();
    await close?.();
  });

  const key = (name: string) => `contract:${process.pid}:${name}`;

  describe.skipIf(isMissing)("as the runtime uses it", () => {
    test("a lock is taken once, expires by itself, and is released only by its holder", async () => {
      const lock = key("lock");
      expect(await redis.set(lock, "one", { condition: "NX", expiration: { type: "PX", value: 60_000 } })).toBe("OK");
      expect(await redis.set(lock, "two", { condition: "NX", expiration: { type: "PX", value: 60_000 } })).toBeNull();
      expect(await redis.pTTL(lock)).toBeGreaterThan(50_000);
      const release = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";
      expect(await redis.eval(release, { keys: [lock], arguments: ["two"] })).toBe(0);
      expect(await redis.eval(release, { keys: [lock], arguments: ["one"] })).toBe(1);
      expect(await redis.get(lock)).toBeNull();
    });

    test("a value past its time is gone", async () => {
      await redis.set(key("old"), "value", { expiration: { type: "PXAT", value: Date.now() - 1 } });
      expect(await redis.get(key("old"))).toBeNull();
      await redis.set(key("kept"), "é\r\n$0", { expiration: { type: "EX", value: 60 } });
      expect(await redis.get(key("kept"))).toBe("é\r\n$0");
      expect(await redis.del(key("kept"))).toBe(1);
    });

    test("a stream is read from where a reader stopped, by each group once", async () => {
      const stream = key("stream");
      const first = await redis.xAdd(stream, "*", { event: "started" });
      await redis.xAdd(stream, "*", { event: "ended" });
      const after = await redis.xRange(stream, `(${first}`, "+");
      expect(after?.map(({ message }) => message.event)).toEqual(["ended"]);
      await redis.xGroupCreate(stream, "workers", "0");
      const read = async () => JSON.stringify(await redis.xReadGroup("workers", "a", { key: stream, id: ">" }, { COUNT: 1 }));
      expect(await read()).toContain("started");
      expect(await read()).toContain("ended");
      expect(await read()).toBe("null");
      expect(await redis.xAck(stream, "workers", first)).toBe(1);
      await redis.del(stream);
    });

    test("what is published reaches who subscribed, and commands in one go answer in order", async () => {
      const subscriber = redis.duplicate();
      subscriber.on("error", () => {});
      await subscriber.connect();
      const heard = new Promise(
        (resolve) => void subscriber.subscribe(key("news"), resolve).then(() => redis.publish(key("news"), "hello")),
      );
      expect(await heard).toBe("hello");
      subscriber.destroy();
      expect(await redis.multi().set(key("a"), "1").incr(key("a")).del(key("a")).exec()).toEqual(["OK", 2, 1]);
    });

    test("a value of a megabyte makes the journey both ways", async () => {
      const large = "0123456789abcdef".repeat(65_536);
      await redis.set(key("large"), large);
      expect(await redis.get(key("large"))).toBe(large);
      await redis.del(key("large"));
    });
  });

  describe.skipIf(isMissing || real)("what it refuses", () => {
    test("a principal without the role", async () => {
      await expect(client(host, world.identity().credential).connect()).rejects.toThrow(/WRONGPASS/);
    });

    test("a token under another principal's name, for another service, or that has expired", async () => {
      const { objectId, credential } = holder();
      const token = (await credential.getToken("https://redis.azure.com/.default"))!.token;
      const open = async (username: string, password: string) => {
        const made = createClient({ url: `rediss://${host}`, username, password, socket: { reconnectStrategy: false } });
        made.on("error", () => {});
        await made.connect();
        return made;
      };
      (await open(objectId, token)).destroy();
      await expect(open(holder().objectId, token)).rejects.toThrow(/WRONGPASS/);
      await expect(open("default", token)).rejects.toThrow(/WRONGPASS/);
      const elsewhere = await world.directory.token({ objectId, audience: "https://storage.azure.com" });
      await expect(open(objectId, elsewhere)).rejects.toThrow(/WRONGPASS/);
      const expired = await world.directory.token({ objectId, audience: "https://redis.azure.com", lifetimeMs: -60_000 });
      await expect(open(objectId, expired)).rejects.toThrow(/WRONGPASS/);
    });

    test("any command before a login, and then in the order they were asked", async () => {
      const { hostname, port } = new URL(`https://${host}`);
      const socket = connect({ host: hostname, port: Number(port), servername: "localhost" });
      socket.write("GET a\r\nHELLO 3\r\nAUTH only-a-password\r\nAUTH someone wrong\r\nPING\r\n");
      let answer = "";
      for await (const chunk of socket) {
        answer += String(chunk);
        if (answer.split("\r\n").length > 5) break;
      }
      expect(answer.split("\r\n").map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
        "-NOAUTH Authentication",
        "-NOAUTH HELLO",
        "-WRONGPASS invalid",
        "-WRONGPASS invalid",
        "-NOAUTH Authentication",
        "",
      ]);
    });

    test("plain text where TLS is demanded", async () => {
      const made = createClient({ url: `redis://${host}`, socket: { reconnectStrategy: false, connectTimeout: 2_000 } });
      made.on("error", () => {});
      await expect(made.connect()).rejects.toThrow();
    });

    test("a second database, and the commands of a server's operator", async () => {
      await expect(redis.sendCommand(["SELECT", "1"])).rejects.toThrow(/out of range/);
      await expect(redis.sendCommand(["SHUTDOWN", "NOSAVE"])).rejects.toThrow(/unknown command/);
      expect(await redis.ping()).toBe("PONG");
    });

    test("a renewed token keeps the connection, a bad one is refused without losing it", async () => {
      const { objectId, credential } = holder();
      const token = (await credential.getToken("https://redis.azure.com/.default"))!.token;
      const [renewed, ping] = await Promise.all([redis.sendCommand(["AUTH", objectId, token]), redis.ping()]);
      expect([renewed, ping]).toEqual(["OK", "PONG"]);
      const answers = await Promise.allSettled([redis.ping(), redis.sendCommand(["AUTH", objectId, "forged"]), redis.ping()]);
      expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(answers[1]).toMatchObject({ reason: expect.any(ErrorReply) });
    });

    test("a connection whose token ran out", async () => {
      const waiting = due.length;
      const brief = client(host, holder().credential);
      await brief.connect();
      expect(due).toHaveLength(waiting + 1);
      const ended = new Promise((resolve) => brief.once("error", resolve));
      due.at(-1)?.();
      await ended;
      await expect(brief.ping()).rejects.toThrow();
      brief.destroy();
    });
  });
});
