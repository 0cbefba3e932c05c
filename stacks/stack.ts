/** The whole graph: settings in, resources registered, outputs out. */
import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { OpenAI } from "../components/open-ai.ts";
import { Principal } from "../components/principal.ts";
import { StaffRegistration } from "../components/staff-registration.ts";
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
  const own = register(settings, ownCustomer(settings));
  const others = settings.customers.map((customer) => register(settings, customer));
  const sharing = [own, ...others.filter(({ customer }) => customer.isolation === "shared")];
  const environment = createEnvironment("environment", settings, sharing, deployer);
  const stamp = ({ customer, registration }: Tenant, on: Environment) => {
    const names = customerNames(settings, customer);
    const args = { customer, settings, environment: on, names, registration, tenantId, deployer, packages };
    return new Customer(customer.name, args);
  };
  const main = stamp(own, environment);
  const stamped = others.map((tenant) => {
    const { name, isolation } = tenant.customer;
    const on =
      isolation === "shared"
        ? environment
        : createEnvironment(`${name}-environment`, settings, [tenant], deployer, tenant.customer);
    return [name, stamp(tenant, on)] as const;
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

/** A customer and its app's registration, which an environment is told of before the app exists. */
interface Tenant {
  readonly customer: CustomerSettings;
  readonly registration: StaffRegistration;
}

function register(settings: StackSettings, customer: CustomerSettings): Tenant {
  const names = customerNames(settings, customer);
  const registration = new StaffRegistration(`${customer.name}-staff`, {
    ...settings.staffAccess,
    displayName: `${names("Microsoft.Web/sites/functions")} (${customer.name} staff)`,
    redirectUri: `${functionsUrl(settings, names)}/sign-in/callback`,
  });
  return { customer, registration };
}

/** An environment for `tenants`; `owner` is the one it is dedicated to. */
function createEnvironment(
  name: string,
  settings: StackSettings,
  tenants: readonly Tenant[],
  deployer: Principal,
  owner?: CustomerSettings,
): Environment {
  const names = namesOf(settings, pulumi.getStack(), owner?.name);
  const hubOwners = tenants.map(({ customer, registration: { clientId } }) => ({
    customer: customer.name,
    url: functionsUrl(settings, customerNames(settings, customer)),
    clientId,
  }));
  const openAICustomDomain = owner ? names("Microsoft.CognitiveServices/accounts") : settings.openAICustomDomain;
  const own = owner ? { ...settings, phone: owner.phone } : settings;
  const telephony = tenants.some(({ customer }) => customer.phone.carrier === "acs");
  return new Environment(name, { settings: own, names, openAICustomDomain, hubOwners, telephony, deployer });
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
