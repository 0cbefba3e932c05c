/** Evaluates one stack after the other: each message is a stack's name and its settings, each answer its graph or why there is none; see graph.ts. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { parseSettings } from "../../stacks/settings.ts";
import { createStack } from "../../stacks/stack.ts";
import type { Answered, Asked, Graph, Resource } from "./graph.ts";
import { deployer, standInOutputs } from "./outputs.ts";

let resources: Resource[] = [];

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

const packageOf = (app: string) => ({
  zipPath: `dist/${app}-0123.zip`,
  sha256: "0123456789abcdef".repeat(4),
  bytes: 1,
  folder: `dist/${app}`,
});

async function evaluate({ stack, settings }: Asked): Promise<Graph> {
  resources = [];
  const invokes: string[] = [];
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
  const parsed = parseSettings(settings, { stack, today: new Date("2026-11-22") });
  const outputs = createStack(parsed.settings, {
    packages: { functions: packageOf("functions"), bridge: packageOf("bridge") },
  });
  const known = await new Promise<Graph["outputs"]>((resolve) => pulumi.output(outputs).apply((value) => resolve({ ...value })));
  // Waits until every registration has been answered.
  await pulumi.runtime.disconnect();
  return { stack, resources, outputs: known, invokes };
}

process.on("message", async (asked: Asked) => {
  const answered: Answered = await evaluate(asked).then(
    (graph) => ({ graph }),
    (error: Error) => ({ refusal: error.message }),
  );
  process.send?.(answered);
});
