/** Several operations in one request: a transactional batch, all or nothing, or a bulk request, each for itself. */
import type { Container } from "./container.ts";
import { type Operation, type OperationType, type Outcome, operationTypes, perform } from "./operation.ts";
import { type PartitionKey, readPartitionKey, requireWhole } from "./partition-key.ts";
import { CosmosRefusal } from "./refusal.ts";
import type { Json } from "./sql/value.ts";

interface BatchOperation {
  readonly operationType: string;
  readonly id?: string;
  /** JSON text; of a bulk request only. */
  readonly partitionKey?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly resourceBody?: unknown;
}

interface OperationResult {
  readonly statusCode: number;
  readonly requestCharge: number;
  readonly subStatusCode?: number;
  readonly eTag?: string;
  readonly resourceBody?: Json;
  readonly message?: string;
}

/** Source: Cosmos DB docs, "transactional batch", limitations. */
const mostOperations = 100;
/** What each of the others gets when one of them failed. */
const notDone: OperationResult = { statusCode: 424, requestCharge: 0 };

export interface BatchAnswer {
  readonly status: 200 | 207;
  readonly results: readonly OperationResult[];
}

/** All operations on one partition, or none: after a failure the others are 424 and nothing was written. */
export function runBatch(container: Container, key: PartitionKey, body: unknown, nowMs: number): BatchAnswer {
  const operations = requireOperations(body);
  const results: OperationResult[] = [];
  try {
    container.transact(key, () => {
      for (const operation of operations) results.push(resultOf(perform(container, key, operation, nowMs)));
    });
    return { status: 200, results };
  } catch (error) {
    if (!(error instanceof CosmosRefusal)) throw error;
    const failed = results.length;
    return { status: 207, results: operations.map((_, index) => (index === failed ? failure(error) : notDone)) };
  }
}

/** Every operation on the partition it names; one that fails leaves the others alone. */
export function runBulk(container: Container, body: unknown, nowMs: number): BatchAnswer {
  const paths = container.settings.partitionKeyPaths;
  const operations = requireOperations(body);
  const results = operations.map((operation, index) => {
    try {
      const key = requireWhole(readPartitionKey((body as BatchOperation[])[index]?.partitionKey ?? "", paths), paths);
      return resultOf(container.transact(key, () => perform(container, key, operation, nowMs)));
    } catch (error) {
      if (error instanceof CosmosRefusal) return failure(error);
      throw error;
    }
  });
  return { status: results.some(({ statusCode }) => statusCode >= 400) ? 207 : 200, results };
}

function requireOperations(body: unknown): Operation[] {
  if (!Array.isArray(body) || body.length === 0) throw new CosmosRefusal(400, "A batch is an array of at least one operation.");
  if (body.length > mostOperations)
    throw new CosmosRefusal(
      400,
      `Batch request has more operations than what is supported: ${body.length}, at most ${mostOperations}.`,
    );
  return (body as BatchOperation[]).map(({ operationType, id, ifMatch, ifNoneMatch, resourceBody }) => {
    if (!operationTypes.includes(operationType as OperationType))
      throw new CosmosRefusal(400, `"${operationType}" is no operation; allowed are ${operationTypes.join(", ")}.`);
    return { type: operationType as OperationType, id, ifMatch, ifNoneMatch, body: resourceBody };
  });
}

function resultOf({ status, document }: Outcome): OperationResult {
  if (!document) return { statusCode: status, requestCharge: 1 };
  return { statusCode: status, requestCharge: 1, eTag: document._etag as string, resourceBody: document };
}

function failure({ status, substatus, message }: CosmosRefusal): OperationResult {
  return { statusCode: status, requestCharge: 1, message, ...(substatus ? { subStatusCode: substatus } : {}) };
}
