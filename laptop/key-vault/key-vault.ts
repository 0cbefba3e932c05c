/**
 * Azure Key Vault's secrets on a laptop: read the newest version or a named one, set a new one. Keys, certificates, lists, deletion and
 * everything about a secret but its value answer that they are not here.
 */
import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import { type Journal, openJournal } from "../journal.ts";
import type { Service } from "../service.ts";

export interface KeyVaultArgs {
  readonly access: Access;
  /** ARM id of the vault, which roles are granted on. */
  readonly vaultId: string;
  /** Where tokens come from, for the challenge: `<login>/<tenant>`. */
  readonly authority: string;
  readonly clock: Clock;
  /** Where secrets are kept between starts, readable by this user alone; without it they are forgotten. */
  readonly folder?: string;
}

interface Version {
  readonly name: string;
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  readonly createdMs: number;
}

const resource = "https://vault.azure.net";
const readers: readonly RoleName[] = ["Key Vault Secrets User", "Key Vault Secrets Officer"];
const writers: readonly RoleName[] = ["Key Vault Secrets Officer"];
const apiVersions = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];
/** Source: Key Vault docs, "About secrets": 25 kB. */
const largestValueBytes = 25_600;

const secretName = z.string().regex(/^[0-9a-zA-Z-]{1,127}$/);
const content = z.object({ value: z.string(), contentType: z.string().max(255).optional() });

export function createKeyVault(args: KeyVaultArgs): Service {
  const journal: Journal<Version> = openJournal(args.folder, "secrets");
  const secrets = new Map<string, Version[]>();
  // Names are told apart without regard to case.
  const versionsOf = (name: string): Version[] => secrets.get(name.toLowerCase()) ?? [];
  const keep = (version: Version): void => void secrets.set(version.name.toLowerCase(), [...versionsOf(version.name), version]);
  for (const version of journal.entries) keep(version);

  const permit = (context: Context, anyOf: readonly RoleName[]): Promise<unknown> =>
    args.access.require(context.req.header("authorization"), { audiences: [resource], scope: args.vaultId, anyOf });

  function read(context: Context): Response {
    const name = nameIn(context);
    const version = context.req.param("version");
    const found = version ? versionsOf(name).find((each) => each.version === version) : versionsOf(name).at(-1);
    if (!found)
      throw new Refusal(
        404,
        "SecretNotFound",
        `A secret with (name/id) ${version ? `${name}/${version}` : name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
      );
    return Response.json(shown(found, new URL(context.req.url).origin));
  }

  async function write(context: Context): Promise<Response> {
    const name = nameIn(context);
    const read = content.safeParse(await context.req.json().catch(() => undefined));
    if (!read.success) throw badParameter("The request body must be JSON with the property value.");
    if (Buffer.byteLength(read.data.value) > largestValueBytes)
      throw badParameter(`The value of a secret must have at most ${largestValueBytes} bytes.`);
    const { value, contentType } = read.data;
    const made: Version = {
      name,
      version: randomBytes(16).toString("hex"),
      value,
      ...(contentType ? { contentType } : {}),
      createdMs: args.clock.nowMs(),
    };
    keep(made);
    journal.append(made);
    return Response.json(shown(made, new URL(context.req.url).origin));
  }

  const app = new Hono();
  app.use(async (context, next) => {
    await permit(context, context.req.method === "GET" ? readers : writers);
    requireVersion(context.req.query("api-version"));
    await next();
  });
  // Clients of the SDK ask with a slash at the end when they name no version.
  app.get("/secrets/:name/:version?", read);
  app.get("/secrets/:name/", read);
  app.put("/secrets/:name", write);
  app.notFound((context) =>
    refusal(
      new Refusal(
        501,
        "NotImplemented",
        `${context.req.method} ${context.req.path} is not on the laptop: its vault reads and sets secrets.`,
      ),
      args,
    ),
  );
  app.onError((error) => {
    if (error instanceof Refusal) return refusal(error, args);
    throw error;
  });
  return { fetch: (request) => app.fetch(request), close: () => journal.close() };
}

function requireVersion(version: string | undefined): void {
  if (version === undefined || version === "") throw badParameter("api-version must be specified");
  if (!apiVersions.includes(version)) throw badParameter(`The specified version (${version.slice(0, 20)}) is not recognized.`);
}

function nameIn(context: Context): string {
  const name = secretName.safeParse(context.req.param("name"));
  if (!name.success)
    throw badParameter("The request URI contains an invalid name: 1 to 127 characters of 0-9, a-z, A-Z and - are allowed.");
  return name.data;
}

const badParameter = (message: string): Refusal => new Refusal(400, "BadParameter", message);

function shown({ name, version, value, contentType, createdMs }: Version, origin: string): Record<string, unknown> {
  const created = Math.floor(createdMs / 1_000);
  return {
    value,
    ...(contentType ? { contentType } : {}),
    id: `${origin}/secrets/${name}/${version}`,
    attributes: {
      enabled: true,
      created,
      updated: created,
      recoveryLevel: "CustomizedRecoverable+Purgeable",
      recoverableDays: 7,
    },
  };
}

/** The vault's own shape; whoever has no token is told where to get one. */
function refusal({ status, code, message }: Refusal, { authority }: KeyVaultArgs): Response {
  const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
  const inner = status === 403 ? { innererror: { code: "ForbiddenByRbac" } } : {};
  return Response.json(
    { error: { code: status === 401 ? "Unauthorized" : status === 403 ? "Forbidden" : code, message, ...inner } },
    { status, headers: status === 401 ? { "www-authenticate": challenge } : {} },
  );
}
