import type { Input } from "@pulumi/pulumi";

/** Where a component's resources live and how they are labelled. */
export interface Place {
  readonly resourceGroupName: Input<string>;
  /** Azure region, e.g. `swedencentral`. Services without a region (Communication, Event Grid for it) ignore it. */
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
}
