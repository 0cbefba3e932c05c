/** What Azure would answer for each resource: ids, names and addresses of the right form, made from the resource's own inputs. */
import { stableId } from "../../components/stable-id.ts";

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const tenantId = "22222222-2222-4222-8222-222222222222";

/** What `getClientConfig` says of whoever runs the program. */
export const deployer = {
  subscriptionId,
  tenantId,
  objectId: "33333333-3333-4333-8333-333333333333",
  clientId: "44444444-4444-4444-8444-444444444444",
};

type Inputs = Readonly<Record<string, unknown>>;
type Answer = (inputs: Inputs, name: string) => Readonly<Record<string, unknown>>;

/** Inputs that hold a resource's physical name, the most particular first. */
const nameInputs = [
  "accessPolicyAssignmentName",
  "eventSubscriptionName",
  "systemTopicName",
  "containerName",
  "databaseName",
  "queueName",
  "deploymentName",
  "raiPolicyName",
  "keyValueName",
  "configStoreName",
  "keyName",
  "vaultName",
  "clusterName",
  "searchServiceName",
  "serviceName",
  "communicationServiceName",
  "containerAppName",
  "environmentName",
  "workspaceName",
  "accountName",
  "resourceName",
  "subnetName",
  "virtualNetworkName",
  "privateEndpointName",
  "privateZoneName",
  "ruleName",
  "actionGroupName",
  "budgetName",
  "name",
  "resourceGroupName",
];

const systemIdentity: Answer = (_, name) => ({
  identity: { type: "SystemAssigned", principalId: stableId(`principal/${name}`), tenantId },
});

const answers: Readonly<Record<string, Answer>> = {
  "azure-native:cognitiveservices:Account": (inputs, name) => ({
    ...systemIdentity(inputs, name),
    properties: {
      ...(inputs.properties as object),
      endpoint: `https://${(inputs.properties as Inputs).customSubDomainName}.cognitiveservices.azure.com/`,
      ...(inputs.kind === "AIServices"
        ? {
            endpoints: {
              "AI Foundry API": `https://${(inputs.properties as Inputs).customSubDomainName}.services.ai.azure.com/`,
            },
          }
        : {}),
    },
  }),
  "azure-native:signalrservice:SignalR": (inputs, name) => ({
    ...systemIdentity(inputs, name),
    hostName: `${inputs.resourceName}.service.signalr.net`,
  }),
  "azure-native:communication:CommunicationService": (inputs, name) => ({
    ...systemIdentity(inputs, name),
    hostName: `${inputs.communicationServiceName}.europe.communication.azure.com`,
    immutableResourceId: stableId(`immutable/${name}`),
  }),
  "azure-native:eventgrid:SystemTopic": systemIdentity,
  "azure-native:cosmosdb:DatabaseAccount": ({ accountName }) => ({
    documentEndpoint: `https://${accountName}.documents.azure.com:443/`,
  }),
  "azure-native:storage:StorageAccount": ({ accountName }) => ({
    primaryEndpoints: Object.fromEntries(
      ["blob", "queue", "table"].map((kind) => [kind, `https://${accountName}.${kind}.core.windows.net/`]),
    ),
  }),
  "azure-native:search:Service": ({ searchServiceName }) => ({ endpoint: `https://${searchServiceName}.search.windows.net` }),
  "azure-native:redisenterprise:RedisEnterprise": ({ clusterName }) => ({
    hostName: `${clusterName}.swedencentral.redis.azure.net`,
  }),
  "azure-native:appconfiguration:ConfigurationStore": ({ configStoreName }) => ({
    endpoint: `https://${configStoreName}.azconfig.io`,
  }),
  "azure-native:keyvault:Vault": ({ vaultName, properties }) => ({
    properties: { ...(properties as object), vaultUri: `https://${vaultName}.vault.azure.net/` },
  }),
  "azure-native:managedidentity:UserAssignedIdentity": (_, name) => ({
    clientId: stableId(`client/${name}`),
    principalId: stableId(`principal/${name}`),
    tenantId,
  }),
  "azure-native:applicationinsights:Component": (_, name) => ({
    connectionString: `InstrumentationKey=${stableId(`insights/${name}`)};IngestionEndpoint=https://swedencentral-1.in.applicationinsights.azure.com/`,
  }),
  "azure-native:web:WebApp": ({ name }) => ({
    defaultHostName: `${name}.azurewebsites.net`,
    hostNameSslStates: [
      { name: `${name}.azurewebsites.net`, hostType: "Standard" },
      { name: `${name}.scm.azurewebsites.net`, hostType: "Repository" },
    ],
  }),
  "azure-native:app:ContainerApp": (inputs) => ({
    configuration: {
      ...(inputs.configuration as object),
      ingress: {
        ...((inputs.configuration as Inputs).ingress as object),
        fqdn: `${inputs.containerAppName}.wittysea-1234.swedencentral.azurecontainerapps.io`,
      },
    },
  }),
  "azuread:index/application:Application": (_, name) => ({
    clientId: stableId(`application/${name}`),
    objectId: stableId(`object/${name}`),
  }),
  "azuread:index/servicePrincipal:ServicePrincipal": (_, name) => ({ objectId: stableId(`object/${name}`) }),
  "pulumi-nodejs:dynamic/switchboard:Package": ({ host, zipPath }) => ({
    url: `${String(host).replace(/\/$/, "")}/packages/${String(zipPath).split("/").at(-1)}`,
  }),
};

/** A resource's id and outputs: its inputs echoed, as azure-native does, and what its service adds. */
export function standInOutputs(type: string, name: string, inputs: Inputs): { id: string; state: Record<string, unknown> } {
  const physicalName = nameInputs.map((input) => inputs[input]).find((value) => typeof value === "string") ?? name;
  const state = { ...inputs, name: physicalName, ...answers[type]?.(inputs, name) };
  return { id: idOf(type, physicalName, inputs), state };
}

/** Inputs that name what a resource lies in, outermost first. */
const parentInputs = [
  "accountName",
  "vaultName",
  "configStoreName",
  "clusterName",
  "systemTopicName",
  "virtualNetworkName",
  "privateZoneName",
  "privateEndpointName",
  "databaseName",
];

function idOf(type: string, physicalName: unknown, inputs: Inputs): string {
  if (!type.startsWith("azure-native:")) return `${type}/${physicalName}`;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${inputs.resourceGroupName}`;
  if (type === "azure-native:resources:ResourceGroup") return group;
  const [, module, kind] = type.split(":");
  const parents = parentInputs.map((input) => inputs[input]).filter((parent) => parent !== undefined && parent !== physicalName);
  return [group, "providers", `Microsoft.${module}`, kind, ...parents, physicalName].join("/");
}
