/**
 * `@azure/cosmos` against the laptop's account, or against a real one: set CONTRACT_COSMOS_ENDPOINT, and prepare there the database
 * `contract` with the containers `calls` (/callId, default ttl -1) and `unique` (/callId, unique key /number).
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import {
  BulkOperationType,
  ChangeFeedStartFrom,
  type Container,
  CosmosClient,
  ErrorResponse,
  type OperationInput,
  type SqlParameter,
} from "@azure/cosmos";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CosmosStandIn, createCosmos } from "../../laptop/cosmos/cosmos.ts";
import type { RoleName } from "../../laptop/identity/roles.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_COSMOS_ENDPOINT;
const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/laptop";

let world: World;
let cosmos: CosmosStandIn;
let endpoint = real ?? "";
let writer: TokenCredential = new DefaultAzureCredential();
/** How far the account's clock runs ahead. */
let aheadMs = 0;

function openCosmos(folder: string): CosmosStandIn {
  const clock = { ...world.clock, nowMs: () => world.clock.nowMs() + aheadMs };
  const opened = createCosmos({ access: world.directory, accountId, clock, folder: join(world.home, folder) });
  opened.createDatabase("contract");
  opened.createContainer("contract", { name: "calls", partitionKeyPaths: ["/callId"], defaultTtlSeconds: -1 });
  opened.createContainer("contract", { name: "unique", partitionKeyPaths: ["/callId"], uniqueKeys: [["/number"]] });
  return opened;
}

beforeAll(async () => {
  if (real) return;
  world = await openWorld();
  cosmos = openCosmos("cosmos");
  endpoint = (await world.start(cosmos)).url;
  writer = identity("Cosmos DB Built-in Data Contributor");
});

afterAll(() => world?.close());

function identity(role?: RoleName, scope = accountId): TokenCredential {
  const made = world.identity();
  if (role) world.grant({ objectId: made.objectId, role, scope });
  return made.credential;
}

function client(aadCredentials = writer): CosmosClient {
  return new CosmosClient({ endpoint, aadCredentials, connectionPolicy: { enableBackgroundEndpointRefreshing: false } });
}

function container(name = "calls", credential = writer): Container {
  return client(credential).database("contract").container(name);
}

/** A call nobody else uses: its documents are its partition. */
async function callWith(...documents: { id: string; [key: string]: unknown }[]): Promise<{ callId: string; calls: Container }> {
  const callId = randomUUID();
  const calls = container();
  for (const document of documents) await calls.items.create({ callId, ...document });
  return { callId, calls };
}

async function refusal(act: Promise<unknown>): Promise<{ code: unknown; substatus: unknown; message: string }> {
  const error: unknown = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ErrorResponse)) throw new Error(`The service did not refuse: ${String(error)}`);
  return { code: error.code, substatus: error.substatus, message: error.message };
}

async function ask(calls: Container, partitionKey: string, query: string, parameters: SqlParameter[] = []): Promise<unknown[]> {
  return (await calls.items.query({ query, parameters }, { partitionKey }).fetchAll()).resources;
}

describe("one document", () => {
  test("is created once, read, replaced and deleted", async () => {
    const { callId, calls } = await callWith({ id: "record of +33 1", status: "created" });
    const item = calls.item("record of +33 1", callId);
    expect((await item.read()).resource).toMatchObject({ status: "created", _etag: expect.stringMatching(/^".+"$/) });
    expect(await refusal(calls.items.create({ id: "record of +33 1", callId }))).toMatchObject({ code: 409 });
    await item.replace({ id: "record of +33 1", callId, status: "ended" });
    expect((await item.read()).resource).toMatchObject({ status: "ended" });
    await item.delete();
    expect((await item.read()).statusCode).toBe(404);
    expect(await refusal(item.delete())).toMatchObject({ code: 404 });
  });

  test("is upserted whether it is there or not", async () => {
    const { callId, calls } = await callWith();
    expect((await calls.items.upsert({ id: "a", callId, turn: 1 })).statusCode).toBe(201);
    expect((await calls.items.upsert({ id: "a", callId, turn: 2 })).statusCode).toBe(200);
  });

  test("of two writers with the same etag, the second is refused", async () => {
    const { callId, calls } = await callWith({ id: "a", turn: 0 });
    const item = calls.item("a", callId);
    const condition = (await item.read()).etag;
    const accessCondition = { type: "IfMatch", condition };
    await item.replace({ id: "a", callId, turn: 1 }, { accessCondition });
    expect(await refusal(item.replace({ id: "a", callId, turn: 2 }, { accessCondition }))).toMatchObject({ code: 412 });
    expect(await refusal(item.delete({ accessCondition }))).toMatchObject({ code: 412 });
    expect((await item.read()).resource).toMatchObject({ turn: 1 });
  });

  test("is not sent again to who has it already", async () => {
    const { callId, calls } = await callWith({ id: "a" });
    const { etag, headers } = await calls.item("a", callId).read();
    expect(headers["x-ms-session-token"]).toMatch(/^\d+:-?\d+#\d+/);
    const again = await calls.item("a", callId).read({ accessCondition: { type: "IfNoneMatch", condition: etag } });
    expect(again.statusCode).toBe(304);
  });

  test("is patched in parts, under a condition", async () => {
    const { callId, calls } = await callWith({ id: "a", status: "created", claim: { name: "Ada" }, notes: ["one"], turns: 1 });
    const item = calls.item("a", callId);
    const { resource } = await item.patch({
      condition: "from c where c.status = 'created'",
      operations: [
        { op: "set", path: "/status", value: "ended" },
        { op: "add", path: "/claim/place", value: "Paris" },
        { op: "add", path: "/notes/-", value: "two" },
        { op: "incr", path: "/turns", value: 2 },
        { op: "remove", path: "/claim/name" },
      ],
    });
    expect(resource).toMatchObject({ status: "ended", claim: { place: "Paris" }, notes: ["one", "two"], turns: 3 });
    expect(resource.claim).not.toHaveProperty("name");
    const late = item.patch({
      condition: "from c where c.status = 'created'",
      operations: [{ op: "set", path: "/status", value: "ringing" }],
    });
    expect(await refusal(late)).toMatchObject({ code: 412 });
    expect(await refusal(item.patch([{ op: "replace", path: "/absent", value: 1 }]))).toMatchObject({ code: 400 });
    expect(await refusal(item.patch([{ op: "set", path: "/id", value: "b" }]))).toMatchObject({ code: 400 });
  });

  test("above two megabytes is refused", async () => {
    const { callId, calls } = await callWith();
    const large = calls.items.create({ id: "a", callId, content: "x".repeat(2 * 1024 * 1024) });
    expect(await refusal(large)).toMatchObject({ code: 413 });
  });

  test("with a value that is taken under a unique key is refused, in its partition only", async () => {
    const unique = container("unique");
    const [one, other] = [randomUUID(), randomUUID()];
    await unique.items.create({ id: "a", callId: one, number: 7 });
    expect(await refusal(unique.items.create({ id: "b", callId: one, number: 7 }))).toMatchObject({ code: 409 });
    expect((await unique.items.create({ id: "b", callId: other, number: 7 })).statusCode).toBe(201);
  });
});

describe("several documents at once", () => {
  const create = (id: string, more = {}): OperationInput => ({ operationType: "Create", resourceBody: { id, ...more } });

  test("a batch is done as a whole", async () => {
    const { callId, calls } = await callWith({ id: "old" });
    const { result, code } = await calls.items.batch(
      [create("a", { callId }), { operationType: "Read", id: "a" }, { operationType: "Delete", id: "old" }],
      callId,
    );
    expect(code).toBe(200);
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 200, 204]);
  });

  test("a batch with one refusal leaves nothing behind", async () => {
    const { callId, calls } = await callWith({ id: "taken" });
    const { result, code } = await calls.items.batch(
      [create("a", { callId }), create("taken", { callId }), create("b", { callId })],
      callId,
    );
    expect(code).toBe(207);
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 409, 424]);
    expect(await ask(calls, callId, "SELECT VALUE c.id FROM c")).toEqual(["taken"]);
    expect((await calls.item("a", callId).read()).statusCode).toBe(404);
  });

  test("in bulk, each is done for itself", async () => {
    const { callId, calls } = await callWith({ id: "taken" });
    const other = randomUUID();
    const results = await calls.items.executeBulkOperations([
      { operationType: BulkOperationType.Create, partitionKey: callId, resourceBody: { id: "taken", callId } },
      { operationType: BulkOperationType.Upsert, partitionKey: other, resourceBody: { id: "a", callId: other } },
    ]);
    expect(results.map(({ response, error }) => response?.statusCode ?? error?.code)).toEqual([409, 201]);
  });
});

describe("a query", () => {
  test("sees its own partition and no other", async () => {
    const mine = await callWith({ id: "a", text: "mine" });
    await callWith({ id: "a", text: "theirs" });
    expect(await ask(mine.calls, mine.callId, "SELECT VALUE c.text FROM c")).toEqual(["mine"]);
    const all = await mine.calls.items.readAll({ partitionKey: mine.callId }).fetchAll();
    expect(all.resources).toMatchObject([{ text: "mine" }]);
    expect((await mine.calls.item("a", randomUUID()).read()).statusCode).toBe(404);
  });

  test("takes parameters, filters, sorts and counts", async () => {
    const { callId, calls } = await callWith({ id: "1", turn: 3 }, { id: "2", turn: 1 }, { id: "3", turn: 2, tags: ["sms"] });
    const after = [{ name: "@after", value: 1 }];
    expect(await ask(calls, callId, "SELECT c.id FROM c WHERE c.turn > @after ORDER BY c.turn", after)).toEqual([
      { id: "3" },
      { id: "1" },
    ]);
    expect(await ask(calls, callId, "SELECT VALUE COUNT(1) FROM c WHERE ARRAY_CONTAINS(c.tags, 'sms')")).toEqual([1]);
    expect(await ask(calls, callId, "SELECT VALUE c.id FROM c ORDER BY c.turn DESC OFFSET 1 LIMIT 1")).toEqual(["3"]);
  });

  test("comes in pages, and goes on from a token whatever was added since", async () => {
    const { callId, calls } = await callWith({ id: "1" }, { id: "2" }, { id: "3" });
    const query = "SELECT VALUE c.id FROM c ORDER BY c.id";
    const first = await calls.items.query(query, { partitionKey: callId, maxItemCount: 2 }).fetchNext();
    expect(first.resources).toEqual(["1", "2"]);
    await calls.items.create({ id: "0", callId });
    const { continuationToken } = first;
    const rest = await calls.items.query(query, { partitionKey: callId, maxItemCount: 2, continuationToken }).fetchAll();
    expect(rest.resources).toEqual(["3"]);
    const other = calls.items.query("SELECT * FROM c", { partitionKey: callId, continuationToken }).fetchNext();
    expect(await refusal(other)).toMatchObject({ code: 400 });
  });

  test("on several properties is refused without a composite index", async () => {
    const { callId, calls } = await callWith({ id: "a" });
    const query = ask(calls, callId, "SELECT * FROM c ORDER BY c.status, c.turn");
    expect(await refusal(query)).toMatchObject({ code: 400, message: expect.stringContaining("composite index") });
  });

  test("that is not SQL is refused", async () => {
    const { callId, calls } = await callWith();
    expect(await refusal(ask(calls, callId, "SELECT FROM WHERE"))).toMatchObject({ code: 400 });
  });
});

describe("the change feed", () => {
  test("of a partition tells the latest version of what changed, and goes on from where it was", async () => {
    const { callId, calls } = await callWith({ id: "a", turn: 1 }, { id: "b", turn: 1 });
    await calls.items.upsert({ id: "a", callId, turn: 2 });
    const options = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning(callId), maxItemCount: 1 };
    const feed = calls.items.getChangeFeedIterator(options);
    const first = await feed.readNext();
    expect(first.result).toMatchObject([{ id: "b" }]);
    const { continuationToken } = first;
    const resumed = calls.items.getChangeFeedIterator({
      changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuationToken),
    });
    expect((await resumed.readNext()).result).toMatchObject([{ id: "a", turn: 2 }]);
    expect((await resumed.readNext()).statusCode).toBe(304);
    await calls.items.create({ id: "c", callId });
    expect((await resumed.readNext()).result).toMatchObject([{ id: "c" }]);
  });
});

describe("the whole container", () => {
  test("tells its changes, over all partitions", async () => {
    const { calls } = await callWith();
    const feed = calls.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Now() });
    await feed.readNext();
    const one = await callWith({ id: "a" });
    const other = await callWith({ id: "a" });
    const { result } = await feed.readNext();
    const both = [one, other].map(({ callId }) => expect.objectContaining({ id: "a", callId }));
    expect(result).toEqual(expect.arrayContaining(both));
  });
});

describe("who may do what", () => {
  test("nobody makes containers or databases with a data role", async () => {
    const containers = client().database("contract").containers;
    expect(await refusal(containers.create({ id: "more", partitionKey: "/id" }))).toMatchObject({ code: 403, substatus: 5300 });
    expect(await refusal(client().databases.create({ id: "more" }))).toMatchObject({ code: 403, substatus: 5300 });
  });

  test.skipIf(real)("a reader reads and does not write (skipped on a real account: needs another identity)", async () => {
    const { callId } = await callWith({ id: "a" });
    const calls = container("calls", identity("Cosmos DB Built-in Data Reader"));
    expect((await calls.item("a", callId).read()).statusCode).toBe(200);
    expect(await ask(calls, callId, "SELECT VALUE c.id FROM c")).toEqual(["a"]);
    expect(await refusal(calls.items.create({ id: "b", callId }))).toMatchObject({ code: 403, substatus: 5301 });
    expect(await refusal(calls.item("a", callId).delete())).toMatchObject({ code: 403 });
  });

  test.skipIf(real)("without a role nothing is read (skipped on a real account: needs another identity)", async () => {
    const { callId } = await callWith({ id: "a" });
    expect(await refusal(container("calls", identity()).item("a", callId).read())).toMatchObject({ code: 403, substatus: 5301 });
  });

  test.skipIf(real)("a role on one database ends there (skipped on a real account: needs another identity)", async () => {
    const { callId } = await callWith({ id: "a" });
    const role = "Cosmos DB Built-in Data Contributor";
    const elsewhere = container("calls", identity(role, `${accountId}/dbs/other`));
    expect(await refusal(elsewhere.item("a", callId).read())).toMatchObject({ code: 403 });
    const here = container("calls", identity(role, `${accountId}/dbs/contract`));
    expect((await here.item("a", callId).read()).statusCode).toBe(200);
  });

  test.skipIf(real)(
    "a token for another service is refused (skipped on a real account: needs a token to give away)",
    async () => {
      const { objectId } = world.identity();
      const token = await world.directory.token({ objectId, audience: "https://search.azure.com" });
      const credential: TokenCredential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
      expect(await refusal(container("calls", credential).item("a", "b").read())).toMatchObject({ code: 401 });
    },
  );

  test("no token, or a key, is refused", async () => {
    const headers = { "x-ms-version": "2020-07-15" };
    expect((await fetch(`${endpoint}/dbs/contract`, { headers })).status).toBe(401);
    const key = encodeURIComponent("type=master&ver=1.0&sig=AAAA");
    const withKey = await fetch(`${endpoint}/dbs/contract`, { headers: { ...headers, authorization: key } });
    expect(withKey.status).toBe(401);
    expect(await withKey.json()).toMatchObject({ code: "Unauthorized" });
  });

  test("an api version that does not exist is refused", async () => {
    const answer = await fetch(endpoint, { headers: { "x-ms-version": "1999-01-01" } });
    expect(answer.status).toBe(400);
  });
});

describe.skipIf(real)(
  "what only the laptop's account can show (skipped on a real account: needs its clock and its faults)",
  () => {
    test("a document goes when its time is over", async () => {
      const { callId, calls } = await callWith({ id: "brief", ttl: 60 }, { id: "lasting" });
      aheadMs += 61_000;
      expect((await calls.item("brief", callId).read()).statusCode).toBe(404);
      expect(await ask(calls, callId, "SELECT VALUE c.id FROM c")).toEqual(["lasting"]);
      expect((await calls.items.create({ id: "brief", callId })).statusCode).toBe(201);
    });

    test("a busy account says so, and the client tries again", async () => {
      const { callId, calls } = await callWith({ id: "a" });
      cosmos.throttle(2);
      expect((await calls.item("a", callId).read()).resource).toMatchObject({ id: "a" });
      cosmos.throttle(1);
      const impatient = new CosmosClient({
        endpoint,
        aadCredentials: writer,
        connectionPolicy: { retryOptions: { maxRetryAttemptCount: 0 }, enableBackgroundEndpointRefreshing: false },
      });
      const read = impatient.database("contract").container("calls").item("a", callId).read();
      expect(await refusal(read)).toMatchObject({ code: 429, substatus: 3200 });
    });

    test("what it cannot do it says, instead of guessing", async () => {
      const across = container().items.query("SELECT * FROM c").fetchAll();
      expect(await refusal(across)).toMatchObject({ code: 501, message: expect.stringContaining("across partitions") });
      const script = container().scripts.storedProcedure("any").execute("key");
      expect(await refusal(script)).toMatchObject({ code: 501 });
    });

    test("documents outlive the account's process, etags included", async () => {
      const before = openCosmos("kept");
      const first = await world.start(before);
      const open = (url: string) =>
        new CosmosClient({
          endpoint: url,
          aadCredentials: writer,
          connectionPolicy: { enableBackgroundEndpointRefreshing: false },
        })
          .database("contract")
          .container("calls");
      const { etag } = await open(first.url).items.create({ id: "a", callId: "1", turn: 1 });
      before.close();
      const second = await world.start(openCosmos("kept"));
      const { resource } = await open(second.url).item("a", "1").read();
      expect(resource).toMatchObject({ turn: 1, _etag: etag });
    });
  },
);
