import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Place } from "./place.ts";

export interface ContainerEnvironmentArgs extends Place {
  /** Physical name, 1 to 60 characters. */
  readonly environmentName: string;
  /** Takes a subnet of its own; both are fixed when the environment is made. */
  readonly zoneRedundant: boolean;
  /** Subnet of at least /27, delegated to `Microsoft.App/environments`. */
  readonly subnetId?: pulumi.Input<string> | undefined;
  readonly workspaceId: pulumi.Input<string>;
}

/** Where container apps of the environment run. */
export class ContainerEnvironment extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: ContainerEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:ContainerEnvironment", name, args, opts);
    const environment = createEnvironment(name, args, this);
    diagnostics(name, { resourceUri: environment.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.id = environment.id;
    this.registerOutputs({ id: this.id });
  }
}

function createEnvironment(name: string, args: ContainerEnvironmentArgs, parent: pulumi.Resource): ManagedEnvironment {
  return new ManagedEnvironment(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      environmentName: args.environmentName,
      // By diagnostic settings: the other way needs the workspace's key.
      appLogsConfiguration: { destination: "azure-monitor" },
      workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
      zoneRedundant: args.zoneRedundant,
      // Phones' audio comes from the internet, also when everything behind the app is private.
      publicNetworkAccess: "Enabled",
      ...(args.subnetId ? { vnetConfiguration: { infrastructureSubnetId: args.subnetId, internal: false } } : {}),
    },
    { parent },
  );
}
