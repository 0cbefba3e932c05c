/** What keeps the service up: deployments that succeed, room for people, logs, and no lost or belated call. */
import { type GraphResource, inputAt, type Rule } from "./graph.ts";
import { type Finding, of, rule } from "./rule.ts";

const deployment = "cognitiveservices:Deployment";

const subscription = "eventgrid:SystemTopicEventSubscription";

const signalR = "signalrservice:SignalR";

/** Types whose logs are asked for when something went wrong with a call. Redis keeps its logs at the database. */
const diagnosed = [
  ...["cognitiveservices:Account", "signalrservice:SignalR", "communication:CommunicationService", "cosmosdb:DatabaseAccount"],
  ...["search:Service", "redisenterprise:Database", "storage:StorageAccount", "appconfiguration:ConfigurationStore"],
  ...["web:WebApp", "app:ManagedEnvironment", "eventgrid:SystemTopic", "keyvault:Vault"],
];

/** Tiers that may live with a service's free SKU. */
const cheapTiers = ["laptop", "dev"];

/** A call rings for about half a minute; a message that outlives it would have the app answer nobody. */
const longestRingSeconds = 60;

export const serviceRules: readonly Rule[] = [
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
