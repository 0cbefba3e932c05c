import { SignalR as Service } from "@pulumi/azure-native/signalrservice/signalR.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

export interface SignalRArgs extends Place {
  /** Physical name, 3 to 63 characters, unique in Azure. */
  readonly serviceName: string;
  readonly sku: "Free_F1" | "Standard_S1" | "Premium_P1";
  /** Origins that browsers may connect from; an empty list lets none in. */
  readonly allowedOrigins: readonly string[];
  /** False leaves only browsers' connections on the public address; publishing then needs the private endpoint. */
  readonly publicAccess: boolean;
  /** Scheme of the address browsers connect to: `https` everywhere but on a laptop. */
  readonly publicScheme: "https" | "http";
  readonly workspaceId: pulumi.Input<string>;
}

/** SignalR in serverless mode: browsers hold a socket to it, the functions app publishes through it. */
export class SignalR extends pulumi.ComponentResource {
  readonly hostName: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;
  /** Where a server reaches it, without a key in it: `Endpoint=…;AuthType=azure.msi;Version=1.0`. */
  readonly connectionString: pulumi.Output<string>;
  readonly #publicScheme: "https" | "http";

  constructor(name: string, args: SignalRArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:SignalR", name, args, opts);
    const service = createService(name, args, this);
    diagnostics(name, { resourceUri: service.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.hostName = service.hostName;
    this.id = service.id;
    this.connectionString = pulumi.interpolate`Endpoint=https://${service.hostName};AuthType=azure.msi;Version=1.0`;
    this.#publicScheme = args.publicScheme;
    this.registerOutputs({ hostName: this.hostName });
  }

  /** Negotiate for browsers and publish to them, in the customer's own hub; hub names have no hyphens. */
  link(customer: string): Link<"SIGNALR_ENDPOINT" | "SIGNALR_CLIENT_ENDPOINT" | "SIGNALR_HUB"> {
    return {
      name: "signal-r",
      settings: {
        SIGNALR_ENDPOINT: pulumi.interpolate`https://${this.hostName}`,
        SIGNALR_HUB: `chathub_${customer.replaceAll("-", "_")}`,
        SIGNALR_CLIENT_ENDPOINT: pulumi.interpolate`${this.#publicScheme}://${this.hostName}`,
      },
      grants: [{ plane: "azure", scope: this.id, role: "SignalR Service Owner" }],
    };
  }
}

function createService(name: string, args: SignalRArgs, parent: pulumi.Resource): Service {
  return new Service(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      resourceName: args.serviceName,
      kind: "SignalR",
      sku: { name: args.sku, tier: args.sku.split("_")[0]!, capacity: 1 },
      identity: { type: "SystemAssigned" },
      features: [
        { flag: "ServiceMode", value: "Serverless" },
        { flag: "EnableConnectivityLogs", value: "true" },
        // Message logs would carry what people say.
        { flag: "EnableMessagingLogs", value: "false" },
      ],
      cors: { allowedOrigins: [...args.allowedOrigins] },
      // Keys would be a second way in beside roles; disabling deletes them for good (Azure docs, "authorize with Entra ID").
      disableLocalAuth: true,
      disableAadAuth: false,
      publicNetworkAccess: "Enabled",
      // Rules of the public address exist from Standard up, and the settings refuse a private network with the free tier.
      ...(args.publicAccess ? {} : { networkACLs: { defaultAction: "Deny", publicNetwork: { allow: ["ClientConnection"] } } }),
    },
    { parent },
  );
}
