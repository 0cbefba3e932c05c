/** One customer's stamp on an environment: own identity, storage, database, index, flags, sign-in, number and apps. */
import * as pulumi from "@pulumi/pulumi";
import { AppConfiguration } from "../components/app-configuration.ts";
import { BridgeApp } from "../components/bridge-app.ts";
import type { BridgeHost } from "../components/bridge-host.ts";
import type { AppPackage } from "../components/bundle.ts";
import { CosmosDatabase } from "../components/cosmos-database.ts";
import { FunctionsApp } from "../components/functions-app.ts";
import { Identity } from "../components/identity.ts";
import { KeyVault } from "../components/key-vault.ts";
import type { Link } from "../components/link.ts";
import { NumberSubscriptions } from "../components/number-subscriptions.ts";
import type { Place } from "../components/place.ts";
import type { Principal } from "../components/principal.ts";
import { SearchIndex } from "../components/search-index.ts";
import { StaffAccess } from "../components/staff-access.ts";
import type { StaffRegistration } from "../components/staff-registration.ts";
import { Storage } from "../components/storage.ts";
import { sipTrunk, twilioLine } from "../components/trunk.ts";
import { bridgeSettings, functionsSettings } from "../runtime/settings.ts";
import type { Environment } from "./environment.ts";
import { embeddingDimensions } from "./models.ts";
import { functionsUrl, type Names } from "./names.ts";
import { hostOf } from "./private-host.ts";
import type { Customer as CustomerSettings, StackSettings } from "./settings.ts";

/** The code of both apps, ready to ship. */
export interface Packages {
  readonly functions: AppPackage;
  readonly bridge: AppPackage;
}

export interface CustomerArgs {
  readonly customer: CustomerSettings;
  /** The stack's: sizes and addresses that all customers have in common. */
  readonly settings: StackSettings;
  readonly environment: Environment;
  readonly names: Names;
  /** The app as the directory knows it. */
  readonly registration: StaffRegistration;
  readonly tenantId: pulumi.Input<string>;
  readonly deployer: Principal;
  readonly packages: Packages;
}

/** What the parts of a stamp are told. */
interface Common extends Place {
  readonly workspaceId: pulumi.Output<string>;
  readonly publicAccess: boolean;
  readonly protect: boolean;
}

export class Customer extends pulumi.ComponentResource {
  readonly functionsUrl: string;
  readonly bridgeUrl: pulumi.Output<string>;
  readonly keyVaultEndpoint: pulumi.Output<string>;

  constructor(name: string, args: CustomerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:stacks:Customer", name, {}, opts);
    const { customer, settings, environment, names } = args;
    const common = commonOf(args);
    const identity = createIdentity(name, args, common, this);
    const storage = createStorage(name, args, common, this);
    const database = createDatabase(name, args, this);
    const flags = createFlags(name, args, common, this);
    this.functionsUrl = functionsUrl(settings, names);
    const staff = createStaffAccess(name, args, identity, this);
    const vault = createVault(name, args, common, this);
    this.keyVaultEndpoint = vault.endpoint;
    createKnowledge(name, args, this);

    const { openAI, search, redis, speech, signalR, monitoring } = environment;
    // Whoever deploys points the trunk here: the webhook is registered with the model service by hand (docs/sip.md).
    if (customer.phone.carrier === "sip") args.deployer.grant(`${name}-deployer`, openAI.link(), { parent: this });
    const links = [
      identity.link(),
      openAI.link(),
      database.link(),
      storage.queueLink(),
      storage.recordingLink(),
      redis.link(identity.principal),
      search.link(customer.name),
      flags.link(),
      vault.link(),
      createLine(name, args, storage, this),
      staff.link(),
      monitoring.link(),
    ] as const;
    const values = {
      PHONE_NUMBER: customer.phone.number,
      DIALLABLE_COUNTRIES: customer.phone.countries.join(","),
      WEBHOOK_PRIVATE_HOSTS: customer.webhooks.privateHosts.map(hostOf).join(","),
      AGENT: JSON.stringify(customer.agent),
      CHAT: JSON.stringify(customer.chat),
      FUNCTIONS_URL: this.functionsUrl,
    };
    const app = { ...common, identity, storage, deployer: args.deployer };
    const { minReplicas, maxReplicas, callsPerReplica } = settings.bridge;
    const bridge = new BridgeApp(
      `${name}-bridge`,
      {
        ...app,
        appName: names(
          settings.bridge.host === "container-app" ? "Microsoft.App/containerApps" : "Microsoft.Web/sites",
          "bridge",
        ),
        host: bridgeHost(args),
        minReplicas,
        maxReplicas,
        callsPerReplica,
        publicScheme: settings.cloud.publicScheme,
        package: args.packages.bridge,
        schema: bridgeSettings,
        links: [...links, speech.link(), speech.voiceLiveLink()],
        settings: { ...values, CALLS_PER_REPLICA: String(callsPerReplica) },
      },
      { parent: this },
    );
    this.bridgeUrl = bridge.url;
    new FunctionsApp(
      `${name}-functions`,
      {
        ...app,
        ...settings.functions,
        appName: names("Microsoft.Web/sites/functions"),
        planName: names("Microsoft.Web/serverFarms", "functions"),
        // The function that takes ringing calls from their queue (runtime/functions.ts).
        alwaysReadyFunctions: ["incomingCall"],
        allowedOrigins: [],
        subnetId: environment.network?.functionsSubnetId,
        package: args.packages.functions,
        schema: functionsSettings,
        links: [...links, speech.promptLink(), signalR.link(customer.name), vault.visitorLink()],
        settings: { ...values, BRIDGE_URL: bridge.url, DIALLED_PER_HOUR: String(customer.phone.dialledPerHour) },
      },
      { parent: this },
    );
    this.registerOutputs({
      functionsUrl: this.functionsUrl,
      bridgeUrl: this.bridgeUrl,
      keyVaultEndpoint: this.keyVaultEndpoint,
    });
  }
}

function commonOf({ customer, settings, environment }: CustomerArgs): Common {
  const { place, monitoring } = environment;
  return {
    ...place,
    tags: { ...place.tags, customer: customer.name },
    workspaceId: monitoring.workspaceId,
    publicAccess: !settings.privateNetwork,
    protect: settings.protectData,
  };
}

function createIdentity(name: string, { names, tenantId }: CustomerArgs, common: Common, parent: pulumi.Resource): Identity {
  const identityName = names("Microsoft.ManagedIdentity/userAssignedIdentities");
  return new Identity(`${name}-identity`, { ...common, identityName, tenantId }, { parent });
}

function createKnowledge(name: string, { customer, settings, environment }: CustomerArgs, parent: pulumi.Resource): void {
  const { search, searchDefinable } = environment;
  const dimensions = embeddingDimensions(settings.models.embedding.name);
  new SearchIndex(
    `${name}-knowledge`,
    { endpoint: search.endpoint, indexName: customer.name, dimensions },
    { parent, dependsOn: [...searchDefinable] },
  );
}

function createStorage(
  name: string,
  { settings, customer, environment, names }: CustomerArgs,
  common: Common,
  parent: pulumi.Resource,
): Storage {
  const storage = new Storage(
    `${name}-storage`,
    {
      ...common,
      accountName: names("Microsoft.Storage/storageAccounts"),
      redundancy: settings.storage.redundancy,
      recordingsDays: customer.retention.recordingsDays,
    },
    { parent },
  );
  for (const service of ["blob", "queue", "table"] as const)
    environment.network?.endpoint(`${customer.name}-${service}`, service, storage.id);
  return storage;
}

function createVault(name: string, args: CustomerArgs, common: Common, parent: pulumi.Resource): KeyVault {
  const { customer, environment, names, tenantId, deployer } = args;
  const vaultName = names("Microsoft.KeyVault/vaults");
  const vault = new KeyVault(`${name}-vault`, { ...common, vaultName, tenantId, deployer }, { parent });
  environment.network?.endpoint(`${customer.name}-vault`, "vault", vault.id);
  return vault;
}

function createDatabase(
  name: string,
  { settings, customer, environment }: CustomerArgs,
  parent: pulumi.Resource,
): CosmosDatabase {
  return new CosmosDatabase(
    `${name}-database`,
    {
      account: environment.cosmos,
      databaseName: customer.name,
      throughput: settings.cosmos.throughput,
      retentionDays: customer.retention.callsDays,
      protect: settings.protectData,
    },
    { parent },
  );
}

/** A store of the customer's own: flags are turned for one customer at a time. */
function createFlags(name: string, args: CustomerArgs, common: Common, parent: pulumi.Resource): AppConfiguration {
  const { settings, customer, environment, names, deployer } = args;
  const storeName = names("Microsoft.AppConfiguration/configurationStores");
  const store = new AppConfiguration(
    `${name}-flags`,
    { ...common, storeName, sku: settings.appConfiguration.sku, flags: customer.flags, deployer },
    { parent },
  );
  environment.network?.endpoint(`${customer.name}-flags`, "appConfiguration", store.id);
  return store;
}

function createStaffAccess(
  name: string,
  { settings, environment, registration }: CustomerArgs,
  identity: Identity,
  parent: pulumi.Resource,
): StaffAccess {
  const services = { "signal-r": environment.signalR.principal };
  return new StaffAccess(`${name}-staff`, { registration, login: settings.cloud.login, identity, services }, { parent });
}

/** The number's line: whoever carries it, and with Communication Services what arrives there and where it records. */
function createLine(name: string, args: CustomerArgs, storage: Storage, parent: pulumi.Resource): Link<"PHONE_CARRIER"> {
  const { customer, settings, environment } = args;
  const { carrier, number, twilioAccount = "" } = customer.phone;
  if (carrier === "sip") return sipTrunk();
  if (carrier === "twilio") return twilioLine({ account: twilioAccount, api: settings.cloud.twilio });
  const { place, telephony } = environment;
  if (!telephony) throw new Error(`${name}: phone.carrier is acs, but its environment was made without Communication Services.`);
  new NumberSubscriptions(
    `${name}-number`,
    {
      resourceGroupName: place.resourceGroupName,
      events: telephony.events,
      subscriptionPrefix: customer.name,
      phoneNumber: number,
      storage,
    },
    { parent },
  );
  // Communication Services writes recordings itself.
  telephony.communication.principal.grant(`${name}-communication`, storage.recordingLink(), { parent });
  return telephony.communication.link();
}

function bridgeHost({ settings, environment, names }: CustomerArgs): BridgeHost {
  const { image, zoneRedundant } = settings.bridge;
  if (environment.containers) return { kind: "container-app", environmentId: environment.containers.id, image };
  const planName = names("Microsoft.Web/serverFarms", "bridge");
  return { kind: "app-service", planName, zoneRedundant, subnetId: environment.network?.appServiceSubnetId };
}
