/**
 * Realises the graph's resources on a laptop: one registered resource in, its outputs out, as a Pulumi provider would. Two hosts call it: the
 * SDK's monitor hook in one process (`npm start`) and a provider over gRPC (`pulumi up` with the real engine).
 */
import { armId, type Inputs, nameOf, subscriptionId } from "./arm.ts";
import { controlPlane } from "./control-plane.ts";
import type { Laptop } from "./laptop.ts";
import type { Realisation, Realised } from "./realisation.ts";
import { dynamicResource } from "./resources/dynamic.ts";
import { resources } from "./resources/resources.ts";

export class LaptopProvider {
  readonly #laptop: Laptop;

  constructor(laptop: Laptop) {
    this.#laptop = laptop;
  }

  /** Creates one resource. Rejects with the resource's type, name and what is wrong with it. */
  async create(type: string, name: string, inputs: Inputs): Promise<Realised> {
    try {
      const realised = await realisationOf(type).create(inputs, this.#laptop, name);
      return complete(realised, inputs);
    } catch (error) {
      throw new Error(`${type} "${name}" on this laptop: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** Applies changed inputs: in place where the realisation can, else what ran ends and runs anew with its kept data. */
  async update(type: string, name: string, id: string, before: Inputs, inputs: Inputs): Promise<Realised> {
    const realisation = realisationOf(type);
    if (!realisation.update) {
      await this.delete(type, id, before);
      return this.create(type, name, inputs);
    }
    const realised = await realisation.update(id, inputs, this.#laptop, name);
    return complete(realised, inputs);
  }

  async delete(type: string, id: string, inputs: Inputs): Promise<void> {
    await realisationOf(type).delete?.(id, inputs, this.#laptop);
    await this.#laptop.forget(id);
  }

  /** Functions of the Azure provider that the graph calls. */
  async call(token: string): Promise<Readonly<Record<string, unknown>>> {
    const { directory } = this.#laptop;
    if (token === "azure-native:authorization:getClientConfig")
      return { tenantId: directory.tenantId, subscriptionId, objectId: deployer.objectId, clientId: deployer.clientId };
    throw new Error(`The graph calls ${token}, which this laptop does not answer.`);
  }
}

/** Whoever runs the program: the principal that data-plane roles for deployment are granted to. */
export const deployer = {
  objectId: "00000000-0000-4000-8000-0000000000d1",
  clientId: "00000000-0000-4000-8000-0000000000d2",
} as const;

/** A resource's outputs as azure-native gives them: its inputs echoed, its name, and what it computed. */
function complete({ id, outputs }: Realised, inputs: Inputs): Realised {
  return { id, outputs: { ...inputs, name: nameOf(id), ...outputs } };
}

/** Whether the laptop knows what to do with a type. */
export function isRealisable(type: string): boolean {
  return type in resources || type in controlPlane || type.startsWith("pulumi-nodejs:");
}

function realisationOf(type: string): Realisation {
  const known = resources[type];
  if (known) return known;
  const template = controlPlane[type];
  if (template)
    return { create: (inputs) => ({ id: armId(inputs, template), outputs: {} }), update: (id) => ({ id, outputs: {} }) };
  if (type.startsWith("pulumi-nodejs:")) return dynamicResource;
  throw new Error(
    `the laptop has no stand-in for this type; add one in laptop/provider/resources, or its ARM id in control-plane.ts if nothing runs for it.`,
  );
}
