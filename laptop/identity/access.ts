/** The question every stand-in asks before it acts: who is this, and does the graph grant them that? */

/** Built-in roles the graph may assign, by the names people know; `roles.ts` holds their ids. */
export type { RoleName } from "./roles.ts";

import type { RoleName } from "./roles.ts";

/** A verified caller. */
export interface Principal {
  /** The object id roles are assigned to. */
  readonly objectId: string;
  readonly tenantId: string;
  readonly audience: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface Need {
  /** Token audiences the service accepts, e.g. `https://cognitiveservices.azure.com`; a trailing slash does not matter. */
  readonly audiences: readonly string[];
  /** ARM id of the resource acted on; a role on it or on a scope above it counts. */
  readonly scope: string;
  /** Any one of these roles suffices; empty means that a valid token is enough. */
  readonly anyOf: readonly RoleName[];
}

export interface Access {
  /**
   * Resolves the caller of an `Authorization: Bearer …` header value. Throws `Refusal` 401 (no token, bad signature, expired, wrong
   * issuer or audience) or 403 (a valid token whose principal has none of the roles on the scope).
   */
  require(authorization: string | null | undefined, need: Need): Promise<Principal>;
}

/** A request turned down: thrown by `Access` and by stand-ins, answered in each service's own error shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
