import { beforeAll, describe, expect, test } from "vitest";
import { violations } from "../../policy/rules.ts";
import { bridgeSettings } from "../../runtime/settings.ts";
import { appsOf } from "./apps.ts";
import { evaluate, type Graph, type Resource } from "./graph.ts";
import { at, listing } from "./listing.ts";
import { settingsOf, stackNames, withCarriers, withCustomers } from "./stacks.ts";

describe.each(stackNames)("the graph of %s", (stack) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluate(stack, await settingsOf(stack));
  });

  test("is the one that was reviewed", async () => {
    await expect(listing(graph)).toMatchFileSnapshot(`resources.${stack}.txt`);
  });

  test("breaks no rule of the policy", () => {
    expect(violations(graph.resources, graph.invokes)).toEqual([]);
  });

  test("names every child after its component", () => {
    const components = new Map(graph.resources.filter(({ custom }) => !custom).map((component) => [component.urn, component]));
    const strays = graph.resources.filter(({ name, parent }) => {
      const component = components.get(parent ?? "");
      return component !== undefined && name !== component.name && !name.startsWith(`${component.name}-`);
    });
    expect(strays.map(({ name }) => name)).toEqual([]);
  });

  test("puts every resource in a component", () => {
    const orphans = graph.resources.filter(({ custom, parent }) => custom && !parent);
    expect(orphans.map(({ name }) => name)).toEqual([]);
  });

  test("asks Azure only who is deploying", () => {
    expect(new Set(graph.invokes)).toEqual(new Set(["azure-native:authorization:getClientConfig"]));
  });

  test("gives two resources of one type the same physical name nowhere", () => {
    const ids = graph.resources.filter(({ type, custom }) => custom && !/RoleAssignment|DiagnosticSetting/.test(type));
    expect(repeated(ids, ({ type, id }) => `${type} ${id}`)).toEqual([]);
  });

  test("has the outputs people know", () => {
    // Where other companies carry every number there is no Communication Services to speak of.
    const telephony = graph.resources.some(({ name }) => name === "environment-communication");
    const outputs = [
      "bridgeUrl",
      "callsEndpoint",
      "communicationEndpoint",
      "cosmosEndpoint",
      "customers",
      "deployedModels",
      "functionAppUrl",
      "keyVaultEndpoint",
      "modelRouterEndpoint",
      "openAIEndpoint",
      "redisHostName",
      "reportUrl",
      "searchEndpoint",
      "signalRConnectionString",
      "webRTCEndpoint",
    ];
    expect(Object.keys(graph.outputs).sort()).toEqual(outputs.filter((name) => telephony || name !== "communicationEndpoint"));
    expect(graph.outputs.signalRConnectionString).toMatch(/^Endpoint=https:\/\/[^;]+;AuthType=azure\.msi;Version=1\.0$/);
  });
});

function repeated(resources: readonly Resource[], key: (resource: Resource) => string): string[] {
  return [...Map.groupBy(resources, key)].filter(([, list]) => list.length > 1).map(([name]) => name);
}

describe("a number that another company carries", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluate("carriers", withCarriers);
  });
  const settingsOfApp = (name: string) => appsOf(graph).find((app) => app.name === name)?.settings ?? {};

  test("needs no Communication Services, no events of it and no role on it", () => {
    const shared = graph.resources.filter(
      ({ type, name }) => /communication|eventgrid/i.test(`${type} ${name}`) && !name.startsWith("adatum"),
    );
    expect(shared.map(({ name }) => name)).toEqual([]);
  });

  test.each(["functions", "bridge"])("tells the %s who carries it and nothing of the others", (app) => {
    const line = (customer: string) =>
      Object.fromEntries(
        Object.entries(settingsOfApp(`${customer}-${app}`)).filter(([name]) =>
          /CARRIER|TWILIO|COMMUNICATION|CALL_AUTO/.test(name),
        ),
      );
    expect(line("main")).toEqual({
      PHONE_CARRIER: "twilio",
      TWILIO_ACCOUNT_SID: withCarriers.phone.twilioAccount,
      TWILIO_API: "https://api.twilio.com",
    });
    expect(line("northwind")).toEqual({ PHONE_CARRIER: "sip" });
    expect(line("adatum")).toEqual({
      PHONE_CARRIER: "acs",
      COMMUNICATION_ENDPOINT: expect.stringContaining("adatum"),
      COMMUNICATION_RESOURCE_ID: expect.any(String),
      COMMUNICATION_ACCOUNT_ID: expect.stringContaining("adatum"),
      CALL_AUTOMATION_AUTHORITY: "https://acscallautomation.communication.azure.com",
    });
  });

  test("has its webhooks reach the hosts of its own customer's network only", () => {
    expect(settingsOfApp("main-functions").WEBHOOK_PRIVATE_HOSTS).toBe("crm.intranet:8443");
    expect(settingsOfApp("northwind-functions").WEBHOOK_PRIVATE_HOSTS).toBe("");
  });

  test("has a vault of its own, which only its own apps read", () => {
    const readers = graph.resources.filter(({ name }) => name.endsWith("-key-vault-secrets-user"));
    expect(readers.map(({ name, inputs }) => [name.split("-")[0], String(inputs.scope).split("/").at(-1)]).sort()).toEqual([
      ["adatum", expect.stringMatching(/^kv-.*-ad-/)],
      ["main", expect.stringMatching(/^kv-.*-ma-/)],
      ["northwind", expect.stringMatching(/^kv-.*-no-/)],
    ]);
  });

  test("is refused by a bridge's host when a link for it is forgotten", () => {
    const settings = { ...settingsOfApp("adatum-bridge") };
    delete settings.COMMUNICATION_ENDPOINT;
    expect(bridgeSettings.safeParse(settings).error?.issues).toEqual([
      expect.objectContaining({ path: ["COMMUNICATION_ENDPOINT"], message: "PHONE_CARRIER acs needs it" }),
    ]);
  });
});

test.each([
  [1, "1", 0.5, "1Gi"],
  [50, "35", 0.5, "1Gi"],
  [100, "70", 1, "2Gi"],
  [400, "280", 2, "4Gi"],
])(
  "a bridge for %i calls a replica is one more replica at %s sockets, on %f cores",
  async (callsPerReplica, sockets, cpu, memory) => {
    const { resources } = await evaluate("dev", { ...(await settingsOf("dev")), bridge: { callsPerReplica } });
    const bridge = resources.find(({ type }) => type === "azure-native:app:ContainerApp")!;
    expect(at(bridge.inputs, "template.scale.rules.0.tcp.metadata.concurrentConnections")).toBe(sockets);
    expect(at(bridge.inputs, "template.containers.0.resources")).toEqual({ cpu, memory });
    const [app] = appsOf({ stack: "dev", resources: [bridge], outputs: {}, invokes: [] });
    expect(app?.settings.CALLS_PER_REPLICA).toBe(String(callsPerReplica));
  },
);

test("a bridge that is full or draining gets no new socket within two seconds, and no probe is one that Azure refuses", async () => {
  const { resources } = await evaluate("dev", await settingsOf("dev"));
  const bridge = resources.find(({ type }) => type === "azure-native:app:ContainerApp")!;
  const probes = at(bridge.inputs, "template.containers.0.probes") as {
    type: string;
    httpGet: { path: string };
    periodSeconds: number;
    failureThreshold: number;
    timeoutSeconds: number;
  }[];
  const readiness = probes.find(({ type }) => type === "Readiness")!;
  expect(readiness.httpGet.path).toBe("/readyz");
  expect(readiness.periodSeconds * readiness.failureThreshold + readiness.timeoutSeconds).toBeLessThanOrEqual(2);
  for (const { periodSeconds, failureThreshold, timeoutSeconds } of probes) {
    // ContainerAppProbe of the resource provider: 1 to 240 seconds, 1 to 10 failures.
    expect([periodSeconds, timeoutSeconds].every((seconds) => seconds >= 1 && seconds <= 240)).toBe(true);
    expect(failureThreshold).toBeLessThanOrEqual(10);
  }
});

test("a customer's settings reach its own apps, flags and number, and no other's", async () => {
  const { resources, outputs } = await evaluate("test", withCustomers);
  const inputs = (name: string) => resources.find((resource) => resource.custom && resource.name === name)!.inputs;
  expect(JSON.stringify(inputs("contoso-bridge"))).toContain("Nora");
  expect(JSON.stringify(inputs("main-bridge"))).not.toContain("Nora");
  expect(inputs("contoso-flags-recording-enabled").value).toBe("true");
  expect(inputs("main-flags-recording-enabled").value).toBe("false");
  expect(JSON.stringify(inputs("contoso-number-calls").filter)).toContain("+33199002742");
  expect(inputs("fabrikam-environment-communication").dataLocation).toBe("France");
  expect(outputs.customers).toMatchObject({ contoso: { functionAppUrl: expect.stringContaining("contoso") } });
});

test("R1: a cheap and a strong realtime model on one account, each with the name, version, SKU and capacity that the settings say", async () => {
  const asked = {
    openAICustomDomain: "contoso-voices",
    modelCapacity: 20,
    models: {
      realtimeCheap: { name: "gpt-realtime-2", version: "2026-05-06" },
      realtimeStrong: { sku: "DataZoneStandard", capacity: 7 },
    },
  };
  const { resources } = await evaluate("dev", { ...(await settingsOf("dev")), ...asked });
  const accounts = resources.filter(({ type, inputs }) => type.endsWith(":Account") && inputs.kind === "OpenAI");
  expect(accounts.map(({ inputs }) => at(inputs, "properties.customSubDomainName"))).toEqual(["contoso-voices"]);
  const deployed = resources.filter(({ type, name }) => type.endsWith("cognitiveservices:Deployment") && /realtime/.test(name));
  expect(
    deployed.map(({ inputs }) => [inputs.accountName, inputs.deploymentName, at(inputs, "properties.model"), inputs.sku]),
  ).toEqual([
    [
      accounts[0]?.outputs.name,
      "realtime-cheap",
      { format: "OpenAI", name: "gpt-realtime-2", version: "2026-05-06" },
      { name: "GlobalStandard", capacity: 20 },
    ],
    [
      accounts[0]?.outputs.name,
      "realtime-strong",
      { format: "OpenAI", name: "gpt-realtime-2.1", version: "2026-07-07" },
      { name: "DataZoneStandard", capacity: 7 },
    ],
  ]);
});
