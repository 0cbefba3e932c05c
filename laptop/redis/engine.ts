/** What answers Redis commands behind the front: js-redis-server in this process, a `redis-server` found on the PATH, or one elsewhere. */
import { spawn } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { connect as connectTls } from "node:tls";
import { createRedisServer } from "js-redis-server";

export interface Engine {
  readonly name: "js-redis-server" | "redis-server" | "elsewhere";
  /** What the engine itself wants to hear in place of a verified caller's credentials. */
  readonly credentials: { readonly username: string; readonly password: string };
  connect(): Socket;
  close(): Promise<void>;
}

/** The engine's only user takes any password: the front is its only caller, over a socket nobody else is told of. */
const open = { username: "default", password: "laptop" };
/** Azure Managed Redis has one database, number 0. */
const databases = 1;

/** In this process: no binary, Lua by WebAssembly, nothing kept. */
export async function bundledEngine(): Promise<Engine> {
  const server = await createRedisServer({ databaseCount: databases });
  return {
    name: "js-redis-server",
    credentials: open,
    connect: () => connectTcp(server.port, server.host),
    close: () => server.close(),
  };
}

/** Where a `redis-server` is on the PATH; `undefined` when there is none. */
export async function findRedisServer(path = process.env.PATH ?? ""): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, "redis-server");
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A child that listens on a Unix socket in a folder of its own and keeps nothing on disk. Throws when it ends before it is ready. */
export async function childEngine(file: string): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-redis-"));
  const socket = join(folder, "redis.sock");
  const values = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    save: "",
    appendonly: "no",
    databases: `${databases}`,
    dir: folder,
  };
  const child = spawn(
    file,
    Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const orphan = () => child.kill();
  process.once("exit", orphan);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  // Said differently by different versions: "The server is now ready to accept connections at …", "Ready to accept connections unix".
  const ready = new Promise<true>((resolve) => {
    child.stdout.on("data", (chunk) => /ready to accept connections/i.test(String(chunk)) && resolve(true));
  });
  if (!(await Promise.race([ready, ended.then(() => false)])))
    throw new Error("redis-server from the PATH ended before it was ready.");
  return {
    name: "redis-server",
    credentials: open,
    connect: () => connectTcp(socket),
    async close() {
      process.off("exit", orphan);
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server somebody runs elsewhere: `redis://[user:password@]host[:port]`, or `rediss://` for TLS. Its database 0 is used. */
export function remoteEngine(address: string): Engine {
  const url = new URL(address);
  if (url.protocol !== "redis:" && url.protocol !== "rediss:")
    throw new Error("REDIS_URL must start with redis:// or rediss://.");
  if (!["", "/", "/0"].includes(url.pathname))
    throw new Error("REDIS_URL names a database; Azure Managed Redis has only number 0.");
  const port = Number(url.port || 6_379);
  const host = url.hostname;
  return {
    name: "elsewhere",
    credentials: {
      username: decodeURIComponent(url.username) || open.username,
      password: decodeURIComponent(url.password) || open.password,
    },
    connect: () => (url.protocol === "rediss:" ? connectTls({ host, port, servername: host }) : connectTcp(port, host)),
    close: async () => {},
  };
}
