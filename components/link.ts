import type { Input, Output, Resource } from "@pulumi/pulumi";
import type { z } from "zod";
import type { AzureRole, CosmosRole, RedisRole } from "./roles.ts";

/** A role on a resource by Azure RBAC. */
export interface AzureGrant {
  readonly plane: "azure";
  readonly role: AzureRole;
  /** ARM id of what the role is on. A component hands out the same Output each time: that is how double grants are noticed. */
  readonly scope: Output<string>;
}

/** A role in a Cosmos account's own data plane; `scope` is the account's id or a database below it (`<account id>/dbs/<name>`). */
export interface CosmosGrant {
  readonly plane: "cosmos";
  readonly role: CosmosRole;
  readonly scope: Output<string>;
  readonly account: { readonly resourceGroupName: Input<string>; readonly name: Output<string>; readonly id: Output<string> };
}

/** An access policy of a Redis database; `scope` is the database's id. */
export interface RedisGrant {
  readonly plane: "redis";
  readonly role: RedisRole;
  readonly scope: Output<string>;
  readonly database: {
    readonly resourceGroupName: Input<string>;
    readonly clusterName: Output<string>;
    readonly name: Output<string>;
  };
}

/** What an app may do, and where. */
export type Grant = AzureGrant | CosmosGrant | RedisGrant;

/**
 * An address and a permission at once: the settings a runtime reads to reach a service, and the roles it needs there.
 * Handing out one without the other is not possible.
 */
export interface Link<Key extends string = string> {
  /** The service as role assignments call it: `<host>-<link>-<role>`. */
  readonly name: string;
  readonly settings: { readonly [K in Key]: Input<string> };
  readonly grants: readonly Grant[];
  /** What must exist before the service is of use, beside what the settings come from. */
  readonly after?: readonly Resource[];
}

type Provided<Links extends readonly Link[]> = Links[number] extends infer L ? (L extends Link<infer Key> ? Key : never) : never;

type Demanded<Settings extends z.ZodObject> = {
  [K in keyof z.input<Settings>]-?: undefined extends z.input<Settings>[K] ? never : K;
}[keyof z.input<Settings>];

/** Values of settings that no service provides, such as the number to answer; a name the runtime does not know is an error. */
export type Values<Settings extends z.ZodObject> = { readonly [K in keyof z.input<Settings>]?: Input<string> };

/**
 * `Links` when together with `Given` they provide every setting the runtime demands; otherwise a type that no array satisfies, whose one
 * property names what is missing, so that the compiler's message is the advice.
 */
export type Covering<Settings extends z.ZodObject, Links extends readonly Link[], Given> =
  Exclude<Demanded<Settings>, Provided<Links> | keyof Given> extends infer Missing
    ? [Missing] extends [never]
      ? Links
      : { readonly "no link or value provides": Missing }
    : never;

/** How a host is told everything its code demands, and given every role for it. */
export interface Wiring<Settings extends z.ZodObject, Links extends readonly Link[], Given extends Values<Settings>> {
  /** The runtime's own settings schema. */
  readonly schema: Settings;
  readonly links: Links & Covering<Settings, Links, Given>;
  readonly settings: Given & { readonly [K in Exclude<keyof Given, keyof z.input<Settings>>]: never };
}
