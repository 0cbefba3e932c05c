/** Who may do what: Entra tokens in Cosmos DB's own envelope, and its two built-in data roles. */
import type { Access, Principal } from "../identity/access.ts";
import { Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import { CosmosRefusal } from "./refusal.ts";

export type DataAction = "read" | "write";

const rolesFor: Readonly<Record<DataAction, readonly RoleName[]>> = {
  read: ["Cosmos DB Built-in Data Reader", "Cosmos DB Built-in Data Contributor"],
  write: ["Cosmos DB Built-in Data Contributor"],
};

/** Tokens are asked for the account's own address; SDKs fall back to this audience for all accounts. */
const sharedAudience = "https://cosmos.azure.com";

export class Permission {
  readonly #access: Access;
  readonly #accountId: string;

  /** `accountId` is the account's ARM id. */
  constructor(access: Access, accountId: string) {
    this.#access = access;
    this.#accountId = accountId;
  }

  /** Any verified caller: enough to learn where the account is. Throws 401. */
  caller(headers: Headers): Promise<Principal> {
    return this.#require(headers, this.#accountId, []);
  }

  /** A caller who may do `action` on `resource`, such as `dbs/app/colls/calls`. Throws 401 or 403. */
  async may(headers: Headers, action: DataAction, resource: string): Promise<void> {
    const { objectId } = await this.caller(headers);
    try {
      await this.#require(headers, `${this.#accountId}/${resource}`, rolesFor[action]);
    } catch (error) {
      if (!(error instanceof CosmosRefusal && error.status === 403)) throw error;
      throw new CosmosRefusal(
        403,
        `Request is blocked because principal [${objectId}] does not have required RBAC permissions to ${action} on resource ` +
          `[${resource}]. Any of these roles allows it: ${rolesFor[action].join(", ")}. Learn more: https://aka.ms/cosmos-native-rbac.`,
        5301,
      );
    }
  }

  async #require(headers: Headers, scope: string, anyOf: readonly RoleName[]): Promise<Principal> {
    const audiences = [`https://${headers.get("host")}`, sharedAudience];
    try {
      return await this.#access.require(bearer(headers.get("authorization")), { audiences, scope, anyOf });
    } catch (error) {
      if (error instanceof Refusal) throw new CosmosRefusal(error.status, error.message);
      throw error;
    }
  }
}

/** `type=aad&ver=1.0&sig=<token>`, percent-encoded or not, becomes `Bearer <token>`. Keys are refused. */
function bearer(authorization: string | null): string {
  if (!authorization)
    throw new CosmosRefusal(401, "Required Header authorization is missing. Ensure a valid Authorization token is passed.");
  const envelope = new URLSearchParams(/%26|%3D/i.test(authorization) ? decodeURIComponent(authorization) : authorization);
  if (envelope.get("type") !== "aad")
    throw new CosmosRefusal(401, "Local Authorization is disabled. Use an AAD token to authorize all requests.");
  return `Bearer ${envelope.get("sig") ?? ""}`;
}
