/** What one setting means for another. Each check names the settings it reads, and runs when those are well-formed. */
import { getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { chatChecks } from "./chat-checks.ts";
import { type Check, when } from "./check.ts";
import { lineChecks } from "./line-checks.ts";
import { modelChecks } from "./model-checks.ts";
import type { StackSettings } from "./schema.ts";

/** The number's own country must be open, or the line could not call itself a local one back. */
const callable = (number: string, countries: readonly string[]): boolean =>
  countries.some((country) =>
    number.startsWith(`+${getCountryCallingCode(country as Parameters<typeof getCountryCallingCode>[0])}`),
  );

/** Whether calls may be handed over to the agent's human: a number that is written internationally, in a country that is open. */
function reachable({ agent_phone_number: human }: StackSettings["agent"], countries: readonly string[]): boolean {
  if (human === undefined) return true;
  const number = parsePhoneNumberFromString(human, { extract: false });
  return number?.isPossible() === true && countries.includes(number.country ?? number.getPossibleCountries()[0] ?? "");
}
const unreachable =
  "is not an E.164 number in one of phone.countries, so no call could be handed over; add its country there, correct it, or leave it out";

export const checks: readonly Check[] = [
  ...modelChecks,
  ...lineChecks,
  ...chatChecks,
  {
    reads: ["signalRSku", "tier"],
    faults: ({ signalRSku, tier }) =>
      when(
        signalRSku === "Free_F1" && (tier === "prod" || tier === "test"),
        ["signalRSku"],
        signalRSku,
        `takes 20 connections, which tier ${tier} cannot live with; use Standard_S1 or Premium_P1`,
      ),
  },
  {
    reads: ["search.sku", "search.replicas", "tier"],
    faults: ({ search, tier }) => [
      ...when(
        search.sku === "free" && tier === "prod",
        ["search", "sku"],
        search.sku,
        "has no promise of availability; use basic or standard in prod",
      ),
      ...when(
        search.sku === "free" && search.replicas > 1,
        ["search", "replicas"],
        search.replicas,
        "search.sku free has one replica; set 1, or search.sku basic",
      ),
      ...when(
        search.sku === "basic" && search.replicas > 3,
        ["search", "replicas"],
        search.replicas,
        "search.sku basic has at most 3 replicas; set 3, or search.sku standard",
      ),
    ],
  },
  {
    reads: ["privateNetwork", "signalRSku", "search.sku", "appConfiguration.sku"],
    faults: ({ privateNetwork, signalRSku, search, appConfiguration }) => {
      if (!privateNetwork) return [];
      const reason = "has no private endpoint, which privateNetwork needs";
      return [
        ...when(
          signalRSku === "Free_F1",
          ["signalRSku"],
          signalRSku,
          `${reason}; use Standard_S1 or Premium_P1, or privateNetwork false`,
        ),
        ...when(
          search.sku === "free",
          ["search", "sku"],
          search.sku,
          `${reason}; use basic or standard, or privateNetwork false`,
        ),
        ...when(
          appConfiguration.sku === "Free",
          ["appConfiguration", "sku"],
          appConfiguration.sku,
          `${reason}; use Developer, Standard or Premium, or privateNetwork false`,
        ),
      ];
    },
  },
  {
    reads: ["bridge.host", "bridge.minReplicas", "bridge.maxReplicas", "bridge.zoneRedundant", "privateNetwork"],
    faults: ({ bridge, privateNetwork }) => [
      ...when(
        bridge.minReplicas > bridge.maxReplicas,
        ["bridge", "minReplicas"],
        bridge.minReplicas,
        `is more than bridge.maxReplicas ${bridge.maxReplicas}; raise that or lower this`,
      ),
      ...when(
        bridge.zoneRedundant && bridge.minReplicas < 2,
        ["bridge", "minReplicas"],
        bridge.minReplicas,
        "bridge.zoneRedundant needs at least 2 replicas, one a zone; set 2 or more, or zoneRedundant false",
      ),
      ...when(
        bridge.zoneRedundant && bridge.host === "container-app" && !privateNetwork,
        ["bridge", "zoneRedundant"],
        true,
        "container apps spread over zones only inside a network; set privateNetwork true, or bridge.host app-service, or this false",
      ),
    ],
  },
  {
    reads: ["bridge.minReplicas", "tier"],
    faults: ({ bridge, tier }) =>
      when(
        bridge.minReplicas === 0 && tier === "prod",
        ["bridge", "minReplicas"],
        0,
        "a phone stops ringing before an app has started; keep at least 1 replica in prod",
      ),
  },
  {
    reads: ["functions.zoneRedundant", "functions.alwaysReady", "functions.maximumInstances"],
    faults: ({ functions }) =>
      when(
        functions.zoneRedundant && functions.alwaysReady < 2,
        ["functions", "alwaysReady"],
        functions.alwaysReady,
        "functions.zoneRedundant needs at least 2 instances always ready; set 2 or more, or zoneRedundant false",
      ),
  },
  {
    reads: ["cosmos.zones", "storage.redundancy"],
    faults: ({ cosmos, storage }) =>
      when(
        cosmos.zones && storage.redundancy === "Standard_LRS",
        ["storage", "redundancy"],
        storage.redundancy,
        "keeps recordings and queues in one zone while cosmos.zones spreads the calls over several; use Standard_ZRS or Standard_GZRS, or cosmos.zones false",
      ),
  },
  {
    reads: ["cosmos.mode", "tier"],
    warnings: ({ cosmos, tier }) =>
      when(
        cosmos.mode === "serverless" && tier === "prod",
        ["cosmos", "mode"],
        cosmos.mode,
        "has one region and no reserved throughput; autoscale is the default in prod",
      ),
  },
  {
    reads: ["phone.number", "phone.countries"],
    faults: ({ phone }) =>
      when(
        !callable(phone.number, phone.countries),
        ["phone", "countries"],
        phone.countries,
        "does not hold the country of phone.number; add it (ISO 3166 alpha-2)",
      ),
  },
  {
    reads: ["agent", "customers", "phone.countries"],
    faults: ({ agent, customers, phone }) => [
      ...when(!reachable(agent, phone.countries), ["agent", "agent_phone_number"], agent.agent_phone_number, unreachable),
      ...customers.flatMap((customer, index) =>
        when(
          !reachable(customer.agent, customer.phone.countries),
          ["customers", index, "agent", "agent_phone_number"],
          customer.agent.agent_phone_number,
          unreachable,
        ),
      ),
    ],
  },
  {
    reads: ["customers", "phone.number"],
    faults: ({ customers, phone }) =>
      customers.flatMap((customer, index) => {
        const before = customers.slice(0, index);
        return [
          ...when(
            before.some(({ name }) => name === customer.name),
            ["customers", index, "name"],
            customer.name,
            "is another customer's name already; each needs its own",
          ),
          ...when(
            [phone, ...before.map((other) => other.phone)].some(({ number }) => number === customer.phone.number),
            ["customers", index, "phone", "number"],
            customer.phone.number,
            "is answered for someone else already; each customer needs a number of its own",
          ),
          ...when(
            !callable(customer.phone.number, customer.phone.countries),
            ["customers", index, "phone", "countries"],
            customer.phone.countries,
            "does not hold the country of this customer's phone.number; add it (ISO 3166 alpha-2)",
          ),
        ];
      }),
  },
  {
    reads: ["staffAccess.mode", "staffAccess.clientId"],
    faults: ({ staffAccess: { mode, clientId } }) => [
      ...when(
        mode === "existing" && clientId === undefined,
        ["staffAccess", "clientId"],
        clientId,
        "staffAccess.mode existing needs the client id of the app registration; give it, or mode create",
      ),
      ...when(
        mode === "create" && clientId !== undefined,
        ["staffAccess", "clientId"],
        clientId,
        "staffAccess.mode create makes its own; leave this out, or set mode existing",
      ),
    ],
  },
  {
    reads: ["budget.amount", "budget.startDate", "alerts.email"],
    faults: ({ budget: { amount, startDate }, alerts: { email } }, today) => {
      if (amount === undefined) return [];
      const firstDay = `${today.toISOString().slice(0, 7)}-01`;
      return [
        ...when(
          !startDate?.endsWith("-01") || startDate < firstDay,
          ["budget", "startDate"],
          startDate,
          `a budget starts on the first day of a month, this one or later; set "${firstDay}"`,
        ),
        ...when(
          email === undefined,
          ["alerts", "email"],
          email,
          "a budget tells someone; give an address, or leave budget.amount out",
        ),
      ];
    },
  },
  {
    reads: ["cloud.publicScheme", "tier"],
    faults: ({ cloud, tier }) =>
      when(
        cloud.publicScheme === "http" && tier !== "laptop",
        ["cloud", "publicScheme"],
        "http",
        "carries calls in the clear; only the tier laptop may use it",
      ),
  },
  {
    reads: ["protectData", "tier"],
    warnings: ({ protectData, tier }) =>
      when(
        !protectData && tier === "prod",
        ["protectData"],
        protectData,
        "lets `pulumi destroy` delete recordings, calls and phone numbers for good",
      ),
  },
];
