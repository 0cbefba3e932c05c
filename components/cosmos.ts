import { DatabaseAccount } from "@pulumi/azure-native/cosmosdb/databaseAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Place } from "./place.ts";

export interface CosmosArgs extends Place {
  /** Physical name, 3 to 44 characters, unique in Azure. */
  readonly accountName: string;
  /** `serverless` bills each request; `autoscale` reserves throughput for each container. Fixed for the life of the account. */
  readonly mode: "serverless" | "autoscale";
  /** Spread over the region's zones. */
  readonly zoneRedundant: boolean;
  readonly publicAccess: boolean;
  readonly protect: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** A Cosmos DB account for documents; each customer has a database of its own in it (cosmos-database.ts). */
export class Cosmos extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly accountName: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Input<string>;
  readonly mode: CosmosArgs["mode"];

  constructor(name: string, args: CosmosArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Cosmos", name, args, opts);
    const account = createAccount(name, args, this);
    diagnostics(name, { resourceUri: account.id, workspaceId: args.workspaceId, logs: "audit", metrics: true }, this);
    this.id = account.id;
    this.accountName = account.name;
    this.endpoint = account.documentEndpoint;
    this.resourceGroupName = args.resourceGroupName;
    this.mode = args.mode;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

function createAccount(name: string, args: CosmosArgs, parent: pulumi.Resource): DatabaseAccount {
  return new DatabaseAccount(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      accountName: args.accountName,
      kind: "GlobalDocumentDB",
      databaseAccountOfferType: "Standard",
      locations: [{ locationName: args.location, failoverPriority: 0, isZoneRedundant: args.zoneRedundant }],
      // A writer reads its own writes; what several writers must agree on goes through ETags.
      consistencyPolicy: { defaultConsistencyLevel: "Session" },
      capabilities: args.mode === "serverless" ? [{ name: "EnableServerless" }] : [],
      disableLocalAuth: true,
      disableKeyBasedMetadataWriteAccess: true,
      minimalTlsVersion: "Tls12",
      publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
      networkAclBypass: "None",
      backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
    },
    { parent, protect: args.protect, retainOnDelete: args.protect },
  );
}
