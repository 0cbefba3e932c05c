/** The apps of a graph, and what a check of their wiring is. */
import type { Graph, Resource } from "./graph.ts";
import { at } from "./listing.ts";

export interface Check {
  readonly title: string;
  /** What is wrong, one sentence each; nothing when all is well. */
  faults(graph: Graph): string[];
}

export interface App {
  readonly name: string;
  readonly kind: "functions" | "bridge";
  readonly settings: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
}

const isApp = ({ type }: Resource) => type === "azure-native:web:WebApp" || type === "azure-native:app:ContainerApp";

/** The apps of a graph with the settings that reach their environment. */
export function appsOf({ resources }: Graph): App[] {
  return resources.filter(isApp).map(({ name, inputs, dependencies }) => {
    const pairs = (at(inputs, "siteConfig.appSettings") ?? at(inputs, "template.containers.0.env")) as {
      name: string;
      value: string;
    }[];
    const kind = inputs.functionAppConfig ? "functions" : "bridge";
    return { name, kind, settings: Object.fromEntries(pairs.map((pair) => [pair.name, pair.value])), dependencies };
  });
}

/** Object id of the identity an app runs as. */
export function principalOf({ resources }: Graph, settings: App["settings"]): unknown {
  const identity = resources.find(
    ({ outputs }) => outputs.clientId === settings.AZURE_CLIENT_ID && outputs.principalId !== undefined,
  );
  return identity?.outputs.principalId;
}
