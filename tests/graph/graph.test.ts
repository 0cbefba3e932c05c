import { beforeAll, describe, expect, test } from "vitest";
import { evaluate, type Graph, type Resource } from "./graph.ts";
import { listing } from "./listing.ts";
import { type StackName, stacks } from "./stacks.ts";

describe.each(Object.keys(stacks) as StackName[])("the graph of %s", (stack) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluate(stack, stacks[stack]);
  });

  test("is the one that was reviewed", async () => {
    await expect(listing(graph)).toMatchFileSnapshot(`resources.${stack}.txt`);
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
    const ids = graph.resources.filter(
      ({ type, custom }) => custom && !/RoleAssignment|DiagnosticSetting|AccessPolicy|KeyValue|Zone|:network:/.test(type),
    );
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

test("a customer's settings reach its own apps, flags and number", async () => {
  const graph = await evaluate("test", {
    ...stacks.test,
    customers: [
      { name: "contoso", phone: { number: "+33199002738" }, agent: { bot_name: "Nora" }, flags: { recording_enabled: true } },
    ],
  });
  const named = (name: string) => graph.resources.find((resource) => resource.custom && resource.name === name)!;
  expect(JSON.stringify(named("contoso-bridge").inputs)).toContain("Nora");
  expect(JSON.stringify(named("main-bridge").inputs)).not.toContain("Nora");
  expect(named("contoso-flags-recording-enabled").inputs.value).toBe("true");
  expect(named("main-flags-recording-enabled").inputs.value).toBe("false");
  expect(JSON.stringify(named("contoso-number-calls").inputs.filter)).toContain("+33199002738");
  expect(graph.outputs.customers).toMatchObject({ contoso: { functionAppUrl: expect.stringContaining("contoso") } });
});
