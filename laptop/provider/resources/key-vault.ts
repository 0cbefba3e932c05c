/** Where people put the secrets of other companies' services. */
import { createKeyVault, type KeyVaultStandIn } from "../../key-vault/key-vault.ts";
import { armId, text } from "../arm.ts";
import type { Realisation } from "../realisation.ts";

const vault: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.KeyVault/vaults/{vaultName}");
    const name = text(inputs, "vaultName");
    const properties = (inputs.properties ?? {}) as { readonly enableRbacAuthorization?: boolean };
    if (properties.enableRbacAuthorization !== true)
      throw new Error("a vault here grants by roles; give its properties enableRbacAuthorization: true.");
    const standIn = laptop.keep(
      id,
      createKeyVault({
        access: laptop.directory,
        vaultId: id,
        authority: `${laptop.directory.origin}/${laptop.directory.tenantId}`,
        clock: laptop.clock,
        folder: laptop.folder("data", "key-vault", name),
      }),
    );
    const { host } = await laptop.listen(id, standIn);
    laptop.running.push({ id, service: "Key Vault", name, address: `https://${host}/` });
    return { id, outputs: { properties: { ...properties, vaultUri: `https://${host}/` } } };
  },
};

interface KeyProperties {
  readonly kty: string;
  readonly curveName?: string;
  readonly keyOps?: readonly string[];
}

/** A key that the vault makes once and keeps: made again, it is the one that is there, as Azure's control plane has it. */
const key: Realisation = {
  create(inputs, laptop) {
    const vaultId = armId(inputs, "Microsoft.KeyVault/vaults/{vaultName}");
    const name = text(inputs, "keyName");
    const { kty, curveName, keyOps } = inputs.properties as KeyProperties;
    laptop.find<KeyVaultStandIn>(vaultId).createKey({ name, kty, curve: curveName, operations: keyOps });
    return { id: `${vaultId}/keys/${name}`, outputs: {} };
  },
};

export const keyVaultResources: Readonly<Record<string, Realisation>> = {
  "azure-native:keyvault:Vault": vault,
  "azure-native:keyvault:Key": key,
};
