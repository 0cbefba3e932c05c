/** What the customers of an environment share: one account of each service, one network, one place where apps run. */
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { Alerts } from "../components/alerts.ts";
import { Communication } from "../components/communication.ts";
import { CommunicationEvents } from "../components/communication-events.ts";
import { ContainerEnvironment } from "../components/container-environment.ts";
import { Cosmos } from "../components/cosmos.ts";
import { Monitoring, type MonthlyBudget } from "../components/monitoring.ts";
import { Network } from "../components/network.ts";
import { OpenAI } from "../components/open-ai.ts";
import type { Place } from "../components/place.ts";
import type { Principal } from "../components/principal.ts";
import { Redis } from "../components/redis.ts";
import { Search } from "../components/search.ts";
import { type HubOwner, SignalR } from "../components/signal-r.ts";
import { Speech } from "../components/speech.ts";
import type { Names } from "./names.ts";
import type { StackSettings } from "./settings.ts";

export interface EnvironmentArgs {
  readonly settings: StackSettings;
  readonly names: Names;
  /** Subdomain of the OpenAI account, unique in Azure. */
  readonly openAICustomDomain: string;
  /** The customers' apps, which browsers connect from and SignalR reports to. */
  readonly hubOwners: readonly HubOwner[];
  /** Whether Communication Services carries any of the customers' numbers; without one there is none. */
  readonly telephony: boolean;
  readonly deployer: Principal;
}

/** What every service of an environment is told. */
interface Common extends Place {
  readonly workspaceId: pulumi.Output<string>;
  readonly publicAccess: boolean;
}

/** Communication Services and what it reports. */
interface Telephony {
  readonly communication: Communication;
  readonly events: CommunicationEvents;
}

export class Environment extends pulumi.ComponentResource {
  readonly place: Place;
  readonly network: Network | undefined;
  readonly monitoring: Monitoring;
  readonly openAI: OpenAI;
  readonly signalR: SignalR;
  /** Absent when other companies carry every number. */
  readonly telephony: Telephony | undefined;
  readonly cosmos: Cosmos;
  readonly search: Search;
  /** What must be there before the deployer may define an index. */
  readonly searchDefinable: readonly pulumi.Resource[];
  readonly redis: Redis;
  readonly speech: Speech;
  /** Absent when bridges run on App Service. */
  readonly containers: ContainerEnvironment | undefined;

  constructor(name: string, args: EnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:stacks:Environment", name, {}, opts);
    const { settings, names } = args;
    this.place = createPlace(name, args, this);
    this.network = settings.privateNetwork
      ? new Network(
          `${name}-network`,
          { ...this.place, networkName: names("Microsoft.Network/virtualNetworks") },
          { parent: this },
        )
      : undefined;
    this.monitoring = createMonitoring(name, args, this.place, this);
    const common = { ...this.place, workspaceId: this.monitoring.workspaceId, publicAccess: !settings.privateNetwork };
    this.openAI = createOpenAI(name, args, common, this);
    this.speech = createSpeech(name, args, common, this);
    this.signalR = createSignalR(name, args, common, this);
    this.telephony = args.telephony ? createTelephony(name, args, common, this.speech, this) : undefined;
    this.cosmos = createCosmos(name, args, common, this);
    this.search = createSearch(name, args, common, this);
    this.searchDefinable = args.deployer.grant(`${name}-deployer`, this.search.ingestLink(), { parent: this });
    this.redis = createRedis(name, args, common, this);
    this.containers =
      settings.bridge.host === "container-app" ? createContainers(name, args, common, this.network, this) : undefined;
    if (settings.alerts.email) this.#createAlerts(name, names);
    if (this.network) this.#createEndpoints(this.network);
    this.registerOutputs({});
  }

  #createAlerts(name: string, names: Names): void {
    const { openAI, telephony, monitoring, place } = this;
    const alertPrefix = names("Microsoft.Insights/components").replace(/^appi-/, "");
    const targets = { topicId: telephony?.events.id, openAIId: openAI.id, insightsId: monitoring.insightsId };
    new Alerts(
      `${name}-alerts`,
      { ...place, actionGroupId: monitoring.actionGroupId, alertPrefix, ...targets },
      { parent: this },
    );
  }

  #createEndpoints(network: Network): void {
    network.endpoint("open-ai", "openAI", this.openAI.id);
    network.endpoint("speech", "foundry", this.speech.speechId);
    network.endpoint("translator", "translator", this.speech.translatorId);
    network.endpoint("signal-r", "signalR", this.signalR.id);
    network.endpoint("cosmos", "cosmos", this.cosmos.id);
    network.endpoint("search", "search", this.search.id);
    network.endpoint("redis", "redis", this.redis.id);
  }
}

function createPlace(name: string, { settings, names }: EnvironmentArgs, parent: pulumi.Resource): Place {
  const { location, environment, tier, namePrefix } = settings;
  const tags = { project: namePrefix, environment, tier, ...settings.tags };
  const group = new ResourceGroup(
    `${name}-group`,
    { resourceGroupName: names("Microsoft.Resources/resourceGroups"), location, tags },
    { parent, protect: settings.protectData },
  );
  return { resourceGroupName: group.name, location, tags };
}

function createMonitoring(name: string, { settings, names }: EnvironmentArgs, place: Place, parent: pulumi.Resource): Monitoring {
  return new Monitoring(
    `${name}-monitoring`,
    {
      ...place,
      workspaceName: names("Microsoft.OperationalInsights/workspaces"),
      insightsName: names("Microsoft.Insights/components"),
      actionGroupName: names("Microsoft.Insights/actionGroups"),
      budgetName: names("Microsoft.Consumption/budgets"),
      enableAppInsights: settings.enableAppInsights,
      retentionDays: settings.retention.logsDays,
      email: settings.alerts.email,
      budget: budgetOf(settings),
    },
    { parent },
  );
}

function budgetOf({ budget: { amount, startDate } }: StackSettings): MonthlyBudget | undefined {
  return amount !== undefined && startDate !== undefined ? { amount, startDate } : undefined;
}

function createOpenAI(
  name: string,
  { settings, names, openAICustomDomain }: EnvironmentArgs,
  common: Common,
  parent: pulumi.Resource,
): OpenAI {
  const accountName = names("Microsoft.CognitiveServices/accounts");
  const { openAISku: sku, models } = settings;
  return new OpenAI(
    `${name}-open-ai`,
    { ...common, accountName, customSubDomainName: openAICustomDomain, sku, models },
    { parent },
  );
}

function createSpeech(name: string, { names }: EnvironmentArgs, common: Common, parent: pulumi.Resource): Speech {
  const speechName = names("Microsoft.CognitiveServices/accounts/foundry");
  const translatorName = names("Microsoft.CognitiveServices/accounts/translator");
  return new Speech(`${name}-speech`, { ...common, speechName, translatorName }, { parent });
}

function createSignalR(
  name: string,
  { settings, names, hubOwners }: EnvironmentArgs,
  common: Common,
  parent: pulumi.Resource,
): SignalR {
  const serviceName = names("Microsoft.SignalRService/signalR");
  const { publicScheme } = settings.cloud;
  return new SignalR(
    `${name}-signal-r`,
    { ...common, serviceName, sku: settings.signalRSku, owners: hubOwners, publicScheme },
    { parent },
  );
}

function createTelephony(
  name: string,
  { settings, names }: EnvironmentArgs,
  common: Common,
  speech: Speech,
  parent: pulumi.Resource,
): Telephony {
  const communication = new Communication(
    `${name}-communication`,
    {
      ...common,
      serviceName: names("Microsoft.Communication/communicationServices"),
      dataLocation: settings.phone.dataLocation,
      authority: settings.cloud.callAutomation,
      protect: settings.protectData,
    },
    { parent },
  );
  // It speaks texts to callers itself, also when no bridge is there.
  communication.principal.grant(`${name}-communication`, speech.voiceLink(), { parent });
  const topicName = names("Microsoft.EventGrid/systemTopics");
  const events = new CommunicationEvents(`${name}-events`, { ...common, topicName, sourceId: communication.id }, { parent });
  return { communication, events };
}

function createCosmos(name: string, { settings, names }: EnvironmentArgs, common: Common, parent: pulumi.Resource): Cosmos {
  const accountName = names("Microsoft.DocumentDB/databaseAccounts");
  const { mode, zones } = settings.cosmos;
  return new Cosmos(
    `${name}-cosmos`,
    { ...common, accountName, mode, zoneRedundant: zones, protect: settings.protectData },
    { parent },
  );
}

function createSearch(name: string, { settings, names }: EnvironmentArgs, common: Common, parent: pulumi.Resource): Search {
  return new Search(
    `${name}-search`,
    { ...common, ...settings.search, serviceName: names("Microsoft.Search/searchServices") },
    { parent },
  );
}

function createRedis(name: string, { settings, names }: EnvironmentArgs, common: Common, parent: pulumi.Resource): Redis {
  return new Redis(
    `${name}-redis`,
    { ...common, ...settings.redis, clusterName: names("Microsoft.Cache/redisEnterprise") },
    { parent },
  );
}

function createContainers(
  name: string,
  { settings, names }: EnvironmentArgs,
  common: Common,
  network: Network | undefined,
  parent: pulumi.Resource,
) {
  const environmentName = names("Microsoft.App/managedEnvironments");
  const { zoneRedundant } = settings.bridge;
  return new ContainerEnvironment(
    `${name}-containers`,
    { ...common, environmentName, zoneRedundant, subnetId: network?.containersSubnetId },
    { parent },
  );
}
