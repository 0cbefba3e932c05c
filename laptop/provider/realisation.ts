/** How one type of resource becomes something that runs. */
import type { Inputs } from "./arm.ts";
import type { Laptop } from "./laptop.ts";

export interface Realised {
  readonly id: string;
  /** Outputs under their Pulumi names; what is missing here falls back to the inputs, as azure-native echoes them. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Realisation {
  create(inputs: Inputs, laptop: Laptop, name: string): Promise<Realised> | Realised;
  /** Applies changed inputs in place; absent means that a change ends what runs and starts it anew. */
  update?(id: string, inputs: Inputs, laptop: Laptop, name: string): Promise<Realised> | Realised;
  delete?(id: string, inputs: Inputs, laptop: Laptop): Promise<void> | void;
}
