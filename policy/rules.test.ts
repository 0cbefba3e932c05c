import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GraphResource, rules, violations } from "./rules.ts";
import { secret } from "./secrets.ts";

const id = (name: string) => `/subscriptions/s/resourceGroups/g/providers/P/${name}`;
const resource = (type: string, name: string, inputs: object, dependencies: string[] = []): GraphResource => ({
  type: `azure-native:${type}`,
  name,
  urn: `urn:${name}`,
  id: id(name),
  inputs: { ...inputs },
  dependencies,
});
const logged = (name: string) => resource("monitor:DiagnosticSetting", `${name}-diagnostics`, { resourceUri: id(name) });

/** A small graph that breaks no rule. */
const sound: readonly GraphResource[] = [
  resource("cognitiveservices:Account", "open-ai", { properties: { disableLocalAuth: true } }),
  logged("open-ai"),
  resource("cognitiveservices:Deployment", "cheap", { accountName: "a" }, ["urn:open-ai"]),
  resource("cognitiveservices:Deployment", "strong", { accountName: "a" }, ["urn:cheap"]),
  resource("cognitiveservices:Deployment", "embedding", { accountName: "a" }, ["urn:strong"]),
  resource("signalrservice:SignalR", "signal-r", {
    disableLocalAuth: true,
    sku: { name: "Free_F1" },
    tags: { tier: "dev" },
    cors: { allowedOrigins: ["https://app.example"] },
    upstream: {
      templates: [
        {
          hubPattern: "chathub_main",
          urlTemplate: "https://app.example/api/signalr/{hub}/{category}/{event}",
          auth: { type: "ManagedIdentity", managedIdentity: { resource: "client-id" } },
        },
      ],
    },
  }),
  logged("signal-r"),
  resource("storage:StorageAccount", "storage", {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    minimumTlsVersion: "TLS1_2",
  }),
  {
    ...resource("keyvault:Vault", "vault", {
      properties: { enableRbacAuthorization: true, enableSoftDelete: true, enablePurgeProtection: true },
    }),
    protect: true,
  },
  logged("vault"),
  resource("keyvault:Key", "visitors", { vaultName: "v", properties: { kty: "EC", keyOps: ["sign", "verify"] } }),
  resource("monitor:DiagnosticSetting", "queues", { resourceUri: `${id("storage")}/queueServices/default` }),
  resource("storage:BlobContainer", "recordings", { publicAccess: "None" }),
  resource("redisenterprise:Database", "redis", { accessKeysAuthentication: "Disabled", clientProtocol: "Encrypted" }),
  logged("redis"),
  resource("web:WebApp", "functions", {
    httpsOnly: true,
    siteConfig: {
      minTlsVersion: "1.2",
      appSettings: [{ name: "SIGNALR", value: "Endpoint=https://a;AuthType=azure.msi;Version=1.0" }],
    },
  }),
  logged("functions"),
  resource("authorization:RoleAssignment", "main-functions-signal-r-signalr-service-owner", {
    roleDefinitionId: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/7e4f1700-ea5a-4f59-8f37-079cfe29dce3",
  }),
  resource("eventgrid:SystemTopicEventSubscription", "calls", {
    filter: { includedEventTypes: ["Microsoft.Communication.IncomingCall"] },
    deliveryWithResourceIdentity: { destination: { queueName: "calls", queueMessageTimeToLiveInSeconds: 30 } },
    deadLetterWithResourceIdentity: { deadLetterDestination: { blobContainerName: "deadletter" } },
  }),
];

/** The sound graph with one input of one resource changed. */
const changed = (name: string, path: string, value: unknown): GraphResource[] =>
  structuredClone(sound as GraphResource[]).map((resource) => {
    if (resource.name !== name) return resource;
    const steps = path.split(".");
    const last = steps.pop()!;
    const owner = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, resource.inputs);
    owner[last] = value;
    return resource;
  });

test("a sound graph breaks no rule", () => {
  expect(violations(sound, ["azure-native:authorization:getClientConfig"])).toEqual([]);
});

test("rules have an id of their own, a title and a reason", () => {
  expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
  for (const { title, why } of rules) expect(`${title} ${why}`).toMatch(/^[A-Z].+ [A-Z].+\.$/);
});

const catches: readonly (readonly [
  rule: string,
  what: string,
  graph: readonly GraphResource[],
  name: string,
  message: string,
])[] = [
  [
    "no-secrets",
    "a connection string in a setting",
    changed("functions", "siteConfig.appSettings", [{ name: "STORE", value: "AccountName=a;AccountKey=abc==;" }]),
    "functions",
    "inputs.siteConfig.appSettings.0.STORE holds a key",
  ],
  [
    "no-secrets",
    "a signed address",
    changed("functions", "siteConfig.packageUri", "https://a/b.zip?sv=1&sig=abc"),
    "functions",
    "holds a key or a signature",
  ],
  [
    "no-secrets",
    "a setting named as a key",
    changed("functions", "siteConfig.appSettings", [{ name: "OPENAI_API_KEY", value: "abc" }]),
    "functions",
    "OPENAI_API_KEY is named as a secret",
  ],
  [
    "no-secrets",
    "a key among a resource's outputs",
    sound.map((one) => (one.name === "redis" ? { ...one, outputs: { primaryKey: "abc" } } : one)),
    "redis",
    "outputs.primaryKey is named as a secret",
  ],
  [
    "no-local-auth",
    "OpenAI's keys left on",
    changed("open-ai", "properties.disableLocalAuth", false),
    "open-ai",
    "properties.disableLocalAuth is false; it must be true",
  ],
  [
    "no-local-auth",
    "SignalR's keys not mentioned",
    changed("signal-r", "disableLocalAuth", undefined),
    "signal-r",
    "disableLocalAuth is undefined; it must be true",
  ],
  ["no-local-auth", "storage keys left on", changed("storage", "allowSharedKeyAccess", true), "storage", "it must be false"],
  [
    "no-local-auth",
    "Redis keys left on",
    changed("redis", "accessKeysAuthentication", "Enabled"),
    "redis",
    "it must be Disabled",
  ],
  [
    "no-public-blobs",
    "public access allowed",
    changed("storage", "allowBlobPublicAccess", true),
    "storage",
    "allowBlobPublicAccess is true",
  ],
  [
    "no-public-blobs",
    "a public container",
    changed("recordings", "publicAccess", "Blob"),
    "recordings",
    'publicAccess is "Blob"',
  ],
  [
    "guarded-vaults",
    "a vault without roles",
    changed("vault", "properties.enableRbacAuthorization", false),
    "vault",
    "properties.enableRbacAuthorization is false; it must be true",
  ],
  [
    "guarded-vaults",
    "a vault that forgets at once",
    changed("vault", "properties.enableSoftDelete", false),
    "vault",
    "properties.enableSoftDelete is false",
  ],
  [
    "guarded-vaults",
    "a protected vault that may be purged",
    changed("vault", "properties.enablePurgeProtection", undefined),
    "vault",
    "is protected, yet may be purged",
  ],
  [
    "guarded-vaults",
    "an access policy in the vault",
    changed("vault", "properties.accessPolicies", [{ objectId: "o", tenantId: "t", permissions: { secrets: ["get"] } }]),
    "vault",
    "has access policies",
  ],
  [
    "guarded-vaults",
    "an access policy beside the vault",
    [...sound, resource("keyvault:AccessPolicy", "policy", { vaultName: "v" })],
    "policy",
    "is an access policy; grant a role instead",
  ],
  [
    "guarded-vaults",
    "a secret made by the graph",
    [...sound, resource("keyvault:Secret", "token", { vaultName: "v", properties: {} })],
    "token",
    "puts a secret into the state",
  ],
  [
    "guarded-vaults",
    "a key that may do everything",
    changed("visitors", "properties.keyOps", undefined),
    "visitors",
    "may do everything; set properties.keyOps to sign and verify",
  ],
  [
    "guarded-vaults",
    "a key that also decrypts",
    changed("visitors", "properties.keyOps", ["sign", "decrypt"]),
    "visitors",
    "may do decrypt;",
  ],
  [
    "guarded-vaults",
    "a key that may leave its vault",
    changed("visitors", "properties.attributes", { exportable: true }),
    "visitors",
    "may leave its vault",
  ],
  ["own-hubs", "origins left out, which lets all in", changed("signal-r", "cors", {}), "signal-r", "pages of any origin"],
  ["own-hubs", "any origin", changed("signal-r", "cors.allowedOrigins", ["*"]), "signal-r", "pages of any origin"],
  [
    "own-hubs",
    "an app told of every hub",
    changed("signal-r", "upstream.templates.0.hubPattern", "*"),
    "signal-r",
    "tells an app of the hubs *; name one",
  ],
  [
    "own-hubs",
    "an app told of two hubs",
    changed("signal-r", "upstream.templates.0.hubPattern", "chathub_main,chathub_contoso"),
    "signal-r",
    "tells an app of the hubs chathub_main,chathub_contoso",
  ],
  [
    "own-hubs",
    "events without a token",
    changed("signal-r", "upstream.templates.0.auth", { type: "None" }),
    "signal-r",
    "reports chathub_main without a token",
  ],
  [
    "own-hubs",
    "events with a token for nobody",
    changed("signal-r", "upstream.templates.0.auth.managedIdentity", {}),
    "signal-r",
    "reports chathub_main without a token",
  ],
  [
    "own-hubs",
    "a key in the address of events",
    changed(
      "signal-r",
      "upstream.templates.0.urlTemplate",
      "https://app.example/{event}?code={@Microsoft.KeyVault(SecretUri=x)}",
    ),
    "signal-r",
    "to an address with a query",
  ],
  [
    "room-for-people",
    "the free SKU in production",
    changed("signal-r", "tags.tier", "prod"),
    "signal-r",
    "is Free_F1 in a tier other than laptop and dev",
  ],
  [
    "room-for-people",
    "the free SKU in a tier nobody named",
    changed("signal-r", "tags", {}),
    "signal-r",
    "set Standard_S1 or better",
  ],
  ["encrypted", "an old TLS", changed("storage", "minimumTlsVersion", "TLS1_0"), "storage", "it must be TLS1_2 or TLS1_3"],
  ["encrypted", "an app without TLS", changed("functions", "httpsOnly", false), "functions", "httpsOnly is false"],
  ["encrypted", "Redis in the clear", changed("redis", "clientProtocol", "Plaintext"), "redis", "it must be Encrypted"],
  [
    "chained-deployments",
    "a deployment that waits for no other",
    sound.map((one) => (one.name === "embedding" ? { ...one, dependencies: ["urn:open-ai"] } : one)),
    "embedding",
    "neither follows cheap nor comes before it",
  ],
  [
    "traceable-roles",
    "a role assignment with a name of its own",
    sound.map((one) => (one.name.startsWith("main-functions-signal") ? { ...one, name: "extra" } : one)),
    "extra",
    "its name must be <app>-<link>-signalr-service-owner",
  ],
  [
    "traceable-roles",
    "a name that says another role",
    changed("main-functions-signal-r-signalr-service-owner", "roleDefinitionId", "/x/ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    "main-functions-signal-r-signalr-service-owner",
    "assigns Storage Blob Data Contributor",
  ],
  [
    "traceable-roles",
    "Owner",
    changed("main-functions-signal-r-signalr-service-owner", "roleDefinitionId", "/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    "main-functions-signal-r-signalr-service-owner",
    "which components/roles.ts does not hold",
  ],
  [
    "diagnosed",
    "a service without logs",
    sound.filter(({ name }) => name !== "signal-r-diagnostics"),
    "signal-r",
    "has no diagnostic setting",
  ],
  [
    "dead-letters",
    "a subscription without dead letters",
    changed("calls", "deadLetterWithResourceIdentity", undefined),
    "calls",
    "names no container for dead letters",
  ],
  [
    "identity-delivery",
    "delivery without an identity",
    changed("calls", "destination", { queueName: "calls" }),
    "calls",
    "delivers without an identity",
  ],
  [
    "short-lived-calls",
    "calls kept for ever",
    changed("calls", "deliveryWithResourceIdentity.destination.queueMessageTimeToLiveInSeconds", -1),
    "calls",
    "keeps calls for -1; set 1 to 60 seconds",
  ],
];

describe("each rule catches what it is for, and no other rule minds", () => {
  test.each(catches)("%s: %s", (rule, _what, graph, name, message) => {
    expect(violations(graph)).toEqual([{ rule, name, message: expect.stringContaining(message) }]);
  });

  test("no rule is without such a test", () => {
    expect([...new Set(catches.map(([rule]) => rule))].sort()).toEqual(rules.map((rule) => rule.id).sort());
  });
});

test.each([
  "azure-native:storage:listStorageAccountKeys",
  "azure-native:signalrservice:listSignalRKeys",
  "azure-native:storage:listStorageAccountSAS",
])("a program that calls %s breaks no-secrets", (token) => {
  expect(violations(sound, [token])).toEqual([
    { rule: "no-secrets", name: token, message: expect.stringContaining("asks Azure for a secret") },
  ]);
});

test("a chain holds in whatever order its deployments are listed", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...sound], { minLength: sound.length }), (graph) => {
      expect(violations(graph)).toEqual([]);
    }),
  );
});

test.each([
  ["APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00;IngestionEndpoint=https://a"],
  ["signalRConnectionString", "Endpoint=https://a.service.signalr.net;AuthType=azure.msi;Version=1.0"],
  ["keyValueName", "answer_soft_timeout_sec"],
  ["primaryKey", ""],
])("%s is an address, not a secret", (path, value) => {
  expect(secret({ path, value })).toBeUndefined();
});
