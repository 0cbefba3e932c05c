/**
 * Azure Managed Redis on a laptop: TLS, Entra tokens instead of passwords, one database.
 * The user is the principal's object id, the password its token for https://redis.azure.com
 * (learn.microsoft.com/azure/redis/entra-for-authentication).
 */
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { type Clock, wallClock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { Certificate, Listening } from "../service.ts";
import { bundledEngine, childEngine, type Engine, findRedisServer, remoteEngine } from "./engine.ts";
import { converse, type Verify } from "./session.ts";

export interface RedisOptions {
  readonly access: Access;
  /** ARM id of the cluster; "Redis Data Owner" is looked for on its database `default`. */
  readonly clusterId: string;
  /** Use this server instead of one of our own. */
  readonly redisUrl?: string;
  /** Absent: `redis-server` when the PATH holds one, js-redis-server otherwise. */
  readonly engine?: "js-redis-server" | "redis-server";
  /** When tokens end; the machine's time when absent. */
  readonly clock?: Clock;
}

export interface RedisStandIn {
  /** What answers behind the front. */
  readonly engine: Engine["name"];
  /** Listens on 127.0.0.1 with TLS only; `host` is what goes into REDIS_HOST. Closing it ends the engine too. */
  listen(certificate: Certificate, port?: number): Promise<Listening>;
  close(): Promise<void>;
}

const audiences = ["https://redis.azure.com"];

export async function createRedis({
  access,
  clusterId,
  redisUrl,
  engine: wanted,
  clock = wallClock,
}: RedisOptions): Promise<RedisStandIn> {
  const engine = redisUrl ? remoteEngine(redisUrl) : await ownEngine(wanted);
  const verify: Verify = (username, token) => expiry(access, `${clusterId}/databases/default`, username, token);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= engine.close());
  return {
    engine: engine.name,
    close,
    async listen({ certificate, key }, port = 0) {
      const sockets = new Set<TLSSocket>();
      const server = createServer({ cert: certificate, key, minVersion: "TLSv1.2" }, (socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        socket.setNoDelay(true);
        void converse(socket, engine, verify, clock);
      });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
      });
      const address = server.address() as AddressInfo;
      return {
        port: address.port,
        host: `localhost:${address.port}`,
        async close() {
          for (const socket of sockets) socket.destroy();
          await new Promise<void>((resolve) => server.close(() => resolve()));
          await close();
        },
      };
    },
  };
}

async function ownEngine(wanted: RedisOptions["engine"]): Promise<Engine> {
  const file = wanted === "js-redis-server" ? undefined : await findRedisServer();
  if (file) return childEngine(file);
  if (wanted === "redis-server")
    throw new Error('no redis-server on the PATH; install one, or leave out `engine: "redis-server"`.');
  return bundledEngine();
}

/** A token opens the database to its own principal only, and to that one only with the role. */
async function expiry(access: Access, scope: string, username: string, token: string): Promise<number | undefined> {
  try {
    const principal = await access.require(`Bearer ${token}`, { audiences, scope, anyOf: ["Redis Data Owner"] });
    const { exp } = principal.claims;
    return principal.objectId === username && typeof exp === "number" ? exp * 1_000 : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
