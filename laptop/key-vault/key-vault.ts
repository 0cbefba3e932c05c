/**
 * Azure Key Vault on a laptop: its secrets and its keys. Certificates, lists of names, deletion and what else a vault does answer that they are
 * not here.
 */
import { type Context, Hono } from "hono";
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import type { Service } from "../service.ts";
import { type Keys, openKeys } from "./keys.ts";
import { badParameter, refusal, resource } from "./refusal.ts";
import { openSecrets } from "./secrets.ts";

export interface KeyVaultArgs {
  readonly access: Access;
  /** ARM id of the vault, which roles are granted on. */
  readonly vaultId: string;
  /** Where tokens come from, for the challenge: `<login>/<tenant>`. */
  readonly authority: string;
  readonly clock: Clock;
  /** Where secrets and keys are kept between starts, readable by this user alone; without it they are forgotten. */
  readonly folder?: string;
}

export interface KeyVaultStandIn extends Service {
  createKey: Keys["create"];
  rotateKey: Keys["rotate"];
}

const apiVersions = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];

export function createKeyVault({ access, vaultId, authority, clock, folder }: KeyVaultArgs): KeyVaultStandIn {
  const permit = (context: Context, anyOf: readonly RoleName[], scope = vaultId): Promise<unknown> =>
    access.require(context.req.header("authorization"), { audiences: [resource], scope, anyOf });
  const kept = { clock, ...(folder === undefined ? {} : { folder }) };
  const secrets = openSecrets({ ...kept, permit });
  // Roles may be granted on one key of a vault alone.
  const keys = openKeys({ ...kept, permit: (context, anyOf, name) => permit(context, anyOf, `${vaultId}/keys/${name}`) });

  const app = new Hono();
  app.use(async (context, next) => {
    await permit(context, []);
    requireVersion(context.req.query("api-version"));
    await next();
  });
  app.route("/secrets", secrets.routes);
  app.route("/keys", keys.routes);
  app.notFound((context) =>
    refusal(
      new Refusal(
        501,
        "NotImplemented",
        `${context.req.method} ${context.req.path} is not on the laptop: its vault reads and sets secrets, and reads keys and signs with them.`,
      ),
      authority,
    ),
  );
  app.onError((error) => {
    if (error instanceof Refusal) return refusal(error, authority);
    throw error;
  });
  return {
    fetch: (request) => app.fetch(request),
    createKey: keys.create,
    rotateKey: keys.rotate,
    close() {
      secrets.close();
      keys.close();
    },
  };
}

function requireVersion(version: string | undefined): void {
  if (version === undefined || version === "") throw badParameter("api-version must be specified");
  if (!apiVersions.includes(version)) throw badParameter(`The specified version (${version.slice(0, 20)}) is not recognized.`);
}
