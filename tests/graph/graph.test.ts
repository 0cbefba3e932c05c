import { beforeAll, describe, expect, test } from "vitest";
import { violations } from "../../policy/rules.ts";
import { evaluate, type Graph, type Resource } from "./graph.ts";
import { listing } from "./listing.ts";
import { settingsOf, stackNames, withCustomers } from "./stacks.ts";

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
    expect(Object.keys(graph.outputs).sort()).toEqual([
      "bridgeUrl",
      "callsEndpoint",
      "communicationEndpoint",
      "cosmosEndpoint",
      "customers",
      "deployedModels",
      "functionAppUrl",
      "modelRouterEndpoint",
      "openAIEndpoint",
      "redisHostName",
      "reportUrl",
      "searchEndpoint",
      "signalRConnectionString",
      "webRTCEndpoint",
    ]);
    expect(graph.outputs.signalRConnectionString).toMatch(/^Endpoint=https:\/\/[^;]+;AuthType=azure\.msi;Version=1\.0$/);
  });
});

function repeated(resources: readonly Resource[], key: (resource: Resource) => string): string[] {
  return [...Map.groupBy(resources, key)].filter(([, list]) => list.length > 1).map(([name]) => name);
}

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
