/**
 * Azurite's three servers inside this process, on private loopback ports, each with a key that exists nowhere else.
 *
 * Its own modules are used instead of its command: that saves a child process and a second, and nothing turns its telemetry on
 * (only the command's start-up does). Source: azurite 3.36.0, dist/src/{blob,queue,table}.
 */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

export type StorageKind = "blob" | "queue" | "table";

/** One running Azurite server: where it listens and the account key it believes. */
export interface Store {
  readonly kind: StorageKind;
  readonly port: number;
  readonly accountName: string;
  readonly key: Buffer;
  close(): Promise<void>;
}

interface AzuriteServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
  /** Both the server and its authenticators read accounts here; Azurite fills it from an environment variable otherwise. */
  accountDataStore: { getAccount(name: string): { readonly name: string; readonly key1: Buffer } | undefined };
}

type Class<Instance> = new (...values: readonly unknown[]) => Instance;

const load = createRequire(import.meta.url);
const azurite = <Instance>(path: string) =>
  (load(`azurite/dist/src/${path}.js`) as { readonly default: Class<Instance> }).default;

const loopback = "127.0.0.1";

/** Starts one server on a free port; data lies in `folder`, and is there again at the next start. */
export async function openStore(kind: StorageKind, accountName: string, folder: string): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const server = kind === "table" ? tableServer(folder) : extentServer(kind, folder);
  const key = randomBytes(64);
  const account = { name: accountName, key1: key };
  server.accountDataStore.getAccount = (name) => (name === accountName ? account : undefined);
  await server.start();
  let closed: Promise<void> | undefined;
  return {
    kind,
    port: Number(new URL(server.getHttpServerAddress()).port),
    accountName,
    key,
    close: () => (closed ??= server.close()),
  };
}

/** Blobs and queues keep contents in extents beside their metadata. */
function extentServer(kind: "blob" | "queue", folder: string): AzuriteServer {
  const name = kind === "blob" ? "Blob" : "Queue";
  const Configuration = azurite<object>(`${kind}/${name}Configuration`);
  const Server = azurite<AzuriteServer>(`${kind}/${name}Server`);
  const extents = [{ locationId: "Default", locationPath: join(folder, `${kind}-extents`), maxConcurrency: 10 }];
  const quiet = { accessLog: false, debugLog: false };
  return new Server(
    new Configuration(
      loopback,
      0,
      keepAliveSeconds,
      join(folder, `${kind}.json`),
      join(folder, `${kind}-extents.json`),
      extents,
      quiet.accessLog,
      undefined,
      quiet.debugLog,
      undefined,
      false,
      skipApiVersionCheck,
    ),
  );
}

function tableServer(folder: string): AzuriteServer {
  const Configuration = azurite<object>("table/TableConfiguration");
  const Server = azurite<AzuriteServer>("table/TableServer");
  return new Server(
    new Configuration(
      loopback,
      0,
      keepAliveSeconds,
      join(folder, "table.json"),
      false,
      false,
      undefined,
      undefined,
      false,
      skipApiVersionCheck,
    ),
  );
}

/** Longer than the front's own pool keeps an idle socket, so that no request meets a socket being closed. */
const keepAliveSeconds = 60;
/** The front checks versions as the service does; Azurite would refuse those newer than itself. */
const skipApiVersionCheck = true;
