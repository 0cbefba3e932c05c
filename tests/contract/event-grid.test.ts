/**
 * Event Grid has no client here: services publish, queues receive. What is held is therefore what arrives in the queue, read with the
 * queue's own client, and what becomes of an event that cannot arrive. There is no real counterpart to point this at.
 */
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createEventGrid, type EventGrid, type Subscription } from "../../laptop/event-grid/event-grid.ts";
import { createStorage, type StorageStandIn } from "../../laptop/storage/storage.ts";
import { type Identity, openWorld, type World } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/events";
const sourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/communicationServices/phone";
const topicId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/systemTopics/phone-events";
const incomingCall = {
  sourceId,
  type: "Microsoft.Communication.IncomingCall",
  subject: "/phonecall/incoming",
  data: { to: { phoneNumber: { value: "+33123456789" } }, incomingCallContext: "context é" },
};

let world: World;
let storage: StorageStandIn;
let queues: QueueServiceClient;
let blobs: BlobServiceClient;
let queueEndpoint: string;
let blobEndpoint: string;

beforeAll(async () => {
  world = await openWorld();
  storage = await createStorage({
    access: world.directory,
    accountId,
    accountName: "events",
    folder: join(world.home, "storage"),
    clock: world.clock,
  });
  queueEndpoint = `${(await world.start(storage.services.queue)).url}/events`;
  blobEndpoint = `${(await world.start(storage.services.blob)).url}/events`;
  await Promise.all([storage.createQueue("calls"), storage.createContainer("dead-letters")]);
  const reader = identity("Storage Queue Data Contributor", "Storage Blob Data Reader");
  queues = new QueueServiceClient(queueEndpoint, reader.credential);
  blobs = new BlobServiceClient(blobEndpoint, reader.credential);
});

afterAll(async () => {
  await storage.close();
  await world.close();
});

function identity(...roles: readonly Parameters<World["grant"]>[0]["role"][]): Identity {
  const made = world.identity();
  for (const role of roles) world.grant({ objectId: made.objectId, role, scope: accountId });
  return made;
}

/** Time that moves when it is told to. */
function stoppedClock(startMs: number) {
  const due: { atMs: number; act: () => void }[] = [];
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    after(delayMs: number, act: () => void) {
      const entry = { atMs: nowMs + delayMs, act };
      due.push(entry);
      return () => void due.splice(due.indexOf(entry), 1);
    },
    pass(durationMs: number) {
      nowMs += durationMs;
      for (const entry of due.filter(({ atMs }) => atMs <= nowMs)) {
        due.splice(due.indexOf(entry), 1);
        entry.act();
      }
    },
    waiting: () => due.length,
  };
}

let clock: ReturnType<typeof stoppedClock>;
let grid: EventGrid;
beforeEach(() => {
  clock = stoppedClock(Date.parse("2026-11-22T09:30:00Z"));
  grid = createEventGrid({ directory: world.directory, clock });
});
afterEach(async () => {
  grid.close();
  await queues.getQueueClient("calls").clearMessages();
});

function subscribe(deliverer: Identity, change: Partial<Subscription> = {}) {
  grid.createTopic({ id: topicId, sourceId, identityObjectId: deliverer.objectId });
  grid.createSubscription({
    topicId,
    name: "calls",
    filter: {
      includedEventTypes: ["Microsoft.Communication.IncomingCall"],
      advancedFilters: [{ operatorType: "StringBeginsWith", key: "data.to.PhoneNumber.Value", values: ["+33123456789"] }],
    },
    destination: { queueEndpoint, queueName: "calls", ttlSeconds: 30 },
    schema: "EventGridSchema",
    ...change,
  });
}

async function received(): Promise<unknown[]> {
  const { peekedMessageItems } = await queues.getQueueClient("calls").peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(({ messageText }) => JSON.parse(Buffer.from(messageText, "base64").toString("utf8")));
}

test("an incoming call for our number reaches the queue once, wrapped and base64 as Event Grid does it", async () => {
  subscribe(identity("Storage Queue Data Message Sender"));
  await grid.publish(incomingCall);
  await grid.publish({ ...incomingCall, data: { to: { phoneNumber: { value: "+49301234567" } } } });
  await grid.publish({ ...incomingCall, type: "Microsoft.Communication.SMSReceived" });
  await grid.publish({ ...incomingCall, sourceId: `${sourceId}-other` });
  expect(await received()).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      topic: sourceId,
      subject: "/phonecall/incoming",
      eventType: "Microsoft.Communication.IncomingCall",
      eventTime: "2026-11-22T09:30:00.000Z",
      dataVersion: "1.0",
      metadataVersion: "1",
      data: incomingCall.data,
    },
  ]);
  expect(grid.failures()).toEqual([]);
});

test("the same event in CloudEvents' shape", async () => {
  subscribe(identity("Storage Queue Data Message Sender"), { schema: "CloudEventSchemaV1_0" });
  await grid.publish(incomingCall);
  expect(await received()).toMatchObject([
    { specversion: "1.0", source: sourceId, type: incomingCall.type, time: "2026-11-22T09:30:00.000Z" },
  ]);
});

test("the message expires when the subscription says so", async () => {
  subscribe(identity("Storage Queue Data Message Sender"));
  await grid.publish(incomingCall);
  const [message] = (await queues.getQueueClient("calls").peekMessages()).peekedMessageItems;
  expect(message!.expiresOn.getTime() - message!.insertedOn.getTime()).toBe(30_000);
});

test("without the sender role the event is dropped at once, and the drop is visible with its reason", async () => {
  subscribe(identity());
  await grid.publish(incomingCall);
  expect(await received()).toEqual([]);
  expect(clock.waiting()).toBe(0);
  expect(grid.failures()).toMatchObject([
    { subscription: "calls", reason: "UndeliverableDueToRejection", attempts: 1, outcome: "Forbidden", isDeadLettered: false },
  ]);
});

test("with a dead-letter container the refused event lies there, and says why", async () => {
  subscribe(identity("Storage Blob Data Contributor"), { deadLetter: { blobEndpoint, container: "dead-letters" } });
  await grid.publish(incomingCall);
  const [failure] = grid.failures();
  expect(failure).toMatchObject({ reason: "UndeliverableDueToRejection", isDeadLettered: true });
  const name = `PHONE-EVENTS/CALLS/2026/11/22/9/${failure!.eventId}.json`;
  const letter = await blobs.getContainerClient("dead-letters").getBlobClient(name).downloadToBuffer();
  expect(JSON.parse(letter.toString())).toMatchObject([
    {
      eventType: incomingCall.type,
      data: incomingCall.data,
      deadLetterReason: "UndeliverableDueToRejection",
      lastDeliveryOutcome: "Forbidden",
      deliveryAttempts: 1,
    },
  ]);
});

test("a role granted on the queue but not on the dead-letter container loses the letter, visibly", async () => {
  const policy = { maxDeliveryAttempts: 1 };
  const destination = { queueEndpoint, queueName: "missing" };
  subscribe(identity("Storage Queue Data Message Sender"), {
    destination,
    retryPolicy: policy,
    deadLetter: { blobEndpoint, container: "dead-letters" },
  });
  await grid.publish(incomingCall);
  expect(grid.failures()).toMatchObject([{ reason: "MaxDeliveryAttemptsExceeded", outcome: "NotFound", isDeadLettered: false }]);
});

test("a queue that appears later gets the event at the next attempt", async () => {
  const destination = { queueEndpoint, queueName: "late" };
  subscribe(identity("Storage Queue Data Message Sender"), { destination });
  await grid.publish(incomingCall);
  await storage.createQueue("late");
  clock.pass(9_999);
  await grid.settled();
  expect((await queues.getQueueClient("late").peekMessages()).peekedMessageItems).toEqual([]);
  clock.pass(1);
  await grid.settled();
  expect((await queues.getQueueClient("late").peekMessages()).peekedMessageItems).toHaveLength(1);
  expect(grid.failures()).toEqual([]);
});

test("a queue that never appears costs as many attempts as the policy allows, and no more", async () => {
  subscribe(identity("Storage Queue Data Message Sender"), {
    destination: { queueEndpoint, queueName: "never" },
    retryPolicy: { maxDeliveryAttempts: 3, eventTimeToLiveInMinutes: 1_440 },
  });
  await grid.publish(incomingCall);
  clock.pass(10_000);
  await grid.settled();
  expect(grid.failures()).toEqual([]);
  clock.pass(30_000);
  await grid.settled();
  expect(clock.waiting()).toBe(0);
  expect(grid.failures()).toMatchObject([{ reason: "MaxDeliveryAttemptsExceeded", attempts: 3, outcome: "NotFound" }]);
});

test("a subscription to a topic that does not exist is refused", () => {
  expect(() =>
    grid.createSubscription({
      topicId: "/missing",
      name: "a",
      filter: {},
      destination: { queueEndpoint, queueName: "calls" },
      schema: "EventGridSchema",
    }),
  ).toThrow("its topic does not exist");
});
