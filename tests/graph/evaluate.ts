/** `node evaluate.ts <stack> <settings as JSON>` prints the stack's graph as JSON; see graph.ts. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { parseSettings } from "../../stacks/settings.ts";
import { createStack } from "../../stacks/stack.ts";
import type { Graph, Resource } from "./graph.ts";
import { deployer, standInOutputs } from "./outputs.ts";

const [stack = "", raw = "{}"] = process.argv.slice(2);
const resources: Resource[] = [];
const invokes: string[] = [];

// Parents and dependencies reach the monitor only, not the hooks of setMocks.
const register = MockMonitor.prototype.registerResource;
MockMonitor.prototype.registerResource = function (request, callback) {
  const seen: typeof callback = (error: unknown, response) => {
    if (!error)
      resources.push({
        type: request.getType(),
        name: request.getName(),
        urn: response.getUrn(),
        ...(request.getParent() ? { parent: request.getParent() } : {}),
        custom: request.getCustom(),
        id: response.getId(),
        inputs: pulumi.runtime.deserializeProperties(request.getObject()),
        outputs: response.getObject().toJavaScript(),
        dependencies: request.getDependenciesList(),
        protect: request.getProtect(),
      });
    callback(error, response);
  };
  return register.call(this, request, seen);
};

await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => standInOutputs(type, name, inputs),
    call: ({ token }) => {
      invokes.push(token);
      return { ...deployer };
    },
  },
  "switchboard",
  stack,
);
const { settings } = parseSettings(JSON.parse(raw), { stack, today: new Date("2026-11-22") });
const packageOf = (app: string) => ({
  zipPath: `dist/${app}-0123.zip`,
  sha256: "0123456789abcdef".repeat(4),
  bytes: 1,
  folder: `dist/${app}`,
});
const outputs = createStack(settings, { packages: { functions: packageOf("functions"), bridge: packageOf("bridge") } });
const known = await new Promise<Graph["outputs"]>((resolve) => pulumi.output(outputs).apply((value) => resolve({ ...value })));
// Waits until every registration has been answered.
await pulumi.runtime.disconnect();
process.stdout.write(
  JSON.stringify({ stack, resources, outputs: known, invokes, evaluationMs: performance.now() } satisfies Graph),
);
