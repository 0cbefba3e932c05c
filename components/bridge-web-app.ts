import { AppServicePlan } from "@pulumi/azure-native/web/appServicePlan.js";
import { WebApp } from "@pulumi/azure-native/web/webApp.js";
import type * as pulumi from "@pulumi/pulumi";
import type { BridgeHost, BridgeHostArgs, BridgeProcess, HostedBridge } from "./bridge-host.ts";
import { nodeOptions } from "./start-command.ts";

type AppService = Extract<BridgeHost, { kind: "app-service" }>;

/** The bridge on App Service: one Node process a worker, run straight from the package blob. */
export function appServiceBridge(
  name: string,
  args: BridgeHostArgs,
  host: AppService,
  process: BridgeProcess,
  parent: pulumi.Resource,
): HostedBridge {
  const plan = createPlan(name, args, host, parent);
  const app = new WebApp(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      name: args.appName,
      kind: "app,linux",
      serverFarmId: plan.id,
      reserved: true,
      httpsOnly: true,
      clientAffinityEnabled: false,
      identity: { type: "UserAssigned", userAssignedIdentities: [args.identity.id] },
      keyVaultReferenceIdentity: args.identity.id,
      ...(host.subnetId ? { virtualNetworkSubnetId: host.subnetId, outboundVnetRouting: { applicationTraffic: true } } : {}),
      siteConfig: {
        linuxFxVersion: "NODE|22-lts",
        // The package's own package.json names its entry.
        appCommandLine: `node ${nodeOptions.join(" ")} .`,
        alwaysOn: true,
        webSocketsEnabled: true,
        // Not /readyz: App Service replaces a worker that stays unhealthy, with the calls it carries. A full worker refuses new ones itself.
        healthCheckPath: "/healthz",
        http20Enabled: true,
        minTlsVersion: "1.2",
        scmMinTlsVersion: "1.2",
        ftpsState: "Disabled",
        remoteDebuggingEnabled: false,
        appSettings: [
          ...Object.entries(process.settings).map(([setting, value]) => ({ name: setting, value })),
          // Together: the platform reads the blob as this identity (Azure docs, "run your app from a ZIP package").
          { name: "WEBSITE_RUN_FROM_PACKAGE", value: process.packageUrl },
          { name: "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID", value: args.identity.id },
        ],
      },
    },
    { parent, dependsOn: process.dependsOn },
  );
  return { id: app.id, hostName: app.defaultHostName };
}

function createPlan(name: string, args: BridgeHostArgs, host: AppService, parent: pulumi.Resource): AppServicePlan {
  return new AppServicePlan(
    `${name}-plan`,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      name: host.planName,
      kind: "linux",
      reserved: true,
      // The smallest size that spreads over zones is a Premium one, and takes two workers to do so; Basic is enough for one place.
      sku: host.zoneRedundant
        ? { name: "P0v3", tier: "PremiumV3", capacity: Math.max(2, args.minReplicas) }
        : { name: "B1", tier: "Basic", capacity: Math.max(1, args.minReplicas) },
      zoneRedundant: host.zoneRedundant,
    },
    { parent },
  );
}
