/**
 * Evaluates the stack's program in this process through the SDK's own monitor hook: each resource the program registers is handed to the
 * provider, which answers with outputs once it runs. The engine's part (order, dependencies, outputs) is the SDK's; there is no state.
 */
import { readFile } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Inputs } from "./provider/arm.ts";
import type { LaptopProvider } from "./provider/provider.ts";

export const project = "switchboard";
export const stack = "laptop";

/** Stack settings as `Pulumi.<stack>.yaml` holds them: name to value. */
export type Config = Readonly<Record<string, unknown>>;

/** The settings committed for a stack, without the project's prefix. */
export async function stackConfig(file: string): Promise<Config> {
  const { config } = (parse(await readFile(file, "utf8")) ?? {}) as { config?: Record<string, unknown> | null };
  return Object.fromEntries(Object.entries(config ?? {}).map(([name, value]) => [name.replace(`${project}:`, ""), value]));
}

/**
 * The settings committed for a laptop, with those of the file `over` laid on them: a stack file like any other, of which only what differs is
 * said. Throws when that file cannot be read.
 */
export async function laptopConfig(committed: string, over: string | undefined): Promise<Config> {
  if (!over) return stackConfig(committed);
  const own = await stackConfig(over).catch((error: Error) => {
    throw new Error(
      `LAPTOP_SETTINGS="${over}" cannot be read (${error.message}); name a YAML file shaped like Pulumi.laptop.yaml, or leave it out.`,
    );
  });
  return mergedConfig(await stackConfig(committed), own);
}

/** `over` laid on `base`: tables are merged name by name, everything else (lists too) replaces. */
export function mergedConfig(base: Config, over: Config): Config {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isTable(below) && isTable(value) ? mergedConfig(below, value) : value;
  }
  return merged;
}

const isTable = (value: unknown): value is Config => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Runs the program (`index.ts`) with these settings and resolves to its outputs once every resource exists. Rejects with the first resource
 * that could not be realised, or with the program's own error.
 */
export async function evaluate(
  provider: LaptopProvider,
  config: Config,
  program: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  let failure: Error | undefined;
  const fail = (error: unknown): never => {
    failure ??= error instanceof Error ? error : new Error(String(error));
    throw failure;
  };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([name, value]) => [`${project}:${name}`, asText(value)])),
  );
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs, custom }) => {
        if (!custom || type.startsWith("pulumi:")) return { id: name, state: inputs as Record<string, unknown> };
        const realised = await provider.create(type, name, inputs as Inputs).catch(fail);
        return { id: realised.id, state: { ...realised.outputs } };
      },
      call: async ({ token }) => ({ ...(await provider.call(token).catch(fail)) }),
    },
    project,
    stack,
    false,
  );
  // A rejected registration reaches every output that depends on it; the first cause is the one a person can use.
  const swallow = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };
  process.on("unhandledRejection", swallow);
  try {
    const outputs = (await pulumi.runtime.runInPulumiStack(program)) ?? {};
    await pulumi.runtime.disconnect();
    if (failure) throw failure;
    process.off("unhandledRejection", swallow);
    return Object.fromEntries(
      await Promise.all(Object.entries(outputs).map(async ([name, value]) => [name, await settled(value)] as const)),
    );
  } catch (error) {
    // The handler stays: outputs that depended on the failure go on rejecting while the laptop closes down.
    throw failure ?? error;
  }
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The value of an output, which by now is there. */
function settled(value: unknown): Promise<unknown> {
  const output: pulumi.Output<unknown> = pulumi.Output.create(value);
  return new Promise((resolve) => output.apply(resolve));
}
