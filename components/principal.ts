import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { SqlResourceSqlRoleAssignment } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlRoleAssignment.js";
import { AccessPolicyAssignment } from "@pulumi/azure-native/redisenterprise/accessPolicyAssignment.js";
import * as pulumi from "@pulumi/pulumi";
import type { AzureGrant, CosmosGrant, Grant, Link, RedisGrant } from "./link.ts";
import { azureRoles, cosmosRoles, redisRoles } from "./roles.ts";
import { stableId } from "./stable-id.ts";

export interface PrincipalArgs {
  /** Object id in the directory. */
  readonly principalId: pulumi.Input<string>;
  /** `deployer` is whoever runs the program, a person or a pipeline; every other principal is a managed identity. */
  readonly kind: "identity" | "deployer";
}

/** Someone roles are assigned to. The only place in the graph that assigns any, and each at most once: Azure refuses a second. */
export class Principal {
  readonly id: pulumi.Output<string>;
  readonly #kind: PrincipalArgs["kind"];
  readonly #held = new Map<pulumi.Output<string>, Map<string, pulumi.Resource>>();

  constructor(args: PrincipalArgs) {
    this.id = pulumi.output(args.principalId);
    this.#kind = args.kind;
  }

  /** Assigns the roles of `link`, named `<host>-<link>-<role>`; the resources returned are what an app that uses the link waits for. */
  grant(host: string, link: Link, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
    return link.grants.map((grant) => {
      const roles = this.#held.get(grant.scope) ?? new Map<string, pulumi.Resource>();
      this.#held.set(grant.scope, roles);
      const held = roles.get(grant.role) ?? this.#assign(`${host}-${link.name}-${slug(grant.role)}`, grant, opts);
      roles.set(grant.role, held);
      return held;
    });
  }

  #assign(name: string, grant: Grant, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    if (grant.plane === "cosmos") return this.#assignCosmos(name, grant, opts);
    if (grant.plane === "redis") return this.#assignRedis(name, grant, opts);
    return this.#assignAzure(name, grant, opts);
  }

  #assignAzure(name: string, grant: AzureGrant, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    // `/subscriptions/<id>` of the scope itself: role definitions are listed under each subscription.
    const subscription = grant.scope.apply((scope) => scope.split("/").slice(0, 3).join("/"));
    return new RoleAssignment(
      name,
      {
        scope: grant.scope,
        principalId: this.id,
        // A new identity takes minutes to reach every directory replica; naming its type spares the look-up that would fail
        // (PrincipalNotFound). A deployer exists already and may be a person, so Azure finds out by itself.
        ...(this.#kind === "identity" ? { principalType: "ServicePrincipal" } : {}),
        roleDefinitionId: pulumi.interpolate`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles[grant.role]}`,
      },
      opts,
    );
  }

  #assignCosmos(name: string, grant: CosmosGrant, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    return new SqlResourceSqlRoleAssignment(
      name,
      {
        resourceGroupName: grant.account.resourceGroupName,
        accountName: grant.account.name,
        principalId: this.id,
        // Cosmos wants a GUID chosen by the caller, and a changed one means another assignment.
        roleAssignmentId: stableId(name),
        roleDefinitionId: pulumi.interpolate`${grant.account.id}/sqlRoleDefinitions/${cosmosRoles[grant.role]}`,
        scope: grant.scope,
      },
      opts,
    );
  }

  #assignRedis(name: string, grant: RedisGrant, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    return new AccessPolicyAssignment(
      name,
      {
        resourceGroupName: grant.database.resourceGroupName,
        clusterName: grant.database.clusterName,
        databaseName: grant.database.name,
        // Letters and digits only, at most 60 (Azure/azure-cli#33568).
        accessPolicyAssignmentName: stableId(name).replaceAll("-", ""),
        accessPolicyName: redisRoles[grant.role],
        user: { objectId: this.id },
      },
      opts,
    );
  }
}

const slug = (role: string): string => role.toLowerCase().replace(/[^a-z0-9]+/g, "-");
