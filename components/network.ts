import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup.js";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "./place.ts";

export interface NetworkArgs extends Place {
  /** Physical name, 2 to 64 characters. */
  readonly networkName: string;
}

/**
 * Services reachable by a private endpoint: the group id the service calls itself by, and the zones its names resolve in.
 * Source: Azure docs, "private-endpoint-dns". Managed Redis has a zone of its own; the one of its predecessor fails silently.
 */
const services = {
  openAI: { groupId: "account", zones: ["privatelink.cognitiveservices.azure.com", "privatelink.openai.azure.com"] },
  // A Foundry account answers under three names; Voice Live's is the last.
  foundry: {
    groupId: "account",
    zones: ["privatelink.cognitiveservices.azure.com", "privatelink.openai.azure.com", "privatelink.services.ai.azure.com"],
  },
  translator: { groupId: "account", zones: ["privatelink.cognitiveservices.azure.com"] },
  blob: { groupId: "blob", zones: ["privatelink.blob.core.windows.net"] },
  queue: { groupId: "queue", zones: ["privatelink.queue.core.windows.net"] },
  table: { groupId: "table", zones: ["privatelink.table.core.windows.net"] },
  cosmos: { groupId: "Sql", zones: ["privatelink.documents.azure.com"] },
  search: { groupId: "searchService", zones: ["privatelink.search.windows.net"] },
  redis: { groupId: "redisEnterprise", zones: ["privatelink.redis.azure.net"] },
  appConfiguration: { groupId: "configurationStores", zones: ["privatelink.azconfig.io"] },
  vault: { groupId: "vault", zones: ["privatelink.vaultcore.azure.net"] },
  signalR: { groupId: "signalr", zones: ["privatelink.service.signalr.net"] },
} as const;

export type PrivateService = keyof typeof services;

/** The environment's own network: apps run in it and reach every data plane without leaving it. */
export class Network extends pulumi.ComponentResource {
  /** For functions apps on Flex Consumption. */
  readonly functionsSubnetId: pulumi.Output<string>;
  /** For the Container Apps environment; fixed when that is made. */
  readonly containersSubnetId: pulumi.Output<string>;
  /** For App Service plans. */
  readonly appServiceSubnetId: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: NetworkArgs;
  readonly #id: pulumi.Output<string>;
  readonly #endpointSubnet: Subnet;
  readonly #zones = new Map<string, PrivateZone>();

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Network", name, args, opts);
    this.#name = name;
    this.#args = args;
    const network = createNetwork(name, args, this);
    const subnets = createSubnets(name, args, network, this);
    this.#id = network.id;
    this.#endpointSubnet = subnets.endpoints;
    this.functionsSubnetId = subnets.functions.id;
    this.containersSubnetId = subnets.containers.id;
    this.appServiceSubnetId = subnets.appService.id;
    this.registerOutputs({});
  }

  /** Gives `targetId` an address in this network under its public name. */
  endpoint(target: string, service: PrivateService, targetId: pulumi.Input<string>): void {
    const { groupId, zones } = services[service];
    const { resourceGroupName, location, tags, networkName } = this.#args;
    const name = `${this.#name}-${target}`;
    const endpoint = new PrivateEndpoint(
      name,
      {
        resourceGroupName,
        location,
        tags,
        privateEndpointName: `${networkName}-${target}`,
        subnet: { id: this.#endpointSubnet.id },
        privateLinkServiceConnections: [{ name: target, privateLinkServiceId: targetId, groupIds: [groupId] }],
      },
      { parent: this },
    );
    new PrivateDnsZoneGroup(
      `${name}-names`,
      {
        resourceGroupName,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: "default",
        privateDnsZoneConfigs: zones.map((zone) => ({ name: zone.replaceAll(".", "-"), privateDnsZoneId: this.#zone(zone).id })),
      },
      { parent: this },
    );
  }

  #zone(zoneName: string): PrivateZone {
    const known = this.#zones.get(zoneName);
    if (known) return known;
    const { resourceGroupName, tags } = this.#args;
    const name = `${this.#name}-${zoneName.replaceAll(".", "-")}`;
    const zone = new PrivateZone(
      name,
      { resourceGroupName, tags, location: "global", privateZoneName: zoneName },
      { parent: this },
    );
    new VirtualNetworkLink(
      `${name}-link`,
      {
        resourceGroupName,
        tags,
        location: "global",
        privateZoneName: zone.name,
        virtualNetworkLinkName: "switchboard",
        registrationEnabled: false,
        virtualNetwork: { id: this.#id },
      },
      { parent: this },
    );
    this.#zones.set(zoneName, zone);
    return zone;
  }
}

function createNetwork(name: string, args: NetworkArgs, parent: pulumi.Resource): VirtualNetwork {
  return new VirtualNetwork(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      virtualNetworkName: args.networkName,
      addressSpace: { addressPrefixes: ["10.20.0.0/16"] },
    },
    // Subnets are resources of their own here; the network would otherwise see them as a change and remove them.
    { parent, ignoreChanges: ["subnets"] },
  );
}

/** One after another: a network takes one change of its subnets at a time. */
function createSubnets(name: string, args: NetworkArgs, network: VirtualNetwork, parent: pulumi.Resource) {
  const create = (subnetName: string, addressPrefix: string, delegate: string | undefined, previous: Subnet | undefined) =>
    new Subnet(
      `${name}-${subnetName}`,
      {
        resourceGroupName: args.resourceGroupName,
        virtualNetworkName: network.name,
        subnetName,
        addressPrefix,
        ...(delegate ? { delegations: [{ name: "apps", serviceName: delegate }] } : {}),
      },
      { parent, dependsOn: previous ? [previous] : [] },
    );
  const endpoints = create("endpoints", "10.20.0.0/24", undefined, undefined);
  const functions = create("functions", "10.20.1.0/24", "Microsoft.App/environments", endpoints);
  const containers = create("containers", "10.20.2.0/23", "Microsoft.App/environments", functions);
  const appService = create("app-service", "10.20.4.0/26", "Microsoft.Web/serverFarms", containers);
  return { endpoints, functions, containers, appService };
}
