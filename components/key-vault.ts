import { Key } from "@pulumi/azure-native/keyvault/key.js";
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
 * One customer's secrets of other companies' services (a telephone company's token, a webhook's signing secret), and the key that signs its
 * visitors' sessions. The graph makes the vault and says who may read it; people put the secrets in, so that none is ever in a setting or in the
 * state. The key is made in the vault and signs there.
 */
export class KeyVault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly #visitorKey: Key;

  constructor(name: string, args: KeyVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:KeyVault", name, {}, opts);
    const vault = createVault(name, args, this);
    this.id = vault.id;
    this.endpoint = computed(vault.properties, vault.name, ({ vaultUri }) => vaultUri);
    this.#visitorKey = createVisitorKey(name, args, vault, this);
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

  /** Sign visitors' sessions, and read the public half that verifies them; no other key. */
  visitorLink(): Link<"VISITOR_KEY"> {
    const { id, name } = this.#visitorKey;
    return {
      name: "visitor-key",
      settings: { VISITOR_KEY: name },
      grants: [{ plane: "azure", scope: id, role: "Key Vault Crypto User" }],
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

/**
 * Always there, so that opening the chat to visitors is a change of settings alone: a key costs nothing but its operations, and a dollar a
 * rotation (Azure pricing, Key Vault).
 */
function createVisitorKey(name: string, args: KeyVaultArgs, vault: Vault, parent: pulumi.Resource): Key {
  return new Key(
    `${name}-visitors`,
    {
      resourceGroupName: args.resourceGroupName,
      vaultName: vault.name,
      keyName: "chat-visitors",
      tags: args.tags,
      properties: {
        kty: "EC",
        curveName: "P-256",
        keyOps: ["sign", "verify"],
        // Older versions verify what they signed; without an expiry none ends before the last session it signed has.
        rotationPolicy: { lifetimeActions: [{ action: { type: "rotate" }, trigger: { timeAfterCreate: "P1Y" } }] },
      },
    },
    // Azure's control plane deletes no key: the provider would ask the vault itself, as the deployer, who may do nothing with keys there. A key
    // ends with its vault (pulumi-azure-native, custom_keyvault.go).
    { parent, retainOnDelete: true },
  );
}
