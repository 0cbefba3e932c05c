/** Where data lies: storage, Cosmos DB, Redis, AI Search, App Configuration. */
import { type AppConfigurationStandIn, createAppConfiguration } from "../../app-configuration/app-configuration.ts";
import { type CosmosStandIn, createCosmos } from "../../cosmos/cosmos.ts";
import { createRedis } from "../../redis/redis.ts";
import { createSearch } from "../../search/search.ts";
import { createStorage, type StorageStandIn } from "../../storage/storage.ts";
import { armId, groupId, type Inputs, text } from "../arm.ts";
import type { Laptop } from "../laptop.ts";
import type { Realisation } from "../realisation.ts";
import { roleOf } from "./identity.ts";

/** A storage account as other resources find it: the stand-in and where it listens. */
export interface KeptStorage {
  readonly standIn: StorageStandIn;
  readonly endpoints: { readonly blob: string; readonly queue: string; readonly table: string };
}

const accountTemplate = "Microsoft.Storage/storageAccounts/{accountName}";

const storageAccount: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, accountTemplate);
    const accountName = text(inputs, "accountName");
    const standIn = await createStorage({
      access: laptop.directory,
      accountId: id,
      accountName,
      folder: laptop.folder("data", "storage", accountName),
      clock: laptop.clock,
    });
    laptop.atEndOf(id, () => standIn.close());
    const { blob, queue, table } = standIn.services;
    const listening = await Promise.all([blob, queue, table].map((service) => laptop.listen(id, service)));
    const [blobUrl = "", queueUrl = "", tableUrl = ""] = listening.map(({ host }) => `https://${host}/${accountName}/`);
    const endpoints = { blob: blobUrl, queue: queueUrl, table: tableUrl };
    laptop.keep<KeptStorage>(id, { standIn, endpoints });
    laptop.running.push({ id, service: "Storage (Azurite)", name: accountName, address: blobUrl });
    return { id, outputs: { primaryEndpoints: endpoints } };
  },
};

const storageOf = (inputs: Inputs, laptop: Laptop): StorageStandIn =>
  laptop.find<KeptStorage>(armId(inputs, accountTemplate)).standIn;

const queue: Realisation = {
  async create(inputs, laptop) {
    await storageOf(inputs, laptop).createQueue(text(inputs, "queueName"));
    return { id: armId(inputs, `${accountTemplate}/queueServices/default/queues/{queueName}`), outputs: {} };
  },
};

const blobContainer: Realisation = {
  async create(inputs, laptop) {
    await storageOf(inputs, laptop).createContainer(text(inputs, "containerName"));
    return { id: armId(inputs, `${accountTemplate}/blobServices/default/containers/{containerName}`), outputs: {} };
  },
};

const cosmosTemplate = "Microsoft.DocumentDB/databaseAccounts/{accountName}";

const cosmosAccount: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, cosmosTemplate);
    const name = text(inputs, "accountName");
    const standIn = createCosmos({
      access: laptop.directory,
      accountId: id,
      clock: laptop.clock,
      folder: laptop.folder("data", "cosmos", name),
    });
    laptop.keep(id, standIn);
    const { host } = await laptop.listen(id, standIn);
    laptop.running.push({ id, service: "Cosmos DB", name, address: `https://${host}/` });
    return { id, outputs: { documentEndpoint: `https://${host}/` } };
  },
};

const cosmosOf = (inputs: Inputs, laptop: Laptop): CosmosStandIn => laptop.find<CosmosStandIn>(armId(inputs, cosmosTemplate));

const cosmosDatabase: Realisation = {
  create(inputs, laptop) {
    cosmosOf(inputs, laptop).createDatabase(text(inputs, "databaseName"));
    return { id: armId(inputs, `${cosmosTemplate}/sqlDatabases/{databaseName}`), outputs: {} };
  },
};

interface ContainerResource {
  readonly partitionKey: { readonly paths: string[] };
  readonly defaultTtl?: number;
}

const cosmosContainer: Realisation = {
  create(inputs, laptop) {
    const { partitionKey, defaultTtl } = inputs.resource as ContainerResource;
    cosmosOf(inputs, laptop).createContainer(text(inputs, "databaseName"), {
      name: text(inputs, "containerName"),
      partitionKeyPaths: partitionKey.paths,
      ...(defaultTtl === undefined ? {} : { defaultTtlSeconds: defaultTtl }),
    });
    return { id: armId(inputs, `${cosmosTemplate}/sqlDatabases/{databaseName}/containers/{containerName}`), outputs: {} };
  },
  delete(_id, inputs, laptop) {
    cosmosOf(inputs, laptop).removeContainer(text(inputs, "databaseName"), text(inputs, "containerName"));
  },
};

/** Cosmos DB keeps its data roles in the account; below it, scopes are written `<account>/dbs/<database>/colls/<container>`. */
const cosmosRole: Realisation = {
  create(inputs, { directory }) {
    directory.assign({
      objectId: text(inputs, "principalId"),
      role: roleOf(text(inputs, "roleDefinitionId")),
      scope: text(inputs, "scope"),
    });
    return { id: armId(inputs, `${cosmosTemplate}/sqlRoleAssignments/{roleAssignmentId}`), outputs: {} };
  },
  delete(_id, inputs, { directory }) {
    directory.unassign({
      objectId: text(inputs, "principalId"),
      role: roleOf(text(inputs, "roleDefinitionId")),
      scope: text(inputs, "scope"),
    });
  },
};

const redisTemplate = "Microsoft.Cache/redisEnterprise/{clusterName}";

const redisCluster: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, redisTemplate);
    const standIn = await createRedis({
      access: laptop.directory,
      clusterId: id,
      clock: laptop.clock,
      ...(process.env.REDIS_URL ? { redisUrl: process.env.REDIS_URL } : {}),
    });
    const listening = await standIn.listen(laptop.authority.server);
    laptop.atEndOf(id, async () => {
      await listening.close();
      await standIn.close();
    });
    laptop.keep(id, listening);
    laptop.running.push({
      id,
      service: "Managed Redis",
      name: text(inputs, "clusterName"),
      address: `rediss://localhost:${listening.port}`,
    });
    return { id, outputs: { hostName: "localhost" } };
  },
};

const redisDatabase: Realisation = {
  create(inputs, laptop) {
    // Azure gives every database port 10000; here two laptops share a machine.
    const { port } = laptop.find<{ port: number }>(armId(inputs, redisTemplate));
    return { id: armId(inputs, `${redisTemplate}/databases/{databaseName}`), outputs: { port } };
  },
};

const redisAccess: Realisation = {
  create(inputs, { directory }) {
    const database = armId(inputs, `${redisTemplate}/databases/{databaseName}`);
    directory.assign({ objectId: userOf(inputs), role: "Redis Data Owner", scope: database });
    return { id: `${database}/accessPolicyAssignments/${text(inputs, "accessPolicyAssignmentName")}`, outputs: {} };
  },
  delete(_id, inputs, { directory }) {
    directory.unassign({
      objectId: userOf(inputs),
      role: "Redis Data Owner",
      scope: armId(inputs, `${redisTemplate}/databases/{databaseName}`),
    });
  },
};

function userOf(inputs: Inputs): string {
  return text((inputs.user ?? {}) as Inputs, "objectId");
}

const search: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.Search/searchServices/{searchServiceName}");
    const name = text(inputs, "searchServiceName");
    const standIn = createSearch({
      access: laptop.directory,
      serviceId: id,
      clock: laptop.clock,
      folder: laptop.folder("data", "search", name),
    });
    const { host } = await laptop.listen(id, standIn);
    laptop.running.push({ id, service: "AI Search", name, address: `https://${host}/` });
    return { id, outputs: { endpoint: `https://${host}/` } };
  },
};

const configurationTemplate = "Microsoft.AppConfiguration/configurationStores/{configStoreName}";

const configurationStore: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, configurationTemplate);
    const standIn = createAppConfiguration({ access: laptop.directory, storeId: id, clock: laptop.clock });
    laptop.keep(id, standIn);
    const { host } = await laptop.listen(id, standIn);
    laptop.running.push({ id, service: "App Configuration", name: text(inputs, "configStoreName"), address: `https://${host}` });
    return { id, outputs: { endpoint: `https://${host}` } };
  },
};

/** ARM writes a slash in a key as `~2F` and the label after a dollar sign. */
function keyAndLabel(keyValueName: string): { key: string; label?: string } {
  const [key = "", label] = keyValueName.replaceAll("~2F", "/").split("$");
  return label === undefined ? { key } : { key, label };
}

const keyValue: Realisation = {
  create(inputs, laptop) {
    const { contentType } = inputs as { contentType?: string };
    const store = laptop.find<AppConfigurationStandIn>(armId(inputs, configurationTemplate));
    store.set({
      ...keyAndLabel(text(inputs, "keyValueName")),
      value: text(inputs, "value"),
      ...(contentType ? { contentType } : {}),
    });
    return {
      id: `${groupId(text(inputs, "resourceGroupName"))}/providers/Microsoft.AppConfiguration/configurationStores/${text(inputs, "configStoreName")}/keyValues/${text(inputs, "keyValueName")}`,
      outputs: {},
    };
  },
  update(id, inputs, laptop) {
    const { key, label } = keyAndLabel(text(inputs, "keyValueName"));
    laptop
      .find<AppConfigurationStandIn>(armId(inputs, configurationTemplate))
      .set({ key, ...(label ? { label } : {}), value: text(inputs, "value") });
    return { id, outputs: {} };
  },
};

export const dataResources: Readonly<Record<string, Realisation>> = {
  "azure-native:storage:StorageAccount": storageAccount,
  "azure-native:storage:Queue": queue,
  "azure-native:storage:BlobContainer": blobContainer,
  "azure-native:cosmosdb:DatabaseAccount": cosmosAccount,
  "azure-native:cosmosdb:SqlResourceSqlDatabase": cosmosDatabase,
  "azure-native:cosmosdb:SqlResourceSqlContainer": cosmosContainer,
  "azure-native:cosmosdb:SqlResourceSqlRoleAssignment": cosmosRole,
  "azure-native:redisenterprise:RedisEnterprise": redisCluster,
  "azure-native:redisenterprise:Database": redisDatabase,
  "azure-native:redisenterprise:AccessPolicyAssignment": redisAccess,
  "azure-native:search:Service": search,
  "azure-native:appconfiguration:ConfigurationStore": configurationStore,
  "azure-native:appconfiguration:KeyValue": keyValue,
};
