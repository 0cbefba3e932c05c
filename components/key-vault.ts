import { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import * as pulumi from "@pulumi/pulumi";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import type { Principal } from "./principal.ts";

export interface KeyVaultArgs extends Place {
  /** Physical name, 3 to 24 characters, unique in Azure. */
  readonly vaultName: string;
  readonly tenantId: pulumi.Input<string>;
  readonly publicAccess: boolean;
  /** Nobody may end a deleted vault's retention early. It cannot be turned off again. */
  readonly protect: boolean;
  /** Who puts secrets there, by hand. */
  readonly deployer: Principal;
  readonly workspaceId: pulumi.Input<string>;
}

/** Days a deleted vault or secret can be brought back; until then its name is taken. Azure takes 7 to 90. */
const retentionDays = { protected: 90, ephemeral: 7 } as const;

/**
 * One customer's secrets of other companies' services (a telephone company's token, a webhook's signing secret). The graph makes the vault and
 * says who may read it; people put the secrets in, so that none is ever in a setting or in the state.
 */
export class KeyVault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: KeyVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:KeyVault", name, {}, opts);
    const vault = createVault(name, args, this);
    this.id = vault.id;
    this.endpoint = computed(vault.properties, vault.name, ({ vaultUri }) => vaultUri);
    args.deployer.grant(`${name}-deployer`, this.#writeLink(), { parent: this });
    diagnostics(name, { resourceUri: vault.id, workspaceId: args.workspaceId, logs: "audit", metrics: true }, this);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** Read secrets; list, set or delete none. */
  link(): Link<"KEY_VAULT_ENDPOINT"> {
    return {
      name: "vault",
      settings: { KEY_VAULT_ENDPOINT: this.endpoint },
      grants: [{ plane: "azure", scope: this.id, role: "Key Vault Secrets User" }],
    };
  }

  #writeLink(): Link<never> {
    return { name: "secrets", settings: {}, grants: [{ plane: "azure", scope: this.id, role: "Key Vault Secrets Officer" }] };
  }
}

function createVault(name: string, args: KeyVaultArgs, parent: pulumi.Resource): Vault {
  return new Vault(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      vaultName: args.vaultName,
      properties: {
        tenantId: args.tenantId,
        sku: { family: "A", name: "standard" },
        // Roles alone decide; access policies would be a second way in.
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: args.protect ? retentionDays.protected : retentionDays.ephemeral,
        // True or absent: Azure refuses false.
        ...(args.protect ? { enablePurgeProtection: true } : {}),
        publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
        networkAcls: { defaultAction: args.publicAccess ? "Allow" : "Deny", bypass: "None" },
      },
    },
    { parent, protect: args.protect, retainOnDelete: args.protect },
  );
}
