/** Azure Storage on a laptop: Azurite keeps the data, a front per service decides who may touch it. */
import { StorageSharedKeyCredential as BlobKey, BlobServiceClient } from "@azure/storage-blob";
import { StorageSharedKeyCredential as QueueKey, QueueServiceClient } from "@azure/storage-queue";
import type { Clock } from "../clock.ts";
import type { Access } from "../identity/access.ts";
import type { Service } from "../service.ts";
import { openStore, type Store } from "./azurite.ts";
import { createFront } from "./front.ts";

export interface StorageOptions {
  readonly access: Access;
  /** ARM id of the storage account: the scope roles are granted on. */
  readonly accountId: string;
  /** 3 to 24 lower-case letters and digits. */
  readonly accountName: string;
  /** Where the data lies; what is written there is there at the next start. */
  readonly folder: string;
  readonly clock: Clock;
}

export interface StorageStandIn {
  /** To be served; each endpoint is `https://localhost:PORT/<accountName>`. Closing one closes its store. */
  readonly services: { readonly blob: Service; readonly queue: Service; readonly table: Service };
  /** What the control plane does: makes the queue if it is not there. Names as Azure takes them, 3 to 63 of a-z, 0-9 and `-`. */
  createQueue(name: string): Promise<void>;
  createContainer(name: string): Promise<void>;
  /** Puts `text`, as it is, at the end of `queue`; after `ttlSeconds` (default 7 days) it is gone. For what has no caller of its own. */
  enqueue(queue: string, text: string, options?: { readonly ttlSeconds?: number }): Promise<void>;
  close(): Promise<void>;
}

/** Starts the account's three stores, empty or as `folder` holds them. Throws when the account name is not one Azure would give. */
export async function createStorage({ access, accountId, accountName, folder, clock }: StorageOptions): Promise<StorageStandIn> {
  if (!/^[a-z0-9]{3,24}$/.test(accountName)) {
    throw new Error(`storage account name "${accountName}": Azure takes 3 to 24 lower-case letters and digits.`);
  }
  const [blob, queue, table] = await Promise.all([
    openStore("blob", accountName, folder),
    openStore("queue", accountName, folder),
    openStore("table", accountName, folder),
  ]);
  const front = (store: Store) => createFront({ store, access, accountId, clock });
  const key = [accountName, blob.key.toString("base64")] as const;
  const blobs = new BlobServiceClient(address(blob), new BlobKey(...key));
  const queues = new QueueServiceClient(address(queue), new QueueKey(accountName, queue.key.toString("base64")));
  return {
    services: { blob: front(blob), queue: front(queue), table: front(table) },
    async createQueue(name) {
      checkName("queue", name);
      await queues.getQueueClient(name).createIfNotExists();
    },
    async createContainer(name) {
      checkName("container", name);
      await blobs.getContainerClient(name).createIfNotExists();
    },
    async enqueue(name, text, options = {}) {
      const ttl = options.ttlSeconds === undefined ? {} : { messageTimeToLive: options.ttlSeconds };
      await queues.getQueueClient(name).sendMessage(text, ttl);
    },
    async close() {
      await Promise.all([blob.close(), queue.close(), table.close()]);
    },
  };
}

const address = (store: Store) => `http://127.0.0.1:${store.port}/${store.accountName}`;

function checkName(what: string, name: string): void {
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      `${what} name "${name}": Azure takes 3 to 63 lower-case letters, digits and single hyphens, a letter or digit at each end.`,
    );
  }
}
