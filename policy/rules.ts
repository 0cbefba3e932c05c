/** What every graph is held to, whoever wrote it and wherever it goes. The tests and the deployment's own policy pack share these. */
import { azureRoles } from "../components/roles.ts";
import { type GraphResource, inputAt, type Rule, type Violation } from "./graph.ts";
import { secret, texts } from "./secrets.ts";

export type { GraphResource, Rule, Violation } from "./graph.ts";

type Finding = readonly [name: string, message: string];

const rule = (
  id: string,
  title: string,
  why: string,
  find: (resources: readonly GraphResource[], invokes: readonly string[]) => readonly Finding[],
): Rule => ({
  id,
  title,
  why,
  check: (resources, invokes = []): Violation[] =>
    find(resources, invokes).map(([name, message]) => ({ rule: id, name, message })),
});

/** Each resource of a type must have one of these values at a path of its inputs. */
type Requirement = readonly [type: string, path: string, ...allowed: readonly unknown[]];

const required = (requirements: readonly Requirement[]) => (resources: readonly GraphResource[]) =>
  requirements.flatMap(([type, path, ...allowed]) =>
    of(resources, type)
      .filter((resource) => !allowed.includes(inputAt(resource, path)))
      .map(
        (resource): Finding => [
          resource.name,
          `${path} is ${JSON.stringify(inputAt(resource, path))}; it must be ${allowed.join(" or ")}`,
        ],
      ),
  );

const of = (resources: readonly GraphResource[], type: string) =>
  resources.filter((resource) => resource.type === `azure-native:${type}`);

/** Provider functions that answer with a secret: `listKeys`, `listStorageAccountKeys`, `listAccountSAS`, `listHostKeys`, … */
const secretFunction = /:(list|get)\w*(Key|Keys|SAS|Secret|Secrets|ConnectionStrings|Credentials)$/;

const deployment = "cognitiveservices:Deployment";
const subscription = "eventgrid:SystemTopicEventSubscription";
const signalR = "signalrservice:SignalR";

interface UpstreamTemplate {
  readonly hubPattern?: string;
  readonly urlTemplate: string;
  readonly auth?: { readonly type?: string; readonly managedIdentity?: { readonly resource?: string } };
}

/** Types whose logs are asked for when something went wrong with a call. Redis keeps its logs at the database. */
const diagnosed = [
  ...["cognitiveservices:Account", "signalrservice:SignalR", "communication:CommunicationService", "cosmosdb:DatabaseAccount"],
  ...["search:Service", "redisenterprise:Database", "storage:StorageAccount", "appconfiguration:ConfigurationStore"],
  ...["web:WebApp", "app:ManagedEnvironment", "eventgrid:SystemTopic", "keyvault:Vault"],
];

/** Tiers that may live with a service's free SKU. */
const cheapTiers = ["laptop", "dev"];

/** What a vault's key may do here: prove that something was said by us. */
const provingOperations = ["sign", "verify"];

/** A call rings for about half a minute; a message that outlives it would have the app answer nobody. */
const longestRingSeconds = 60;

export const rules: readonly Rule[] = [
  rule(
    "no-secrets",
    "Nothing in the graph is a key, a connection string or a signed address",
    "Whoever reads the state or a setting could act as the app.",
    (resources, invokes) => [
      ...resources.flatMap(({ name, inputs, outputs }) =>
        [...texts(inputs, "inputs"), ...texts(outputs, "outputs")].flatMap((leaf): Finding[] => {
          const reason = secret(leaf);
          return reason ? [[name, `${leaf.path} ${reason}; use an identity and a role instead`]] : [];
        }),
      ),
      ...invokes
        .filter((token) => secretFunction.test(token))
        .map((token): Finding => [token, "asks Azure for a secret; use an identity and a role instead"]),
    ],
  ),

  rule(
    "no-local-auth",
    "Every service that can turn its own keys off has them off",
    "A key is a second way in, which no role restricts.",
    required([
      ["cognitiveservices:Account", "properties.disableLocalAuth", true],
      ["signalrservice:SignalR", "disableLocalAuth", true],
      ["communication:CommunicationService", "disableLocalAuth", true],
      ["cosmosdb:DatabaseAccount", "disableLocalAuth", true],
      ["search:Service", "disableLocalAuth", true],
      ["appconfiguration:ConfigurationStore", "disableLocalAuth", true],
      ["operationalinsights:Workspace", "features.disableLocalAuth", true],
      ["applicationinsights:Component", "disableLocalAuth", true],
      ["redisenterprise:Database", "accessKeysAuthentication", "Disabled"],
      ["storage:StorageAccount", "allowSharedKeyAccess", false],
    ]),
  ),

  rule(
    "no-public-blobs",
    "No blob can be read without a token",
    "A container made public by mistake would publish recordings.",
    (resources) => [
      ...required([["storage:StorageAccount", "allowBlobPublicAccess", false]])(resources),
      ...required([["storage:BlobContainer", "publicAccess", "None", undefined]])(resources),
    ],
  ),

  rule(
    "guarded-vaults",
    "A vault is read by roles alone, its keys only sign, and what is deleted in it can be brought back",
    "An access policy is a second way in, a key that left its vault could sign anywhere, and a secret deleted by mistake silences a phone line.",
    (resources) => [
      ...required([
        ["keyvault:Vault", "properties.enableRbacAuthorization", true],
        ["keyvault:Vault", "properties.enableSoftDelete", true, undefined],
        // Azure refuses false; a vault that outlives its stack cannot be emptied early either.
        ["keyvault:Vault", "properties.enablePurgeProtection", true, undefined],
      ])(resources),
      ...of(resources, "keyvault:Vault")
        .filter((vault) => vault.protect === true && inputAt(vault, "properties.enablePurgeProtection") !== true)
        .map(({ name }): Finding => [name, "is protected, yet may be purged; set properties.enablePurgeProtection true"]),
      ...of(resources, "keyvault:Vault")
        .filter((vault) => ((inputAt(vault, "properties.accessPolicies") ?? []) as unknown[]).length > 0)
        .map(({ name }): Finding => [name, "has access policies; grant roles by its link instead"]),
      ...of(resources, "keyvault:Key").flatMap((key): Finding[] => {
        const operations = (inputAt(key, "properties.keyOps") ?? ["everything"]) as string[];
        const others = operations.filter((operation) => !provingOperations.includes(operation));
        return [
          ...(others.length > 0
            ? [[key.name, `may do ${others.join(", ")}; set properties.keyOps to ${provingOperations.join(" and ")}`] as const]
            : []),
          ...(inputAt(key, "properties.attributes.exportable") === true
            ? [[key.name, "may leave its vault; leave properties.attributes.exportable out"] as const]
            : []),
        ];
      }),
      ...["keyvault:AccessPolicy", "keyvault:Secret"].flatMap((type) =>
        of(resources, type).map(
          ({ name }): Finding => [
            name,
            type === "keyvault:AccessPolicy"
              ? "is an access policy; grant a role instead"
              : "puts a secret into the state; people put secrets into a vault by hand",
          ],
        ),
      ),
    ],
  ),

  rule(
    "encrypted",
    "Everything is reached by TLS 1.2 or better",
    "What callers say would cross the network in the clear, or nearly.",
    required([
      ["storage:StorageAccount", "minimumTlsVersion", "TLS1_2", "TLS1_3"],
      ["storage:StorageAccount", "enableHttpsTrafficOnly", true, undefined],
      ["cosmosdb:DatabaseAccount", "minimalTlsVersion", "Tls12"],
      ["redisenterprise:RedisEnterprise", "minimumTlsVersion", "1.2"],
      ["redisenterprise:Database", "clientProtocol", "Encrypted"],
      ["web:WebApp", "httpsOnly", true],
      ["web:WebApp", "siteConfig.minTlsVersion", "1.2", "1.3"],
      ["app:ContainerApp", "configuration.ingress.allowInsecure", false, undefined],
    ]),
  ),

  rule(
    "chained-deployments",
    "Model deployments of an account are made one after another",
    "Azure refuses a second change of an account at once with 409 RequestConflict.",
    (resources) => {
      const before = predecessors(resources);
      const accounts = Map.groupBy(of(resources, deployment), (resource) => JSON.stringify(inputAt(resource, "accountName")));
      return [...accounts.values()].flatMap((deployments) =>
        deployments.flatMap((one, index): Finding[] => {
          const parallel = deployments
            .slice(0, index)
            .find((other) => !before(one.urn).has(other.urn) && !before(other.urn).has(one.urn));
          return parallel ? [[one.name, `neither follows ${parallel.name} nor comes before it; chain them with dependsOn`]] : [];
        }),
      );
    },
  ),

  rule(
    "traceable-roles",
    "Every role assignment is named <app>-<link>-<role> after the role it assigns",
    "A role nobody can trace is never taken away again.",
    (resources) =>
      of(resources, "authorization:RoleAssignment").flatMap(({ name, inputs }): Finding[] => {
        const id = String(inputs.roleDefinitionId).split("/").at(-1)!;
        const role = Object.entries(azureRoles).find(([, roleId]) => roleId === id)?.[0];
        if (!role) return [[name, `assigns the role ${id}, which components/roles.ts does not hold`]];
        const ending = `-${role.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
        const prefix = name.endsWith(ending) ? name.slice(0, -ending.length) : "";
        return /^[a-z0-9]+(-[a-z0-9]+)+$/.test(prefix)
          ? []
          : [[name, `assigns ${role}; its name must be <app>-<link>${ending}: let a link's grant name it`]];
      }),
  ),

  rule(
    "own-hubs",
    "SignalR lets in known pages only, and tells each app of its own hub alone, by a token",
    "An app told of another's hub would learn who talks there, and one that is told without a token could be told anything by anybody.",
    (resources) =>
      of(resources, signalR).flatMap((service): Finding[] => {
        const origins = inputAt(service, "cors.allowedOrigins") as string[] | undefined;
        const templates = (inputAt(service, "upstream.templates") ?? []) as UpstreamTemplate[];
        const open = origins === undefined || origins.some((origin) => origin.includes("*"));
        const shared = templates.filter(({ hubPattern = "*" }) => /[*,]/.test(hubPattern));
        const anonymous = templates.filter(({ auth }) => auth?.type !== "ManagedIdentity" || !auth.managedIdentity?.resource);
        const keyed = templates.filter(({ urlTemplate }) => urlTemplate.includes("?"));
        return [
          ...(open ? [[service.name, "lets pages of any origin in; name the apps' own in cors.allowedOrigins"] as const] : []),
          ...shared.map(({ hubPattern = "*" }) => [service.name, `tells an app of the hubs ${hubPattern}; name one`] as const),
          ...anonymous.map(({ hubPattern }) => [service.name, `reports ${hubPattern} without a token for its app`] as const),
          ...keyed.map(
            ({ hubPattern }) => [service.name, `reports ${hubPattern} to an address with a query; use a token`] as const,
          ),
        ];
      }),
  ),

  rule(
    "room-for-people",
    "SignalR is of a paid SKU wherever people depend on it",
    "The free one turns the twenty-first page away, and the day's 20,001st message.",
    (resources) =>
      of(resources, signalR)
        .filter((service) => inputAt(service, "sku.name") === "Free_F1")
        .filter((service) => !cheapTiers.includes(String(inputAt(service, "tags.tier"))))
        .map(
          ({ name }): Finding => [name, `is Free_F1 in a tier other than ${cheapTiers.join(" and ")}; set Standard_S1 or better`],
        ),
  ),

  rule(
    "diagnosed",
    "Every service sends its logs to the workspace",
    "The night a call fails, its logs are needed already.",
    (resources) => {
      const logged = of(resources, "monitor:DiagnosticSetting").map((setting) => String(setting.inputs.resourceUri));
      return diagnosed
        .flatMap((type) => of(resources, type))
        .filter(({ id }) => id !== undefined && !logged.some((uri) => uri === id || uri.startsWith(`${id}/`)))
        .map(({ name }): Finding => [name, "has no diagnostic setting; add one with components/diagnostics.ts"]);
    },
  ),

  rule(
    "dead-letters",
    "An event that cannot be delivered is kept",
    "A lost IncomingCall leaves no trace but an angry caller.",
    (resources) =>
      of(resources, subscription)
        .filter((resource) => !inputAt(resource, "deadLetterWithResourceIdentity.deadLetterDestination.blobContainerName"))
        .map(({ name }): Finding => [name, "names no container for dead letters, delivered by identity"]),
  ),

  rule(
    "identity-delivery",
    "Events are delivered by the topic's identity",
    "Delivery without one needs a key of the queue's account.",
    (resources) =>
      of(resources, subscription)
        .filter((resource) => !inputAt(resource, "deliveryWithResourceIdentity.destination") || inputAt(resource, "destination"))
        .map(({ name }): Finding => [name, "delivers without an identity; use deliveryWithResourceIdentity"]),
  ),

  rule(
    "short-lived-calls",
    "A ringing call that nobody took is forgotten within a minute",
    "An app that was down would answer calls whose callers have hung up.",
    (resources) =>
      of(resources, subscription)
        .filter((resource) => JSON.stringify(inputAt(resource, "filter.includedEventTypes") ?? []).includes("IncomingCall"))
        .flatMap((resource): Finding[] => {
          const seconds = inputAt(resource, "deliveryWithResourceIdentity.destination.queueMessageTimeToLiveInSeconds");
          const short = typeof seconds === "number" && seconds > 0 && seconds <= longestRingSeconds;
          return short ? [] : [[resource.name, `keeps calls for ${seconds ?? "ever"}; set 1 to ${longestRingSeconds} seconds`]];
        }),
  ),
];

/** Every violation of every rule. */
export function violations(resources: readonly GraphResource[], invokes: readonly string[] = []): Violation[] {
  return rules.flatMap((rule) => rule.check(resources, invokes));
}

/** All that must exist before a resource, directly or not. */
function predecessors(resources: readonly GraphResource[]): (urn: string) => ReadonlySet<string> {
  const direct = new Map(resources.map(({ urn, dependencies = [] }) => [urn, dependencies]));
  return (urn) => {
    const found = new Set<string>();
    const open = [...(direct.get(urn) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(direct.get(next) ?? []));
    }
    return found;
  };
}
