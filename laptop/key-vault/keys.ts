/**
 * The vault's keys, elliptic ones on P-256: read the public part of the newest version or a named one, list versions, enable or disable one,
 * sign a digest. Source: learn.microsoft.com/rest/api/keyvault/keys. The private part is in the vault's own file and in no answer.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { Refusal } from "../identity/access.ts";
import type { RoleName } from "../identity/roles.ts";
import { type Journal, openJournal } from "../journal.ts";
import { signDigest } from "./es256.ts";
import { badParameter, nameIn, notFound } from "./refusal.ts";

/** A key as the graph describes it. */
export interface KeyDescription {
  readonly name: string;
  readonly kty: string;
  readonly curve?: string | undefined;
  readonly operations?: readonly string[] | undefined;
}

interface Version {
  readonly name: string;
  readonly version: string;
  readonly operations: readonly string[];
  /** The parts of an elliptic key, each 32 bytes as base64url; `d` is the private one. */
  readonly x: string;
  readonly y: string;
  readonly d: string;
  readonly enabled: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface KeyOptions {
  readonly clock: Clock;
  readonly folder?: string;
  /** Throws `Refusal` for who has none of the roles on the key `name`. */
  readonly permit: (context: Context, anyOf: readonly RoleName[], name: string) => Promise<unknown>;
}

export interface Keys {
  readonly routes: Hono;
  /** Makes the key's first version, unless it is there. Throws for a key that is none of the laptop's kind. */
  create(key: KeyDescription): void;
  /** Makes a new version, as the key's rotation policy does when its time has come. */
  rotate(name: string): void;
  close(): void;
}

/** It reads, updates, signs and verifies; source: built-in-roles.md of Azure RBAC. */
const users: readonly RoleName[] = ["Key Vault Crypto User"];
const pageSize = 25;
const digestBytes = 32;

const signing = z.object({ alg: z.string().min(1), value: z.string().regex(/^[\w-]+$/) });
const changing = z.object({ attributes: z.object({ enabled: z.boolean() }) });

export function openKeys({ clock, folder, permit }: KeyOptions): Keys {
  const journal: Journal<Version> = openJournal(folder, "keys");
  const keys = new Map<string, Version[]>();
  const versionsOf = (name: string): Version[] => keys.get(name.toLowerCase()) ?? [];
  /** A version that is there already is replaced where it stands. */
  const keep = (kept: Version): void => {
    const versions = versionsOf(kept.name);
    const at = versions.findIndex((each) => each.version === kept.version);
    keys.set(kept.name.toLowerCase(), at < 0 ? [...versions, kept] : versions.with(at, kept));
  };
  for (const version of journal.entries) keep(version);

  function write(version: Version): Version {
    keep(version);
    journal.append(version);
    return version;
  }

  function makeVersion(name: string, operations: readonly string[]): void {
    const { x = "", y = "", d = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
    const nowMs = clock.nowMs();
    const version = randomBytes(16).toString("hex");
    write({ name, version, operations, x, y, d, enabled: true, createdMs: nowMs, updatedMs: nowMs });
  }

  function found(context: Context): Version {
    const name = nameIn(context.req.param("name"));
    const version = context.req.param("version");
    const key = version ? versionsOf(name).find((each) => each.version === version) : versionsOf(name).at(-1);
    if (!key) throw notFound("key", version ? `${name}/${version}` : name);
    return key;
  }

  const read = (context: Context): Response => Response.json(shown(found(context), originOf(context)));

  function list(context: Context): Response {
    const { name } = found(context);
    const from = Number(context.req.query("$skiptoken") ?? 0);
    const all = versionsOf(name);
    const next = new URL(context.req.url);
    next.searchParams.set("$skiptoken", String(from + pageSize));
    return Response.json({
      value: all.slice(from, from + pageSize).map((each) => listed(each, originOf(context))),
      nextLink: from + pageSize < all.length ? next.href : null,
    });
  }

  async function sign(context: Context): Promise<Response> {
    const key = found(context);
    const asked = signing.safeParse(await context.req.json().catch(() => undefined));
    if (!asked.success) throw badParameter("Property 'alg' is required. Property 'value' is required, as base64url.");
    const { alg, value } = asked.data;
    if (!key.enabled) throw new Refusal(403, "KeyDisabled", "Operation sign is not allowed on a disabled key.");
    if (!key.operations.includes("sign"))
      throw new Refusal(403, "KeyOperationForbidden", "Operation sign is not permitted on this key.");
    if (alg !== "ES256")
      throw badParameter(`Key and signing algorithm are incompatible. The key is of type 'EC' on P-256, the algorithm '${alg}'.`);
    const digest = Buffer.from(value, "base64url");
    if (digest.byteLength !== digestBytes)
      throw badParameter(
        `Invalid length of 'value': ${digest.byteLength} bytes. ES256 requires ${digestBytes} bytes, encoded with base64url.`,
      );
    const signature = signDigest(digest, Buffer.from(key.d, "base64url"));
    return Response.json({ kid: idOf(key, originOf(context)), value: signature.toString("base64url") });
  }

  async function change(context: Context): Promise<Response> {
    const asked = changing.safeParse(await context.req.json().catch(() => undefined));
    if (!asked.success) throw badParameter("Of a key, this laptop changes attributes.enabled alone.");
    const key = write({ ...found(context), enabled: asked.data.attributes.enabled, updatedMs: clock.nowMs() });
    return Response.json(shown(key, originOf(context)));
  }

  const routes = new Hono();
  routes.use("/:name/*", async (context, next) => {
    await permit(context, users, nameIn(context.req.param("name")));
    await next();
  });
  routes.get("/:name/versions", list);
  routes.get("/:name/:version?", read);
  routes.get("/:name/", read);
  routes.patch("/:name/:version?", change);
  routes.post("/:name/:version/sign", sign);
  routes.post("/:name/sign", sign);
  return {
    routes,
    create({ name, kty, curve = "P-256", operations = ["sign", "verify"] }) {
      if (kty !== "EC" || curve !== "P-256")
        throw new Error(`this laptop's vault makes keys of type EC on P-256; "${name}" is ${kty} on ${curve}.`);
      if (versionsOf(nameIn(name)).length === 0) makeVersion(name, operations);
    },
    rotate(name) {
      const newest = versionsOf(name).at(-1);
      if (!newest) throw notFound("key", name);
      makeVersion(newest.name, newest.operations);
    },
    close: () => journal.close(),
  };
}

const originOf = (context: Context): string => new URL(context.req.url).origin;
const idOf = ({ name, version }: Version, origin: string): string => `${origin}/keys/${name}/${version}`;

const attributesOf = ({ enabled, createdMs, updatedMs }: Version): Record<string, unknown> => ({
  enabled,
  created: Math.floor(createdMs / 1_000),
  updated: Math.floor(updatedMs / 1_000),
  recoveryLevel: "CustomizedRecoverable+Purgeable",
  recoverableDays: 7,
  exportable: false,
});

const listed = (key: Version, origin: string): Record<string, unknown> => ({
  kid: idOf(key, origin),
  attributes: attributesOf(key),
});

function shown(key: Version, origin: string): Record<string, unknown> {
  const { operations, x, y } = key;
  return { key: { kid: idOf(key, origin), kty: "EC", key_ops: operations, crv: "P-256", x, y }, attributes: attributesOf(key) };
}
