/**
 * Resources whose provider is the program's own code (`pulumi.dynamic.Resource`): the serialised closure that the engine would run is run here,
 * so the very code that ships packages to Azure ships them to the laptop, with a token of the person who deploys.
 */
import { createRequire } from "node:module";
import type { Realisation } from "../realisation.ts";

interface DynamicProvider {
  create(inputs: unknown): Promise<{ id: string; outs?: Record<string, unknown> }>;
  delete?(id: string, outputs: unknown): Promise<void>;
}

/** Rebuilds the provider from its text, as `@pulumi/pulumi/cmd/dynamic-provider` does. */
function revive(inputs: Readonly<Record<string, unknown>>): DynamicProvider {
  const module = { exports: {} as { handler?: () => DynamicProvider } };
  const evaluate = new Function("exports", "require", "module", "__filename", "__dirname", String(inputs.__provider));
  evaluate(module.exports, createRequire(import.meta.url), module, import.meta.filename, import.meta.dirname);
  const provider = module.exports.handler?.();
  if (!provider) throw new Error("its serialised provider exports no handler.");
  return provider;
}

export const dynamicResource: Realisation = {
  async create(inputs) {
    const { __provider, ...own } = inputs;
    const { id, outs } = await revive(inputs).create(own);
    return { id, outputs: outs ?? {} };
  },
  async delete(id, inputs) {
    const { __provider, ...own } = inputs;
    await revive(inputs).delete?.(id, own);
  },
};
