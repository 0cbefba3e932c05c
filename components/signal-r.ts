import { SignalR as Service } from "@pulumi/azure-native/signalrservice/signalR.js";
import * as pulumi from "@pulumi/pulumi";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import { Principal } from "./principal.ts";

/** A customer's app, which shares the service with others and hears of its own hub only. */
export interface HubOwner {
  readonly customer: string;
  /** The app's address, without a slash at its end: its pages connect from there, and events are sent there. */
  readonly url: string;
  /** Client id of the app's registration: who the service's token is for. */
  readonly clientId: pulumi.Input<string>;
}

export interface SignalRArgs extends Place {
  /** Physical name, 3 to 63 characters, unique in Azure. */
  readonly serviceName: string;
  readonly sku: "Free_F1" | "Standard_S1" | "Premium_P1";
  /** Whose pages browsers may connect from, and who is told of it; none lets nobody in. */
  readonly owners: readonly HubOwner[];
  /** False leaves only browsers' connections on the public address; publishing then needs the private endpoint. */
  readonly publicAccess: boolean;
  /** Scheme of the address browsers connect to: `https` everywhere but on a laptop. */
  readonly publicScheme: "https" | "http";
  readonly workspaceId: pulumi.Input<string>;
}

/** The customer's own hub; hub names have no hyphens. */
const hubOf = (customer: string): string => `chathub_${customer.replaceAll("-", "_")}`;

/** SignalR in serverless mode: browsers hold a socket to it, functions apps publish through it and are told who came, went and asked for what. */
export class SignalR extends pulumi.ComponentResource {
  readonly hostName: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;
  /** Where a server reaches it, without a key in it: `Endpoint=…;AuthType=azure.msi;Version=1.0`. */
  readonly connectionString: pulumi.Output<string>;
  /** The service itself, as which it reports to apps. */
  readonly principal: Principal;
  readonly #publicScheme: "https" | "http";

  constructor(name: string, args: SignalRArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:SignalR", name, {}, opts);
    const service = createService(name, args, this);
    diagnostics(name, { resourceUri: service.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.hostName = service.hostName;
    this.id = service.id;
    this.connectionString = pulumi.interpolate`Endpoint=https://${service.hostName};AuthType=azure.msi;Version=1.0`;
    this.principal = new Principal({
      principalId: computed(service.identity, service.hostName, (identity) => identity?.principalId),
      kind: "identity",
    });
    this.#publicScheme = args.publicScheme;
    this.registerOutputs({ hostName: this.hostName });
  }

  /** Negotiate for browsers and publish to them, in the customer's own hub, and know the service when it reports. */
  link(customer: string): Link<"SIGNALR_ENDPOINT" | "SIGNALR_CLIENT_ENDPOINT" | "SIGNALR_HUB" | "SIGNALR_PRINCIPAL_ID"> {
    return {
      name: "signal-r",
      settings: {
        SIGNALR_ENDPOINT: pulumi.interpolate`https://${this.hostName}`,
        SIGNALR_HUB: hubOf(customer),
        SIGNALR_CLIENT_ENDPOINT: pulumi.interpolate`${this.#publicScheme}://${this.hostName}`,
        SIGNALR_PRINCIPAL_ID: this.principal.id,
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
      cors: { allowedOrigins: args.owners.map(({ url }) => url) },
      upstream: { templates: args.owners.map(upstreamOf) },
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

/** Events of a customer's hub go to that customer's app, which verifies the token and so needs no key in the address. */
function upstreamOf({ customer, url, clientId }: HubOwner) {
  return {
    hubPattern: hubOf(customer),
    categoryPattern: "*",
    eventPattern: "*",
    urlTemplate: `${url}/api/signalr/{hub}/{category}/{event}`,
    // The client id names the registration without an identifier URI of its own.
    auth: { type: "ManagedIdentity", managedIdentity: { resource: clientId } },
  };
}
