import { ConfigurationStore } from "@pulumi/azure-native/appconfiguration/configurationStore.js";
import { KeyValue } from "@pulumi/azure-native/appconfiguration/keyValue.js";
import * as pulumi from "@pulumi/pulumi";
import type { Flags } from "../runtime/flags.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import type { Principal } from "./principal.ts";

export interface AppConfigurationArgs extends Place {
  /** Physical name, 5 to 50 characters, unique in Azure. */
  readonly storeName: string;
  readonly sku: string;
  /** Values the store starts with; a person may turn them there while calls run, until the next deployment says otherwise. */
  readonly flags: Flags;
  readonly publicAccess: boolean;
  readonly protect: boolean;
  /** Who writes the flags. */
  readonly deployer: Principal;
  readonly workspaceId: pulumi.Input<string>;
}

/** App Configuration: the flags that change how calls behave without a deployment. */
export class AppConfiguration extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly #flags: readonly pulumi.Resource[];

  constructor(name: string, args: AppConfigurationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:AppConfiguration", name, {}, opts);
    const store = createStore(name, args, this);
    this.id = store.id;
    this.endpoint = store.endpoint;
    this.#flags = createFlags(name, args, store, this.#ownerLink(), this);
    diagnostics(name, { resourceUri: store.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** Read the flags. */
  link(): Link<"APP_CONFIGURATION_ENDPOINT"> {
    return {
      name: "app-configuration",
      settings: { APP_CONFIGURATION_ENDPOINT: this.endpoint },
      grants: [{ plane: "azure", scope: this.id, role: "App Configuration Data Reader" }],
      after: this.#flags,
    };
  }

  #ownerLink(): Link<never> {
    return { name: "flags", settings: {}, grants: [{ plane: "azure", scope: this.id, role: "App Configuration Data Owner" }] };
  }
}

function createStore(name: string, args: AppConfigurationArgs, parent: pulumi.Resource): ConfigurationStore {
  return new ConfigurationStore(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      configStoreName: args.storeName,
      sku: { name: args.sku },
      identity: { type: "SystemAssigned" },
      disableLocalAuth: true,
      // Key values written through ARM otherwise use the store's keys, which do not exist (pulumi/pulumi-azure-native#4323).
      dataPlaneProxy: { authenticationMode: "Pass-through", privateLinkDelegation: args.publicAccess ? "Disabled" : "Enabled" },
      ...(args.protect ? { enablePurgeProtection: true, softDeleteRetentionInDays: 7 } : {}),
      publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
    },
    { parent },
  );
}

function createFlags(
  name: string,
  args: AppConfigurationArgs,
  store: ConfigurationStore,
  owner: Link,
  parent: pulumi.Resource,
): KeyValue[] {
  // Pass-through means that the deployer's own role writes the values.
  const dependsOn = args.deployer.grant(`${name}-deployer`, owner, { parent });
  return Object.entries(args.flags).map(
    ([flag, value]) =>
      new KeyValue(
        `${name}-${flag.replaceAll("_", "-")}`,
        {
          resourceGroupName: args.resourceGroupName,
          configStoreName: store.name,
          keyValueName: flag,
          value: String(value),
          contentType: "text/plain",
        },
        { parent, dependsOn },
      ),
  );
}
