import { AppServicePlan } from "@pulumi/azure-native/web/appServicePlan.js";
import { WebApp } from "@pulumi/azure-native/web/webApp.js";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type AppSettings, appSettings } from "./app-settings.ts";
import type { AppPackage } from "./bundle.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Identity } from "./identity.ts";
import type { Link, Values, Wiring } from "./link.ts";
import type { Place } from "./place.ts";
import type { Principal } from "./principal.ts";
import { Package } from "./publish.ts";
import type { Storage } from "./storage.ts";

export interface FunctionsAppArgs<Settings extends z.ZodObject, Links extends readonly Link[], Given extends Values<Settings>>
  extends Place,
    Wiring<Settings, Links, Given> {
  /** Physical name, 2 to 60 characters, unique in Azure: it is the first label of the host name. */
  readonly appName: string;
  readonly planName: string;
  readonly identity: Identity;
  /** The host's own storage: leases, timers, queues, code. */
  readonly storage: Storage;
  readonly instanceMemoryMB: number;
  /** Instances that wait for requests instead of starting when one comes; a ringing phone does not wait. */
  readonly alwaysReady: number;
  /** Functions without HTTP that wait too, by name, when any instance does. */
  readonly alwaysReadyFunctions: readonly string[];
  readonly maximumInstances: number;
  readonly zoneRedundant: boolean;
  /** Origins that browsers may call from beside the app's own pages. */
  readonly allowedOrigins: readonly string[];
  /** Subnet delegated to `Microsoft.App/environments`, when the services are private. */
  readonly subnetId?: pulumi.Input<string> | undefined;
  readonly package: AppPackage;
  /** Who pushes the code. */
  readonly deployer: Principal;
  readonly workspaceId: pulumi.Input<string>;
}

/** A functions app on Flex Consumption: the code of runtime/functions.ts, told and allowed exactly what its links carry. */
export class FunctionsApp<
  Settings extends z.ZodObject,
  const Links extends readonly Link[],
  const Given extends Values<Settings>,
> extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly hostName: pulumi.Output<string>;

  constructor(name: string, args: FunctionsAppArgs<Settings, Links, Given>, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:FunctionsApp", name, {}, opts);
    const settings = appSettings(name, args.schema, args.links, args.settings);
    const before = args.links.flatMap(({ after = [] }) => after);
    const roles = [...args.links, args.storage.hostLink()].flatMap((link) =>
      args.identity.principal.grant(name, link, { parent: this }),
    );
    const plan = createPlan(name, args, this);
    const app = createApp(
      name,
      args,
      plan,
      { ...hostSettings(args), ...telemetrySettings(args.identity, settings), ...settings },
      [...roles, ...before],
      this,
    );
    this.id = app.id;
    this.hostName = app.defaultHostName;
    createPackage(name, args, app, args.deployer.grant(`${name}-deployer`, this.#publishLink(), { parent: this }), this);
    diagnostics(name, { resourceUri: app.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.registerOutputs({ hostName: this.hostName });
  }

  #publishLink(): Link<never> {
    return { name: "code", settings: {}, grants: [{ plane: "azure", scope: this.id, role: "Website Contributor" }] };
  }
}

type AnyFunctionsApp = FunctionsAppArgs<z.ZodObject, readonly Link[], Values<z.ZodObject>>;
type HostArgs = Omit<AnyFunctionsApp, "schema" | "links" | "settings">;

function createPlan(name: string, args: HostArgs, parent: pulumi.Resource): AppServicePlan {
  return new AppServicePlan(
    `${name}-plan`,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      name: args.planName,
      kind: "functionapp",
      reserved: true,
      // Flex Consumption takes one app a plan.
      sku: { name: "FC1", tier: "FlexConsumption" },
      zoneRedundant: args.zoneRedundant,
    },
    { parent },
  );
}

/** How the Functions host reaches its own storage without a key (Azure docs, "connecting to host storage with an identity"). */
function hostSettings({ identity, storage }: HostArgs): AppSettings {
  return {
    AzureWebJobsStorage__credential: pulumi.output("managedidentity"),
    AzureWebJobsStorage__clientId: identity.clientId,
    AzureWebJobsStorage__blobServiceUri: storage.blobEndpoint,
    AzureWebJobsStorage__queueServiceUri: storage.queueEndpoint,
    AzureWebJobsStorage__tableServiceUri: storage.tableEndpoint,
  };
}

/** The host sends its own telemetry as the app's identity, since local authentication is off. */
function telemetrySettings(identity: Identity, settings: AppSettings): AppSettings {
  if (!settings.APPLICATIONINSIGHTS_CONNECTION_STRING) return {};
  return { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD` };
}

function createApp(
  name: string,
  args: HostArgs,
  plan: AppServicePlan,
  settings: AppSettings,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): WebApp {
  const { identity, storage } = args;
  return new WebApp(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      name: args.appName,
      kind: "functionapp,linux",
      serverFarmId: plan.id,
      reserved: true,
      httpsOnly: true,
      clientAffinityEnabled: false,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      keyVaultReferenceIdentity: identity.id,
      ...(args.subnetId ? { virtualNetworkSubnetId: args.subnetId, outboundVnetRouting: { applicationTraffic: true } } : {}),
      // Mandatory on Flex; it takes the place of FUNCTIONS_WORKER_RUNTIME, linuxFxVersion and WEBSITE_RUN_FROM_PACKAGE, which it refuses.
      functionAppConfig: {
        deployment: {
          storage: {
            type: "blobContainer",
            value: pulumi.interpolate`${storage.blobEndpoint.apply((endpoint) => endpoint.replace(/\/$/, ""))}/${storage.containers.deployments}`,
            authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identity.id },
          },
        },
        runtime: { name: "node", version: "22" },
        scaleAndConcurrency: {
          instanceMemoryMB: args.instanceMemoryMB,
          maximumInstanceCount: args.maximumInstances,
          alwaysReady: waiting(args),
        },
      },
      siteConfig: {
        cors: { allowedOrigins: [...args.allowedOrigins], supportCredentials: false },
        minTlsVersion: "1.2",
        scmMinTlsVersion: "1.2",
        ftpsState: "Disabled",
        http20Enabled: true,
        remoteDebuggingEnabled: false,
        appSettings: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
      },
    },
    { parent, dependsOn },
  );
}

/** Flex scales HTTP functions as one group and every other function by itself, under these names. */
function waiting({ alwaysReady, alwaysReadyFunctions }: HostArgs): { name: string; instanceCount: number }[] {
  if (alwaysReady === 0) return [];
  return [
    { name: "http", instanceCount: alwaysReady },
    ...alwaysReadyFunctions.map((name) => ({ name: `function:${name}`, instanceCount: 1 })),
  ];
}

function createPackage(
  name: string,
  args: HostArgs,
  app: WebApp,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): Package {
  // The platform says where code is pushed; composing it from the app's name would be wrong in other clouds and on a laptop.
  const host = app.hostNameSslStates.apply((states) => states?.find((state) => state.hostType === "Repository")?.name ?? "");
  const { zipPath, sha256 } = args.package;
  return new Package(`${name}-package`, { kind: "functions", host, zipPath, sha256 }, { parent, dependsOn });
}
