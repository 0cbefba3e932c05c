/** A graph as people review it: by type, each resource with what matters of its inputs. */
import type { Graph, Resource } from "./graph.ts";

/** Inputs worth a reader's eye, as paths; a name ending in `?` shows only when it is set. */
const facts: Readonly<Record<string, readonly string[]>> = {
  "azure-native:app:ContainerApp": [
    "containerAppName",
    "template.scale.minReplicas",
    "template.scale.maxReplicas",
    "template.scale.rules.0.tcp.metadata.concurrentConnections",
    "template.containers.0.resources.cpu",
    "template.terminationGracePeriodSeconds",
  ],
  "azure-native:app:ManagedEnvironment": ["environmentName", "zoneRedundant"],
  "azure-native:appconfiguration:ConfigurationStore": ["configStoreName", "sku.name", "publicNetworkAccess"],
  "azure-native:appconfiguration:KeyValue": ["keyValueName", "value"],
  "azure-native:cognitiveservices:Account": ["accountName", "kind", "sku.name", "properties.publicNetworkAccess"],
  "azure-native:cognitiveservices:Deployment": ["properties.model.name", "properties.model.version", "sku.name", "sku.capacity"],
  "azure-native:communication:CommunicationService": ["communicationServiceName", "dataLocation"],
  "azure-native:cosmosdb:DatabaseAccount": [
    "accountName",
    "capabilities.0.name",
    "locations.0.isZoneRedundant",
    "publicNetworkAccess",
  ],
  "azure-native:cosmosdb:SqlResourceSqlContainer": [
    "containerName",
    "resource.partitionKey.paths.0",
    "resource.defaultTtl",
    "options.autoscaleSettings.maxThroughput",
  ],
  "azure-native:eventgrid:SystemTopicEventSubscription": [
    "filter.includedEventTypes.0",
    "filter.advancedFilters.0.values.0",
    "deliveryWithResourceIdentity.destination.queueName",
    "deliveryWithResourceIdentity.destination.queueMessageTimeToLiveInSeconds",
    "deadLetterWithResourceIdentity.deadLetterDestination.blobContainerName",
  ],
  "azure-native:keyvault:Vault": [
    "vaultName",
    "properties.softDeleteRetentionInDays",
    "properties.enablePurgeProtection",
    "properties.publicNetworkAccess",
  ],
  "azure-native:keyvault:Key": ["keyName", "properties.kty", "properties.curveName", "properties.keyOps"],
  "azure-native:managedidentity:UserAssignedIdentity": ["resourceName"],
  "azure-native:network:Subnet": ["addressPrefix", "delegations.0.serviceName"],
  "azure-native:redisenterprise:RedisEnterprise": ["clusterName", "sku.name", "highAvailability", "publicNetworkAccess"],
  "azure-native:redisenterprise:Database": ["port", "clusteringPolicy", "accessKeysAuthentication"],
  "azure-native:search:Service": ["searchServiceName", "sku.name", "replicaCount", "publicNetworkAccess"],
  "azure-native:signalrservice:SignalR": [
    "resourceName",
    "sku.name",
    "cors.allowedOrigins",
    "upstream.templates.0.hubPattern",
    "upstream.templates.1.hubPattern",
    "networkACLs.defaultAction",
  ],
  "azure-native:storage:StorageAccount": ["accountName", "sku.name", "networkRuleSet.defaultAction", "allowSharedKeyAccess"],
  "azure-native:web:AppServicePlan": ["name", "sku.name", "sku.capacity", "zoneRedundant"],
  "azure-native:web:WebApp": ["name", "kind"],
  "azure-native:resources:ResourceGroup": ["resourceGroupName", "location"],
};

/** One line a resource, sorted by type and name: the order of registration varies, the graph does not. */
export function listing({ resources }: Graph): string {
  const byType = Map.groupBy(
    resources.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
    ({ type }) => type,
  );
  const sections = [...byType]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, list]) => `${type}\n${list.map(line).sort().join("\n")}\n`);
  return sections.join("\n");
}

function line(resource: Resource): string {
  const shown = (facts[resource.type] ?? []).map((path) => at(resource.inputs, path)).filter((value) => value !== undefined);
  return `  ${[resource.name, ...shown, ...(resource.protect ? ["protected"] : [])].join("  ")}`;
}

/** The value at a dotted path, undefined where the path ends early. */
export function at(inputs: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], inputs);
}
