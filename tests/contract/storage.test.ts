/** The storage clients against the laptop's account, or against a real one: set CONTRACT_STORAGE_ENDPOINT to `<blob url> <queue url>`. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createStorage, type StorageStandIn } from "../../laptop/storage/storage.ts";
import { openRecordings } from "../../runtime/services/recordings.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_STORAGE_ENDPOINT?.split(" ");
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/laptopaccount";

let world: World;
let storage: StorageStandIn;
let urls: { blob: string; queue: string; table: string };
let owner: TokenCredential;

beforeAll(async () => {
  if (real) {
    urls = { blob: real[0] ?? "", queue: real[1] ?? "", table: "" };
    owner = new DefaultAzureCredential();
    return;
  }
  world = await openWorld();
  storage = await createStorage({
    access: world.directory,
    accountId,
    accountName: "laptopaccount",
    folder: join(world.home, "storage"),
    clock: world.clock,
  });
  const [blob, queue, table] = await Promise.all([
    world.start(storage.services.blob),
    world.start(storage.services.queue),
    world.start(storage.services.table),
  ]);
  urls = { blob: `${blob.url}/laptopaccount`, queue: `${queue.url}/laptopaccount`, table: `${table.url}/laptopaccount` };
  owner = identity("Storage Blob Data Owner", "Storage Queue Data Contributor", "Storage Table Data Contributor").credential;
});

afterAll(async () => {
  await world?.close();
  await storage?.close();
});

type Role = Parameters<World["grant"]>[0]["role"];
function identity(...roles: readonly Role[]) {
  const made = world.identity();
  for (const role of roles) world.grant({ objectId: made.objectId, role, scope: accountId });
  return made;
}

const noRetry = { retryOptions: { maxTries: 1 } };
const blobs = (credential: TokenCredential) => new BlobServiceClient(urls.blob, credential, noRetry);
const queues = (credential: TokenCredential) => new QueueServiceClient(urls.queue, credential, noRetry);
const some = (what: string) => `${what}-${randomUUID().slice(0, 8)}`;

describe("blobs", () => {
  test("every file of a recording is deleted as the app does it, and no other one's", async () => {
    const name = some("recordings");
    const container = blobs(owner).getContainerClient(name);
    await container.create();
    const keep = async (path: string) => void (await container.getBlockBlobClient(path).upload("RIFF", 4));
    const recordings = openRecordings({ BLOB_ENDPOINT: urls.blob, RECORDINGS_CONTAINER: name }, owner);
    const day = new Date("2026-11-22T23:59:00Z");
    expect(await recordings.remove("one", day)).toBe(false);
    for (const file of ["0-audiowav.wav", "0-acsmetadata.json", "1-audiowav.wav"]) await keep(`20261123/call/one/${file}`);
    await keep("20261123/call/two/0-audiowav.wav");
    expect(await recordings.remove("one", day)).toBe(true);
    expect(await recordings.open("one", day)).toBeUndefined();
    expect((await recordings.open("two", day))?.bytes).toBe(4);
    const left: string[] = [];
    for await (const each of container.listBlobsFlat()) left.push(each.name);
    expect(left).toEqual(["20261123/call/two/0-audiowav.wav"]);
    expect(await recordings.remove("one", day)).toBe(false);
  });

  test("a recording comes back byte for byte, with its length, type and metadata", async () => {
    const container = blobs(owner).getContainerClient(some("recordings"));
    await container.create();
    const sound = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    const blob = container.getBlockBlobClient("2026/11/a call & more é.wav");
    await blob.uploadData(sound, {
      blobHTTPHeaders: { blobContentType: "audio/wav" },
      metadata: { channel_count: "2", call: "1" },
      blockSize: 100_000,
      maxSingleShotSize: 50_000,
    });
    const facts = await blob.getProperties();
    expect({ length: facts.contentLength, type: facts.contentType, metadata: facts.metadata }).toEqual({
      length: 300_000,
      type: "audio/wav",
      metadata: { channel_count: "2", call: "1" },
    });
    expect((await blob.downloadToBuffer()).equals(sound)).toBe(true);
    expect((await blob.downloadToBuffer(10, 5)).equals(sound.subarray(10, 15))).toBe(true);
    const names = [];
    for await (const each of container.listBlobsFlat({ prefix: "2026/11/" })) names.push(each.name);
    expect(names).toEqual(["2026/11/a call & more é.wav"]);
    await container.delete();
  });

  test("of two writers with the same etag one is turned down", async () => {
    const container = blobs(owner).getContainerClient(some("etags"));
    await container.create();
    const blob = container.getBlockBlobClient("record");
    const { etag } = await blob.upload("one", 3);
    await blob.upload("two", 3, { conditions: { ifMatch: etag ?? "" } });
    await expect(blob.upload("six", 3, { conditions: { ifMatch: etag ?? "" } })).rejects.toMatchObject({
      statusCode: 412,
      code: "ConditionNotMet",
    });
    await expect(blob.upload("new", 3, { conditions: { ifNoneMatch: "*" } })).rejects.toMatchObject({ statusCode: 409 });
    await container.delete();
  });

  test("a container that is not there is a 404 in the service's own words", async () => {
    await expect(blobs(owner).getContainerClient("missing").getProperties()).rejects.toMatchObject({ statusCode: 404 });
    await expect(blobs(owner).getContainerClient("missing").getBlobClient("a").download()).rejects.toMatchObject({
      statusCode: 404,
      code: "ContainerNotFound",
    });
  });
});

describe("queues", () => {
  test("a message is received once, hidden while in hand, and gone when deleted", async () => {
    const queue = queues(owner).getQueueClient(some("calls"));
    await queue.create();
    await queue.sendMessage(Buffer.from("a call").toString("base64"));
    const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout: 30 });
    const [message] = receivedMessageItems;
    expect(Buffer.from(message?.messageText ?? "", "base64").toString()).toBe("a call");
    expect(message?.dequeueCount).toBe(1);
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
    const renewed = await queue.updateMessage(message!.messageId, message!.popReceipt, message!.messageText, 0);
    const [again] = (await queue.receiveMessages()).receivedMessageItems;
    expect(again?.dequeueCount).toBe(2);
    await expect(queue.deleteMessage(message!.messageId, message!.popReceipt)).rejects.toMatchObject({ statusCode: 400 });
    expect(renewed.popReceipt).not.toBe(message!.popReceipt);
    await queue.deleteMessage(again!.messageId, again!.popReceipt);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
    await queue.delete();
  });
});

describe.skipIf(real)(
  "what only the laptop's account can show (skipped: a real account is under test, these need other identities)",
  () => {
    test("a call nobody took in thirty seconds is no longer offered", async () => {
      await storage.createQueue("brief");
      await storage.enqueue("brief", "now or never", { ttlSeconds: 30 });
      const queue = queues(owner).getQueueClient("brief");
      expect((await queue.peekMessages()).peekedMessageItems).toHaveLength(1);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
      try {
        expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
      } finally {
        vi.useRealTimers();
      }
    });

    test("who may send may not receive, and who may receive may not send", async () => {
      await storage.createQueue("one-way");
      const sender = queues(identity("Storage Queue Data Message Sender").credential).getQueueClient("one-way");
      const processor = queues(identity("Storage Queue Data Message Processor").credential).getQueueClient("one-way");
      const refused = { statusCode: 403, code: "AuthorizationPermissionMismatch" };
      await sender.sendMessage("a");
      await expect(sender.receiveMessages()).rejects.toMatchObject(refused);
      await expect(processor.sendMessage("b")).rejects.toMatchObject(refused);
      const [message] = (await processor.receiveMessages()).receivedMessageItems;
      await expect(processor.updateMessage(message!.messageId, message!.popReceipt, "c")).rejects.toMatchObject(refused);
      await processor.deleteMessage(message!.messageId, message!.popReceipt);
      await expect(processor.clearMessages()).rejects.toMatchObject(refused);
      await expect(sender.create()).rejects.toMatchObject(refused);
    });

    test("a role on one queue opens that queue and no other", async () => {
      await Promise.all([storage.createQueue("first"), storage.createQueue("second")]);
      const { credential, objectId } = world.identity();
      const scope = `${accountId}/queueServices/default/queues/first`;
      world.grant({ objectId, role: "Storage Queue Data Message Sender", scope });
      await queues(credential).getQueueClient("first").sendMessage("a");
      await expect(queues(credential).getQueueClient("second").sendMessage("a")).rejects.toMatchObject({ statusCode: 403 });
    });

    test("a reader of blobs does not write them", async () => {
      await storage.createContainer("knowledge");
      const container = blobs(identity("Storage Blob Data Reader").credential).getContainerClient("knowledge");
      await blobs(owner).getContainerClient("knowledge").getBlockBlobClient("a").upload("text", 4);
      expect((await container.getBlobClient("a").downloadToBuffer()).toString()).toBe("text");
      await expect(container.getBlockBlobClient("a").upload("more", 4)).rejects.toMatchObject({ statusCode: 403 });
    });

    test("keys, shared access signatures and nobody at all are refused", async () => {
      const key = new StorageSharedKeyCredential("laptopaccount", Buffer.alloc(64, 1).toString("base64"));
      await expect(new BlobServiceClient(urls.blob, key, noRetry).getContainerClient("knowledge").exists()).rejects.toMatchObject(
        { statusCode: 403 },
      );
      const signed = await fetch(`${urls.blob}/knowledge/a?sv=2026-02-06&sp=r&sig=AAAA`, { headers: version });
      expect([signed.status, signed.headers.get("x-ms-error-code")]).toEqual([403, "KeyBasedAuthenticationNotPermitted"]);
      const anonymous = await fetch(`${urls.blob}/knowledge/a`, { headers: version });
      expect([anonymous.status, anonymous.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringContaining("https://storage.azure.com"),
      ]);
      expect(await anonymous.text()).toMatch(/^<\?xml .*<Code>NoAuthenticationInformation<\/Code>/);
    });

    test("a token for another service is not a token for this one", async () => {
      const { objectId } = identity("Storage Blob Data Owner");
      const token = await world.directory.token({ objectId, audience: "https://redis.azure.com" });
      const answer = await fetch(`${urls.blob}/knowledge/a`, { headers: { ...version, authorization: `Bearer ${token}` } });
      expect([answer.status, answer.headers.get("x-ms-error-code")]).toEqual([401, "InvalidAuthenticationInfo"]);
    });

    test("a request must name a version the service knows", async () => {
      const { token } = (await owner.getToken("https://storage.azure.com/.default"))!;
      const code = async (headers: Record<string, string>) => {
        const answer = await fetch(`${urls.blob}/knowledge/a`, { headers: { ...headers, authorization: `Bearer ${token}` } });
        return [answer.status, answer.headers.get("x-ms-error-code")];
      };
      expect(await code({})).toEqual([403, "AuthenticationFailed"]);
      expect(await code({ "x-ms-version": "2015-02-21" })).toEqual([403, "AuthenticationFailed"]);
      expect(await code({ "x-ms-version": "2999-01-01" })).toEqual([400, "InvalidHeaderValue"]);
      expect(await code(version)).toEqual([200, null]);
    });

    test("another account's name is not found here", async () => {
      const elsewhere = new BlobServiceClient(urls.blob.replace("laptopaccount", "otheraccount"), owner, noRetry);
      await expect(elsewhere.getContainerClient("knowledge").getProperties()).rejects.toMatchObject({ statusCode: 404 });
    });

    test("a table keeps an entity for who may write tables, and refuses others in OData's words", async () => {
      const call = async (credential: TokenCredential, method: string, path: string, body?: object) => {
        const { token } = (await credential.getToken("https://storage.azure.com/.default"))!;
        const headers = {
          ...version,
          authorization: `Bearer ${token}`,
          accept: "application/json;odata=nometadata",
          "content-type": "application/json",
        };
        return fetch(`${urls.table}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      };
      expect((await call(owner, "POST", "/Tables", { TableName: "leases" })).status).toBe(201);
      expect((await call(owner, "POST", "/leases", { PartitionKey: "p", RowKey: "r", holder: "one" })).status).toBe(201);
      const entity = await call(owner, "GET", "/leases(PartitionKey='p',RowKey='r')");
      expect(await entity.json()).toMatchObject({ holder: "one" });
      const refused = await call(identity("Storage Queue Data Contributor").credential, "GET", "/leases()");
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ "odata.error": { code: "AuthorizationPermissionMismatch" } });
    });

    test("names that Azure would not give are refused where the graph makes them", async () => {
      await expect(storage.createQueue("Calls_In")).rejects.toThrow("3 to 63 lower-case letters");
      await expect(storage.createContainer("ab")).rejects.toThrow("3 to 63");
    });

    test("what was stored is there after a restart, under another key", async () => {
      const options = {
        access: world.directory,
        accountId,
        accountName: "restarted",
        folder: join(world.home, "restarted"),
        clock: world.clock,
      };
      const before = await createStorage(options);
      await before.createQueue("kept");
      await before.enqueue("kept", "still here");
      await before.close();
      const after = await createStorage(options);
      const { url } = await world.start(after.services.queue);
      const queue = new QueueServiceClient(`${url}/restarted`, owner).getQueueClient("kept");
      const [message] = (await queue.peekMessages()).peekedMessageItems;
      expect(message?.messageText).toBe("still here");
      await after.close();
    });
  },
);

const version = { "x-ms-version": "2026-02-06" };
