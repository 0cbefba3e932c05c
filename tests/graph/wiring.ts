/**
 * Whether both ends of every wire fit: what an app is told exists, and what its code does it may do. Each check is stated from the app's side,
 * apart from the components that make it so.
 */
import { z } from "zod";
import { bridgeSettings, cosmosContainers, functionsSettings } from "../../runtime/settings.ts";
import { type App, appsOf, type Check, principalOf } from "./apps.ts";
import { chatChecks } from "./chat-wiring.ts";
import type { Graph, Resource } from "./graph.ts";
import { at } from "./listing.ts";

const told: Check = {
  title: "an app is told everything its code demands, in the right form",
  faults: (graph) =>
    appsOf(graph).flatMap(({ name, kind, settings }) => {
      const result = (kind === "functions" ? functionsSettings : bridgeSettings).safeParse(settings);
      return result.success ? [] : [`${name}: ${z.prettifyError(result.error)}`];
    }),
};

const queues: Check = {
  title: "every queue an app is told of exists in the storage account it is told of",
  faults: (graph) =>
    appsOf(graph).flatMap(({ name, settings }) =>
      ["CALLS_QUEUE", "SMS_QUEUE", "AFTER_CALL_QUEUE", "WEBHOOKS_QUEUE"].flatMap((setting) => {
        const account = accountAt(graph, settings.QUEUE_ENDPOINT);
        const exists = graph.resources.some(
          ({ type, inputs }) =>
            type === "azure-native:storage:Queue" && inputs.accountName === account && inputs.queueName === settings[setting],
        );
        return exists ? [] : [`${name}: ${setting} is ${settings[setting]}, which ${account} does not have`];
      }),
    ),
};

const events: Check = {
  title: "calls and messages arrive in the queues that their number's app reads",
  faults: (graph) =>
    appsOf(graph)
      .filter(({ kind, settings }) => kind === "functions" && settings.PHONE_CARRIER === "acs")
      .flatMap(({ name, settings }) =>
        (
          [
            ["Microsoft.Communication.IncomingCall", "CALLS_QUEUE"],
            ["Microsoft.Communication.SMSReceived", "SMS_QUEUE"],
          ] as const
        ).flatMap(([event, setting]) => {
          const subscription = graph.resources.find(
            ({ type, inputs }) =>
              type === "azure-native:eventgrid:SystemTopicEventSubscription" &&
              at(inputs, "filter.includedEventTypes.0") === event &&
              at(inputs, "filter.advancedFilters.0.values.0") === settings.PHONE_NUMBER,
          );
          const destination = subscription && at(subscription.inputs, "deliveryWithResourceIdentity.destination");
          if (!destination) return [`${name}: nothing delivers ${event} of its number`];
          const { queueName, resourceId } = destination as { queueName: string; resourceId: string };
          const account = accountAt(graph, settings.QUEUE_ENDPOINT);
          return queueName === settings[setting] && resourceId.endsWith(`/${account}`)
            ? []
            : [`${name}: ${event} goes to ${queueName}, it reads ${settings[setting]}`];
        }),
      ),
};

const source: Check = {
  title: "an app takes the events of the service that carries its number, and of no other",
  faults: (graph) => {
    const found = (type: string) => graph.resources.filter((each) => each.type === `azure-native:eventgrid:${type}`);
    return appsOf(graph)
      .filter(({ settings }) => settings.PHONE_CARRIER === "acs")
      .flatMap(({ name, settings }) => {
        const subscription = found("SystemTopicEventSubscription").find(
          ({ inputs }) => at(inputs, "filter.advancedFilters.0.values.0") === settings.PHONE_NUMBER,
        );
        const topic = found("SystemTopic").find(({ inputs }) => inputs.systemTopicName === subscription?.inputs.systemTopicName);
        return topic && topic.inputs.source === settings.COMMUNICATION_ACCOUNT_ID
          ? []
          : [`${name}: it is told of ${settings.COMMUNICATION_ACCOUNT_ID}, its number's events are of ${topic?.inputs.source}`];
      });
  },
};

const containers: Check = {
  title: "the database an app is told of has the containers its records are kept in",
  faults: (graph) =>
    appsOf(graph).flatMap(({ name, settings }) =>
      Object.entries(cosmosContainers).flatMap(([container, { partitionKey }]) => {
        const found = graph.resources.find(
          ({ type, inputs }) =>
            type === "azure-native:cosmosdb:SqlResourceSqlContainer" &&
            settings.COSMOS_ENDPOINT?.includes(`//${inputs.accountName}.`) &&
            inputs.databaseName === settings.COSMOS_DATABASE &&
            inputs.containerName === container,
        );
        if (!found) return [`${name}: ${settings.COSMOS_DATABASE} has no container ${container}`];
        return at(found.inputs, "resource.partitionKey.paths.0") === partitionKey
          ? []
          : [`${name}: ${container} is not partitioned by ${partitionKey}`];
      }),
    ),
};

const deployments: Check = {
  title: "every model an app is told of is deployed",
  faults: (graph) =>
    appsOf(graph).flatMap(({ name, settings }) =>
      [
        "OPENAI_REALTIME_CHEAP",
        "OPENAI_REALTIME_STRONG",
        "OPENAI_CHAT_FAST",
        "OPENAI_CHAT_STRONG",
        "OPENAI_EMBEDDING",
        "OPENAI_TRANSCRIPTION",
        ...(settings.OPENAI_CHAT_ROUTER ? ["OPENAI_CHAT_ROUTER"] : []),
      ].flatMap((setting) => {
        const exists = graph.resources.some(
          ({ type, inputs }) =>
            type === "azure-native:cognitiveservices:Deployment" && inputs.deploymentName === settings[setting],
        );
        return exists ? [] : [`${name}: ${setting} is ${settings[setting]}, which is not deployed`];
      }),
    ),
};

const chain: Check = {
  title: "deployments of one account are made one after another",
  faults: ({ resources }) =>
    [
      ...Map.groupBy(
        resources.filter(({ type }) => type === "azure-native:cognitiveservices:Deployment"),
        ({ inputs }) => inputs.accountName,
      ),
    ].flatMap(([account, list]) => {
      const urns = new Set(list.map(({ urn }) => urn));
      const first = list.filter(({ dependencies }) => !dependencies.some((urn) => urns.has(urn)));
      const followed = new Set(list.flatMap(({ dependencies }) => dependencies.filter((urn) => urns.has(urn))));
      return first.length === 1 && followed.size === list.length - 1
        ? []
        : [`${account}: ${list.length - followed.size} deployments are followed by none`];
    }),
};

interface Use {
  readonly setting: string;
  readonly role: string;
  readonly on: RegExp;
  /** When only one of the apps does it. */
  readonly by?: App["kind"];
}

/** What the code does with each address, as the role that takes. */
const uses: readonly Use[] = [
  { setting: "OPENAI_ENDPOINT", role: "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", on: /\/Account\/[^/]+$/ },
  { setting: "COSMOS_ENDPOINT", role: "00000000-0000-0000-0000-000000000002", on: /\/dbs\/[^/]+$/ },
  { setting: "QUEUE_ENDPOINT", role: "974c5e8b-45b9-4653-ba55-5f855dd0fb88", on: /\/StorageAccount\/[^/]+$/ },
  { setting: "BLOB_ENDPOINT", role: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", on: /\/containers\/recordings$/ },
  { setting: "REDIS_HOST", role: "default", on: /\/Database\/default$/ },
  { setting: "SEARCH_ENDPOINT", role: "1407120a-92aa-4202-b7e9-c0e197c71c8f", on: /\/indexes\/[^/]+$/ },
  { setting: "APP_CONFIGURATION_ENDPOINT", role: "516239f1-63e1-4d78-a4de-a74fb236a071", on: /\/ConfigurationStore\/[^/]+$/ },
  { setting: "COMMUNICATION_ENDPOINT", role: "09976791-48a7-449e-bb21-39d1a415f350", on: /\/CommunicationService\/[^/]+$/ },
  { setting: "SIGNALR_ENDPOINT", role: "7e4f1700-ea5a-4f59-8f37-079cfe29dce3", on: /\/SignalR\/[^/]+$/ },
  // The functions app only names the account to Communication Services.
  { setting: "SPEECH_ENDPOINT", role: "f2dc8367-1007-4938-bd23-fe263f013447", on: /\/Account\/aif-[^/]+$/, by: "bridge" },
  { setting: "VOICE_LIVE_ENDPOINT", role: "a97b65f3-24c7-4388-baec-2e87135dc908", on: /\/Account\/aif-[^/]+$/ },
  { setting: "VOICE_LIVE_ENDPOINT", role: "53ca6127-db72-4b80-b1b0-d745d6d5456d", on: /\/Account\/aif-[^/]+$/ },
  { setting: "TRANSLATOR_ENDPOINT", role: "a97b65f3-24c7-4388-baec-2e87135dc908", on: /\/Account\/trsl-[^/]+$/ },
  { setting: "KEY_VAULT_ENDPOINT", role: "4633458b-17de-408a-b874-0445c86b69e6", on: /\/Vault\/[^/]+$/ },
  { setting: "VISITOR_KEY", role: "12338af0-0e69-4776-bea7-57ae8d297424", on: /\/Key\/[^/]+\/chat-visitors$/ },
  { setting: "APPLICATIONINSIGHTS_CONNECTION_STRING", role: "3913510d-42f4-4e42-8a64-420c390055eb", on: /\/Component\/[^/]+$/ },
  {
    setting: "AzureWebJobsStorage__blobServiceUri",
    role: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    on: /\/StorageAccount\/[^/]+$/,
  },
  {
    setting: "AzureWebJobsStorage__tableServiceUri",
    role: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    on: /\/StorageAccount\/[^/]+$/,
  },
  { setting: "PACKAGE_URL", role: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", on: /\/containers\/packages$/ },
  { setting: "WEBSITE_RUN_FROM_PACKAGE", role: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", on: /\/containers\/packages$/ },
];

/** What an app does with the addresses it was told. */
const usesOf = ({ kind, settings }: App): readonly Use[] =>
  uses.filter(({ setting, by = kind }) => by === kind && settings[setting] !== undefined);

const roles: Check = {
  title: "an app's identity may do what its code does",
  faults: (graph) =>
    appsOf(graph).flatMap((app) => {
      const held = rolesOf(graph, principalOf(graph, app.settings));
      return usesOf(app)
        .filter(({ role, on }) => !held.some((one) => one.role === role && on.test(one.scope)))
        .map(({ setting, role }) => `${app.name}: ${setting} takes the role ${role}`);
    }),
};

const leastRoles: Check = {
  title: "an app's identity may do nothing that its code does not",
  faults: (graph) =>
    [...Map.groupBy(appsOf(graph), ({ settings }) => principalOf(graph, settings))].flatMap(([principal, apps]) =>
      rolesOf(graph, principal)
        .filter(({ role, scope }) => !apps.some((app) => usesOf(app).some((use) => use.role === role && use.on.test(scope))))
        .map(({ role, scope }) => `${apps.map(({ name }) => name).join(", ")}: nothing uses the role ${role} on ${scope}`),
    ),
};

const speaks: Check = {
  title: "Communication Services speaks with the account that its apps name to it",
  faults: (graph) =>
    appsOf(graph)
      .filter(({ kind, settings }) => kind === "functions" && settings.PHONE_CARRIER === "acs")
      .flatMap(({ name, settings }) => {
        const service = graph.resources.find(({ outputs }) => outputs.immutableResourceId === settings.COMMUNICATION_RESOURCE_ID);
        const account = graph.resources.find(({ outputs }) => at(outputs, "properties.endpoint") === settings.SPEECH_ENDPOINT);
        const held = rolesOf(graph, service && at(service.outputs, "identity.principalId"));
        return held.some(({ role, scope }) => role === "a97b65f3-24c7-4388-baec-2e87135dc908" && scope === account?.id)
          ? []
          : [`${name}: Communication Services may not speak with ${settings.SPEECH_ENDPOINT}`];
      }),
};

/** Types that an app finds by a name of its own, so that no setting makes it wait for them. */
const unnamed = {
  "azure-native:cosmosdb:SqlResourceSqlContainer": "databaseName",
  "azure-native:appconfiguration:KeyValue": "configStoreName",
};

const order: Check = {
  title: "an app starts when its roles hold and its containers and flags exist",
  faults: (graph) =>
    appsOf(graph).flatMap((app) => {
      const { name, settings, dependencies } = app;
      const principal = principalOf(graph, settings);
      const store = graph.resources.find(({ outputs }) => outputs.endpoint === settings.APP_CONFIGURATION_ENDPOINT);
      const own = [settings.COSMOS_DATABASE, store?.inputs.configStoreName];
      const needed = graph.resources.filter((resource) => {
        if (resource.type === "azuread:index/appRoleAssignment:AppRoleAssignment")
          return resource.inputs.principalObjectId === principal;
        const parent = unnamed[resource.type as keyof typeof unnamed];
        if (parent) return own.includes(resource.inputs[parent] as string);
        const assignment = assignmentOf(resource);
        if (!assignment || assignment.principal !== principal) return false;
        return usesOf(app).some(({ role, on }) => assignment.role === role && on.test(assignment.scope));
      });
      return needed
        .filter(({ urn }) => !dependencies.includes(urn))
        .map((resource) => `${name} does not wait for ${resource.name}`);
    }),
};

const once: Check = {
  title: "no principal is given a role on a scope twice",
  faults: ({ resources }) => {
    const assignments = resources.flatMap((resource) => assignmentOf(resource) ?? []);
    return [...Map.groupBy(assignments, ({ principal, role, scope }) => `${principal} ${role} ${scope}`)]
      .filter(([, list]) => list.length > 1)
      .map(([key]) => key);
  },
};

export const checks: readonly Check[] = [
  told,
  ...chatChecks,
  ...[queues, events, source, containers, deployments, chain],
  ...[roles, leastRoles, speaks, order, once],
];

interface Assignment {
  readonly principal: unknown;
  readonly role: string;
  readonly scope: string;
}

function assignmentOf({ type, inputs }: Resource): Assignment | undefined {
  const role = String(inputs.roleDefinitionId).split("/").at(-1)!;
  if (type === "azure-native:authorization:RoleAssignment" || type === "azure-native:cosmosdb:SqlResourceSqlRoleAssignment")
    return { principal: inputs.principalId, role, scope: String(inputs.scope) };
  if (type === "azure-native:redisenterprise:AccessPolicyAssignment")
    return {
      principal: at(inputs, "user.objectId"),
      role: String(inputs.accessPolicyName),
      scope: `${inputs.clusterName}/Database/${inputs.databaseName}`,
    };
  return undefined;
}

function rolesOf({ resources }: Graph, principal: unknown): Assignment[] {
  return resources.flatMap((resource) => assignmentOf(resource) ?? []).filter((assignment) => assignment.principal === principal);
}

function accountAt({ resources }: Graph, queueEndpoint: string | undefined): unknown {
  return resources.find(({ outputs }) => at(outputs, "primaryEndpoints.queue") === queueEndpoint)?.inputs.accountName;
}
