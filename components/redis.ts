import { Database } from "@pulumi/azure-native/redisenterprise/database.js";
import { RedisEnterprise } from "@pulumi/azure-native/redisenterprise/redisEnterprise.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import type { Principal } from "./principal.ts";

export interface RedisArgs extends Place {
  /** Physical name, 1 to 60 characters, unique in Azure. */
  readonly clusterName: string;
  /** Size, e.g. `Balanced_B0` (0.5 GB). */
  readonly sku: string;
  /** A second node that takes over; false loses what is cached when the node restarts. */
  readonly highAvailability: boolean;
  readonly publicAccess: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** Azure Managed Redis: what may be lost, and locks. Azure Cache for Redis, its predecessor, takes no new customers and retires in 2028. */
export class Redis extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly hostName: pulumi.Output<string>;
  readonly #clusterName: pulumi.Output<string>;
  readonly #database: Database;
  readonly #resourceGroupName: pulumi.Input<string>;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Redis", name, args, opts);
    const cluster = createCluster(name, args, this);
    this.#database = createDatabase(name, args, cluster, this);
    // The cluster's metrics hang on itself, its logs on the database.
    diagnostics(name, { resourceUri: this.#database.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: false }, this);
    this.id = cluster.id;
    this.hostName = cluster.hostName;
    this.#clusterName = cluster.name;
    this.#resourceGroupName = args.resourceGroupName;
    this.registerOutputs({ hostName: this.hostName });
  }

  /** Use the database as `principal`, whose object id is the user name and whose Entra token the password. */
  link(principal: Principal): Link<"REDIS_HOST" | "REDIS_USERNAME"> {
    const { id, port, name } = this.#database;
    return {
      name: "redis",
      settings: {
        REDIS_HOST: pulumi.interpolate`${this.hostName}:${port.apply((known) => known ?? defaultPort)}`,
        REDIS_USERNAME: principal.id,
      },
      grants: [
        {
          plane: "redis",
          role: "Redis Data Owner",
          scope: id,
          database: { resourceGroupName: this.#resourceGroupName, clusterName: this.#clusterName, name },
        },
      ],
    };
  }
}

/** Azure Managed Redis always listens here, with TLS. */
const defaultPort = 10_000;

function createCluster(name: string, args: RedisArgs, parent: pulumi.Resource): RedisEnterprise {
  return new RedisEnterprise(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      clusterName: args.clusterName,
      sku: { name: args.sku },
      highAvailability: args.highAvailability ? "Enabled" : "Disabled",
      minimumTlsVersion: "1.2",
      publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
    },
    { parent },
  );
}

function createDatabase(
  name: string,
  { resourceGroupName }: RedisArgs,
  cluster: RedisEnterprise,
  parent: pulumi.Resource,
): Database {
  return new Database(
    `${name}-database`,
    {
      resourceGroupName,
      clusterName: cluster.name,
      // The service accepts no other name.
      databaseName: "default",
      clientProtocol: "Encrypted",
      port: defaultPort,
      // One keyspace for plain clients; a clustered one would need clients that follow redirections. It can only change away from this.
      clusteringPolicy: "NoCluster",
      evictionPolicy: "VolatileLRU",
      accessKeysAuthentication: "Disabled",
    },
    { parent },
  );
}
