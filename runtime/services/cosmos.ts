/** Cosmos DB behind the `Documents` seam: single-partition point reads and queries only, signed in as the app's identity. */
import {
  CosmosClient,
  type Container as CosmosContainer,
  ErrorResponse,
  type ItemDefinition,
  type JSONObject,
  type OperationInput,
} from "@azure/cosmos";
import type { TokenCredential } from "@azure/identity";
import { type Document, type Documents, UnknownContinuation } from "./documents.ts";

/** Opens the app's own database; nothing is sent before the first question. */
export function openDocuments(
  settings: { COSMOS_ENDPOINT: string; COSMOS_DATABASE: string },
  credential: TokenCredential,
): Documents {
  const client = new CosmosClient({ endpoint: settings.COSMOS_ENDPOINT, aadCredentials: credential });
  const database = client.database(settings.COSMOS_DATABASE);
  const container = (name: string): CosmosContainer => database.container(name);

  return {
    async read(name, partition, id) {
      const { resource, etag, statusCode } = await container(name).item(id, partition).read<ItemDefinition>();
      if (statusCode === 404 || !resource) return undefined;
      return { document: resource as unknown as Document, etag: etag ?? String(resource._etag) };
    },
    create: (name, _partition, document) => unless(409, container(name).items.create({ ...document })),
    async createCounted(name, partition, document, { id, property, amount }) {
      const operations: OperationInput[] = [
        { operationType: "Create", resourceBody: { ...document } as JSONObject },
        {
          operationType: "Patch",
          id,
          resourceBody: { operations: [{ op: "incr", path: `/${property}`, value: amount }] },
        },
      ];
      const { result = [] } = await container(name).items.batch(operations, partition);
      const [created, added] = result.map(({ statusCode }) => statusCode);
      if (created === 409) return "there already";
      if (added === 404) return "nothing to add to";
      // Of operations that fail together, the others answer 424.
      const failed = [created, added].find((status) => status !== 424 && (status === undefined || status >= 300));
      if (result.length > 0 && failed === undefined) return "created";
      throw Object.assign(new Error("The database did not write two documents together."), { statusCode: failed });
    },
    replace: (name, partition, document, etag) =>
      unless(
        412,
        container(name)
          .item(document.id, partition)
          .replace({ ...document }, { accessCondition: { type: "IfMatch", condition: etag } }),
      ),
    remove: (name, partition, id) => unless(404, container(name).item(id, partition).delete()),
    async page(name, partition, { limit, newestBy, continuation }) {
      const query = newestBy ? `SELECT * FROM c ORDER BY c.${newestBy} DESC` : "SELECT * FROM c";
      const { resources, continuationToken } = await container(name)
        .items.query<Document>(query, {
          partitionKey: partition,
          maxItemCount: limit,
          ...(continuation ? { continuationToken: continuation } : {}),
        })
        .fetchNext()
        .catch((error: unknown) => {
          if (continuation && error instanceof ErrorResponse && Number(error.code) === 400) throw new UnknownContinuation();
          throw error;
        });
      return { documents: resources ?? [], ...(continuationToken ? { continuation: continuationToken } : {}) };
    },
  };
}

/** True when it was done, false when the service answered `status`; any other failure is thrown. */
async function unless(status: number, request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof ErrorResponse && Number(error.code) === status) return false;
    throw error;
  }
}
