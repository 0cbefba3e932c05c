/** The vault's secrets: read the newest version or a named one, set a new one. */
import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { RoleName } from "../identity/roles.ts";
import { type Journal, openJournal } from "../journal.ts";
import { badParameter, nameIn, notFound } from "./refusal.ts";

interface Version {
  readonly name: string;
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  readonly createdMs: number;
}

export interface SecretOptions {
  readonly clock: Clock;
  readonly folder?: string;
  /** Throws `Refusal` for who has none of the roles on the vault. */
  readonly permit: (context: Context, anyOf: readonly RoleName[]) => Promise<unknown>;
}

export interface Secrets {
  readonly routes: Hono;
  close(): void;
}

const readers: readonly RoleName[] = ["Key Vault Secrets User", "Key Vault Secrets Officer"];
const writers: readonly RoleName[] = ["Key Vault Secrets Officer"];
/** Source: Key Vault docs, "About secrets": 25 kB. */
const largestValueBytes = 25_600;

const content = z.object({ value: z.string(), contentType: z.string().max(255).optional() });

export function openSecrets({ clock, folder, permit }: SecretOptions): Secrets {
  const journal: Journal<Version> = openJournal(folder, "secrets");
  const secrets = new Map<string, Version[]>();
  // Names are told apart without regard to case.
  const versionsOf = (name: string): Version[] => secrets.get(name.toLowerCase()) ?? [];
  const keep = (version: Version): void => void secrets.set(version.name.toLowerCase(), [...versionsOf(version.name), version]);
  for (const version of journal.entries) keep(version);

  function read(context: Context): Response {
    const name = nameIn(context.req.param("name"));
    const version = context.req.param("version");
    const found = version ? versionsOf(name).find((each) => each.version === version) : versionsOf(name).at(-1);
    if (!found) throw notFound("secret", version ? `${name}/${version}` : name);
    return Response.json(shown(found, new URL(context.req.url).origin));
  }

  async function write(context: Context): Promise<Response> {
    const name = nameIn(context.req.param("name"));
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
      createdMs: clock.nowMs(),
    };
    keep(made);
    journal.append(made);
    return Response.json(shown(made, new URL(context.req.url).origin));
  }

  const routes = new Hono();
  routes.use(async (context, next) => {
    await permit(context, context.req.method === "GET" ? readers : writers);
    await next();
  });
  // Clients of the SDK ask with a slash at the end when they name no version.
  routes.get("/:name/:version?", read);
  routes.get("/:name/", read);
  routes.put("/:name", write);
  return { routes, close: () => journal.close() };
}

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
