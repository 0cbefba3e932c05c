import { Service } from "@pulumi/azure-native/search/service.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

export interface SearchArgs extends Place {
  /** Physical name, 2 to 60 characters, unique in Azure. */
  readonly serviceName: string;
  readonly sku: string;
  /** Two answer queries within the service's promise, three also take writes within it. */
  readonly replicas: number;
  readonly publicAccess: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** AI Search: what the assistant may quote. Each customer has an index of its own. */
export class Search extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly #indexIds = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: SearchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Search", name, args, opts);
    const service = createService(name, args, this);
    diagnostics(name, { resourceUri: service.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.id = service.id;
    this.endpoint = service.endpoint.apply((endpoint) => endpoint ?? "");
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** Read one index (roles can be narrowed to an index: Azure docs, "search-security-rbac"). */
  link(indexName: string): Link<"SEARCH_ENDPOINT" | "SEARCH_INDEX"> {
    const indexId = this.#indexIds.get(indexName) ?? pulumi.interpolate`${this.id}/indexes/${indexName}`;
    this.#indexIds.set(indexName, indexId);
    return {
      name: "search",
      settings: { SEARCH_ENDPOINT: this.endpoint, SEARCH_INDEX: indexName },
      grants: [{ plane: "azure", scope: indexId, role: "Search Index Data Reader" }],
    };
  }

  /** Define indexes and fill them; for whoever deploys, since an index is no resource of Azure's control plane. */
  ingestLink(): Link<never> {
    return {
      name: "search",
      settings: {},
      grants: [
        { plane: "azure", scope: this.id, role: "Search Service Contributor" },
        { plane: "azure", scope: this.id, role: "Search Index Data Contributor" },
      ],
    };
  }
}

function createService(name: string, args: SearchArgs, parent: pulumi.Resource): Service {
  return new Service(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      searchServiceName: args.serviceName,
      sku: { name: args.sku as "basic" },
      replicaCount: args.replicas,
      partitionCount: 1,
      hostingMode: "Default",
      // `authOptions` must be absent beside it (azure-native, search.ServiceArgs).
      disableLocalAuth: true,
      // The free tier has no identity.
      ...(args.sku === "free" ? {} : { identity: { type: "SystemAssigned" } }),
      publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
    },
    { parent },
  );
}
