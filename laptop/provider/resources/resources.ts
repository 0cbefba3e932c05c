/** Every type of resource that something runs for, by its Pulumi token. */
import type { Realisation } from "../realisation.ts";
import { appResources } from "./apps.ts";
import { dataResources } from "./data.ts";
import { identityResources } from "./identity.ts";
import { keyVaultResources } from "./key-vault.ts";
import { scopedResources } from "./scoped.ts";
import { serviceResources } from "./services.ts";

export const resources: Readonly<Record<string, Realisation>> = {
  ...identityResources,
  ...dataResources,
  ...serviceResources,
  ...keyVaultResources,
  ...appResources,
  ...scopedResources,
};
