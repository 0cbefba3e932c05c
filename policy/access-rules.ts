/** Who gets in: no key, no open door, no role that nobody can trace. */
import { azureRoles } from "../components/roles.ts";
import { inputAt, type Rule } from "./graph.ts";
import { type Finding, of, required, rule } from "./rule.ts";
import { secret, texts } from "./secrets.ts";

/** Provider functions that answer with a secret: `listKeys`, `listStorageAccountKeys`, `listAccountSAS`, `listHostKeys`, … */
const secretFunction = /:(list|get)\w*(Key|Keys|SAS|Secret|Secrets|ConnectionStrings|Credentials)$/;

const signalR = "signalrservice:SignalR";

/** What a vault's key may do here: prove that something was said by us. */
const provingOperations = ["sign", "verify"];

interface UpstreamTemplate {
  readonly hubPattern?: string;
  readonly urlTemplate: string;
  readonly auth?: { readonly type?: string; readonly managedIdentity?: { readonly resource?: string } };
}

export const accessRules: readonly Rule[] = [
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
];
