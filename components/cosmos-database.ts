import { SqlResourceSqlContainer } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlContainer.js";
import { SqlResourceSqlDatabase } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlDatabase.js";
import * as pulumi from "@pulumi/pulumi";
import { cosmosContainers } from "../runtime/settings.ts";
import type { Cosmos } from "./cosmos.ts";
import type { Link } from "./link.ts";

export interface CosmosDatabaseArgs {
  readonly account: Cosmos;
  /** Physical name, 1 to 255 characters, unique in the account. */
  readonly databaseName: string;
  /** Upper end of each container's autoscale, in request units a second, at least 1000; a serverless account ignores it. */
  readonly throughput: number;
  /** Documents are deleted this many days after their last change, unless they carry a `ttl` of their own. */
  readonly retentionDays: number;
  readonly protect: boolean;
}

/** One customer's database and the containers the runtime keeps its records in. */
export class CosmosDatabase extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  readonly #account: Cosmos;
  readonly #scope: pulumi.Output<string>;
  readonly #containers: readonly pulumi.Resource[];

  constructor(name: string, args: CosmosDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:CosmosDatabase", name, {}, opts);
    const database = createDatabase(name, args, this);
    this.#containers = createContainers(name, args, database, this);
    this.databaseName = database.name;
    this.#account = args.account;
    this.#scope = pulumi.interpolate`${args.account.id}/dbs/${database.name}`;
    this.registerOutputs({ databaseName: this.databaseName });
  }

  /** Read and write documents of this database; its containers are the graph's, no app can make one. */
  link(): Link<"COSMOS_ENDPOINT" | "COSMOS_DATABASE"> {
    const { resourceGroupName, accountName, id, endpoint } = this.#account;
    return {
      name: "cosmos",
      settings: { COSMOS_ENDPOINT: endpoint, COSMOS_DATABASE: this.databaseName },
      grants: [
        {
          plane: "cosmos",
          role: "Cosmos DB Built-in Data Contributor",
          scope: this.#scope,
          account: { resourceGroupName, name: accountName, id },
        },
      ],
      after: this.#containers,
    };
  }
}

function createDatabase(
  name: string,
  { account, databaseName, protect }: CosmosDatabaseArgs,
  parent: pulumi.Resource,
): SqlResourceSqlDatabase {
  return new SqlResourceSqlDatabase(
    name,
    {
      resourceGroupName: account.resourceGroupName,
      accountName: account.accountName,
      databaseName,
      resource: { id: databaseName },
    },
    { parent, protect, retainOnDelete: protect },
  );
}

const secondsPerDay = 86_400;

function createContainers(
  name: string,
  args: CosmosDatabaseArgs,
  database: SqlResourceSqlDatabase,
  parent: pulumi.Resource,
): SqlResourceSqlContainer[] {
  const { account, throughput, retentionDays, protect } = args;
  return Object.entries(cosmosContainers).map(
    ([containerName, { partitionKey, expiry }]) =>
      new SqlResourceSqlContainer(
        `${name}-${containerName}`,
        {
          resourceGroupName: account.resourceGroupName,
          accountName: account.accountName,
          databaseName: database.name,
          containerName,
          // A serverless account refuses any throughput.
          ...(account.mode === "autoscale" ? { options: { autoscaleSettings: { maxThroughput: throughput } } } : {}),
          resource: {
            id: containerName,
            partitionKey: { kind: "Hash", paths: [partitionKey], version: 2 },
            ...(expiry ? { defaultTtl: retentionDays * secondsPerDay } : {}),
          },
        },
        { parent, protect, retainOnDelete: protect },
      ),
  );
}
