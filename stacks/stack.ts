/** The whole graph: settings in, resources registered, outputs out. */
import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { OpenAI } from "../components/open-ai.ts";
import { Principal } from "../components/principal.ts";
import { Customer, type Packages } from "./customer.ts";
import { Environment } from "./environment.ts";
import { functionsUrl, namesOf } from "./names.ts";
import { type Customer as CustomerSettings, ownCustomer, type StackSettings } from "./settings.ts";

/** Names people know from the recipe, and what came since. */
export interface Outputs {
  readonly openAIEndpoint: pulumi.Output<string>;
  /** Without a key: `Endpoint=…;AuthType=azure.msi;Version=1.0`. */
  readonly signalRConnectionString: pulumi.Output<string>;
  readonly functionAppUrl: string;
  readonly modelRouterEndpoint: string;
  readonly webRTCEndpoint: string;
  /** `POST <callsEndpoint>/call`. */
  readonly callsEndpoint: string;
  readonly reportUrl: string;
  readonly bridgeUrl: pulumi.Output<string>;
  /** Purpose to deployment name. */
  readonly deployedModels: OpenAI["deployments"];
  readonly cosmosEndpoint: pulumi.Output<string>;
  readonly searchEndpoint: pulumi.Output<string>;
  readonly redisHostName: pulumi.Output<string>;
  /** Undefined when other companies carry every number. */
  readonly communicationEndpoint: pulumi.Output<string> | undefined;
  /** The stack's own vault, where people put other companies' secrets. */
  readonly keyVaultEndpoint: pulumi.Output<string>;
  /** Customers stamped beside the stack's own, by name. */
  readonly customers: Readonly<Record<string, { readonly functionAppUrl: string; readonly bridgeUrl: pulumi.Output<string> }>>;
}

/** Registers every resource of a stack. `packages` are the apps' code; a test may pass any. */
export function createStack(settings: StackSettings, { packages }: { packages: Packages }): Outputs {
  const { objectId, tenantId } = getClientConfigOutput();
  const deployer = new Principal({ principalId: objectId, kind: "deployer" });
  const own = ownCustomer(settings);
  const sharing = [own, ...settings.customers.filter(({ isolation }) => isolation === "shared")];
  const environment = createEnvironment("environment", settings, sharing, deployer);
  const stamp = (customer: CustomerSettings, on: Environment) => {
    const names = customerNames(settings, customer);
    return new Customer(customer.name, { customer, settings, environment: on, names, tenantId, deployer, packages });
  };
  const main = stamp(own, environment);
  const stamped = settings.customers.map((customer) => {
    const on =
      customer.isolation === "shared"
        ? environment
        : createEnvironment(`${customer.name}-environment`, settings, [customer], deployer, customer);
    return [customer.name, stamp(customer, on)] as const;
  });
  return {
    ...outputsOf(environment, main),
    customers: Object.fromEntries(
      stamped.map(([name, { functionsUrl: functionAppUrl, bridgeUrl }]) => [name, { functionAppUrl, bridgeUrl }]),
    ),
  };
}

const customerNames = (settings: StackSettings, customer: CustomerSettings) =>
  namesOf(settings, pulumi.getStack(), customer.name);

/** An environment for `customers`; `owner` is the one it is dedicated to. */
function createEnvironment(
  name: string,
  settings: StackSettings,
  customers: readonly CustomerSettings[],
  deployer: Principal,
  owner?: CustomerSettings,
): Environment {
  const names = namesOf(settings, pulumi.getStack(), owner?.name);
  const origins = customers.map((customer) => functionsUrl(settings, customerNames(settings, customer)));
  const openAICustomDomain = owner ? names("Microsoft.CognitiveServices/accounts") : settings.openAICustomDomain;
  const own = owner ? { ...settings, phone: owner.phone } : settings;
  const telephony = customers.some(({ phone }) => phone.carrier === "acs");
  return new Environment(name, { settings: own, names, openAICustomDomain, origins, telephony, deployer });
}

function outputsOf(
  { openAI, signalR, cosmos, search, redis, telephony }: Environment,
  main: Customer,
): Omit<Outputs, "customers"> {
  const home = main.functionsUrl;
  return {
    openAIEndpoint: openAI.endpoint,
    signalRConnectionString: signalR.connectionString,
    functionAppUrl: home,
    modelRouterEndpoint: `${home}/api/ModelRouter`,
    webRTCEndpoint: `${home}/api/realtime/calls`,
    callsEndpoint: home,
    reportUrl: `${home}/report`,
    bridgeUrl: main.bridgeUrl,
    deployedModels: openAI.deployments,
    cosmosEndpoint: cosmos.endpoint,
    searchEndpoint: search.endpoint,
    redisHostName: redis.hostName,
    communicationEndpoint: telephony?.communication.endpoint,
    keyVaultEndpoint: main.keyVaultEndpoint,
  };
}
