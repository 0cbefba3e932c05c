/** Cosmos DB's REST protocol: which request is which operation. */
import type { Clock } from "../clock.ts";
import type { Account } from "./account.ts";
import { answer, containerAnswer, documentAnswer, feed, pageAnswer, refusalAnswer } from "./answer.ts";
import { runBatch, runBulk } from "./batch.ts";
import type { Container } from "./container.ts";
import { changesPage, queryPage, requireQuery } from "./feed.ts";
import { type Operation, type OperationType, perform } from "./operation.ts";
import { type PartitionKey, partitionKeyOf, readPartitionKey, requireWhole } from "./partition-key.ts";
import type { Permission } from "./permission.ts";
import { CosmosRefusal, notOnTheLaptop } from "./refusal.ts";
import { parse } from "./sql/parser.ts";
import type { Json } from "./sql/value.ts";

/** Versions of the REST protocol that the service still answers. Source: Cosmos DB docs, "REST API reference", supported versions. */
const versions = ["2018-12-31", "2020-07-15", "2020-11-05"];

export interface Surroundings {
  readonly account: Account;
  readonly permission: Permission;
  readonly clock: Clock;
  /** Whether the next request on documents is one too many. */
  readonly throttled: () => boolean;
}

export async function respond(request: Request, around: Surroundings): Promise<Response> {
  try {
    requireVersion(request.headers);
    const path = new URL(request.url).pathname.split("/").filter(Boolean).map(decodeURIComponent);
    return await route(request, path, around);
  } catch (error) {
    if (error instanceof CosmosRefusal) return refusalAnswer(error);
    if (error instanceof SyntaxError) return refusalAnswer(new CosmosRefusal(400, "The request's body is not JSON."));
    if (error instanceof URIError) return refusalAnswer(new CosmosRefusal(400, "The address holds a % that encodes nothing."));
    throw error;
  }
}

function requireVersion(headers: Headers): void {
  const version = headers.get("x-ms-version");
  if (version !== null && versions.includes(version)) return;
  throw new CosmosRefusal(
    400,
    `Invalid API version. Ensure a valid x-ms-version header value is passed; "${version ?? ""}" was given, known are ${versions.join(", ")}.`,
  );
}

async function route(request: Request, path: readonly string[], around: Surroundings): Promise<Response> {
  const { method, headers } = request;
  const [databases, database = "", containers, name = "", kind, id] = path;
  if (databases === undefined) return describeAccount(request, around);
  if (databases !== "dbs" || (containers !== undefined && containers !== "colls")) return managementOnly(request, path, around);
  const resource = path.slice(0, 4).join("/");
  if (kind === undefined) {
    if (method !== "GET" || path.length % 2 === 1) return managementOnly(request, path, around);
    await around.permission.may(headers, "read", resource);
    return containers ? describeContainer(around.account.container(database, name)) : describeDatabase(around.account, database);
  }
  if (kind === "pkranges" && method === "GET") {
    await around.permission.may(headers, "read", resource);
    return describeRanges(around.account.container(database, name));
  }
  if (kind !== "docs") return managementOnly(request, path, around);
  const task = documentTask(request, id);
  await around.permission.may(headers, isReading(task) ? "read" : "write", resource);
  if (around.throttled()) throw new CosmosRefusal(429, tooManyRequests, 3200);
  const container = around.account.container(database, name);
  return runTask(task, container, request, id, around);
}

const tooManyRequests =
  'Message: {"Errors":["Request rate is large. More Request Units may be needed, so no changes were made. ' +
  'Please retry this request later. Learn more: http://aka.ms/cosmosdb-error-429"]}';

type Task = OperationType | "Batch" | "Query" | "QueryPlan" | "Feed";

const readingTasks: readonly Task[] = ["Read", "Query", "QueryPlan", "Feed"];
const isReading = (task: Task) => readingTasks.includes(task);

function documentTask({ method, headers }: Request, id: string | undefined): Task {
  const says = (header: string) => headers.get(header)?.toLowerCase() === "true";
  if (id !== undefined) {
    const task = ({ GET: "Read", PUT: "Replace", PATCH: "Patch", DELETE: "Delete" } as const)[method];
    if (task) return task;
  } else if (method === "GET") return "Feed";
  else if (method === "POST") {
    if (says("x-ms-cosmos-is-query-plan-request")) return "QueryPlan";
    if (says("x-ms-documentdb-isquery") || headers.get("content-type")?.startsWith("application/query+json")) return "Query";
    if (says("x-ms-cosmos-is-batch-request")) return "Batch";
    return says("x-ms-documentdb-is-upsert") ? "Upsert" : "Create";
  }
  throw new CosmosRefusal(405, `${method} is not a verb for this address.`);
}

async function runTask(task: Task, container: Container, request: Request, id: string | undefined, around: Surroundings) {
  const { headers } = request;
  const nowMs = around.clock.nowMs();
  const paths = container.settings.partitionKeyPaths;
  const header = headers.get("x-ms-documentdb-partitionkey");
  const key = header === null ? undefined : readPartitionKey(header, paths);
  const text = await request.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  if (task === "QueryPlan") return refuseQueryPlan(body);
  if (task === "Query") return pageAnswer(container, queryPage(container, requireOnePartition(key), body, headers, nowMs));
  if (task === "Feed") return changes(container, key, headers);
  if (task === "Batch") {
    const atomic = headers.get("x-ms-cosmos-batch-atomic")?.toLowerCase() === "true";
    const done = atomic ? runBatch(container, requireWhole(key ?? [], paths), body, nowMs) : runBulk(container, body, nowMs);
    return containerAnswer(container, done.status, done.results);
  }
  const whole = requireWhole(key ?? (id === undefined ? partitionKeyOf(body as Json, paths) : []), paths);
  const operation: Operation = {
    type: task,
    id,
    body,
    ifMatch: headers.get("if-match"),
    ifNoneMatch: headers.get("if-none-match"),
  };
  const { status, document } = container.transact(whole, () => perform(container, whole, operation, nowMs));
  return documentAnswer(container, status, document);
}

function requireOnePartition(key: PartitionKey | undefined): PartitionKey {
  if (key) return key;
  throw notOnTheLaptop(
    "a query across partitions, which on Azure reads every one of them",
    "Give the query a partitionKey, or keep what is asked for under a key of its own.",
  );
}

/** Plans serve queries across partitions only; a client that has a partition key asks for one and never looks at it. */
function refuseQueryPlan(body: unknown): never {
  parse(requireQuery(body).text);
  throw notOnTheLaptop("a plan for a query across partitions", "Give the query a partitionKey.");
}

function changes(container: Container, key: PartitionKey | undefined, headers: Headers): Response {
  const start = headers.get("x-ms-start-epk");
  if (start !== null && (start !== "" || headers.get("x-ms-end-epk") !== "FF"))
    throw notOnTheLaptop(
      "the change feed of a part of the key range",
      "Read the feed of one partition key or of the whole container.",
    );
  const { rows, etag } = changesPage(container, key ?? [], headers);
  if (rows.length === 0) return containerAnswer(container, 304, undefined, { etag });
  return containerAnswer(container, 200, feed(container.rid, "Documents", rows), {
    etag,
    "x-ms-item-count": String(rows.length),
  });
}

/** Accounts, databases and containers are the graph's to make: no data role allows it. */
async function managementOnly(
  { method, headers }: Request,
  path: readonly string[],
  { permission }: Surroundings,
): Promise<Response> {
  await permission.caller(headers);
  const given = `${method} /${path.join("/")}`;
  if (path.length <= 4 && (method === "GET" || path[0] !== "dbs"))
    throw notOnTheLaptop(given, "Ask for a database or container by its name.");
  if (path.length > 4) throw notOnTheLaptop(given, "It serves documents, queries, batches and the change feed.");
  throw new CosmosRefusal(
    403,
    `The given request [${given}] cannot be authorized by AAD token in data plane. Learn more: https://aka.ms/cosmos-native-rbac.`,
    5300,
  );
}

async function describeAccount({ headers }: Request, { permission }: Surroundings): Promise<Response> {
  await permission.caller(headers);
  const location = { name: "Laptop", databaseAccountEndpoint: `https://${headers.get("host")}/` };
  return answer(200, {
    id: "laptop",
    _rid: headers.get("host"),
    _self: "",
    _dbs: "//dbs/",
    media: "//media/",
    addresses: "//addresses/",
    writableLocations: [location],
    readableLocations: [location],
    enableMultipleWriteLocations: false,
    userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
    queryEngineConfiguration: "{}",
  });
}

function describeDatabase(account: Account, id: string): Response {
  account.database(id);
  return answer(200, { id, _rid: Buffer.from(id).toString("base64"), _self: `dbs/${id}/`, _colls: "colls/", _users: "users/" });
}

function describeContainer(container: Container): Response {
  const { name, partitionKeyPaths, defaultTtlSeconds, uniqueKeys = [], compositeIndexes = [] } = container.settings;
  const kind = partitionKeyPaths.length > 1 ? "MultiHash" : "Hash";
  return containerAnswer(container, 200, {
    id: name,
    partitionKey: { paths: partitionKeyPaths, kind, version: 2 },
    indexingPolicy: { indexingMode: "consistent", automatic: true, compositeIndexes },
    uniqueKeyPolicy: { uniqueKeys: uniqueKeys.map((paths) => ({ paths })) },
    ...(defaultTtlSeconds === undefined ? {} : { defaultTtl: defaultTtlSeconds }),
    _rid: container.rid,
    _self: `dbs/${container.database}/colls/${container.rid}/`,
  });
}

/** One physical partition holds the whole range of hashed keys. */
function describeRanges(container: Container): Response {
  const range = { id: "0", _rid: container.rid, minInclusive: "", maxExclusive: "FF", status: "online", parents: [] };
  return containerAnswer(container, 200, feed(container.rid, "PartitionKeyRanges", [range]), { etag: '"1"' });
}
