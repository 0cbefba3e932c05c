/**
 * A key of the vault that signs for the app. Its private part never leaves the vault; its public parts are kept here, so that what it signed
 * is judged without asking. A newer version of the key signs from then on, and what older ones signed stays good while they are enabled.
 */
import type { TokenCredential } from "@azure/identity";
import type { JWK } from "jose";
import { z } from "zod";
import { type AskVault, isPassing, openVault } from "./vault.ts";

export interface SigningKey {
  /** The version that signs now. Rejects when there is none, the vault refuses, or it was never reached. */
  newest(): Promise<string>;
  /** The ES256 signature (64 bytes) of a SHA-256 digest. Rejects when the vault does not sign. */
  sign(version: string, digest: Uint8Array): Promise<Uint8Array>;
  /** The public part of a version; undefined when there is no such version, or it is disabled. Rejects as `newest` does. */
  publicPart(version: string): Promise<JWK | undefined>;
}

/** How long versions are believed before the vault is asked for them again; an unknown one asks sooner, but no more often than this. */
const keptMs = 300_000;
const cooldownMs = 30_000;

interface Version {
  readonly name: string;
  readonly publicPart: JWK;
  /** Milliseconds since the epoch. A key signs only within these; what it signed can be judged after. */
  readonly createdMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** `http` and `nowMs` are the platform's own unless a test says otherwise. */
export function openSigningKey(
  settings: { readonly KEY_VAULT_ENDPOINT: string; readonly VISITOR_KEY: string },
  credential: TokenCredential,
  { http = fetch, nowMs = Date.now }: { http?: typeof fetch; nowMs?: () => number } = {},
): SigningKey {
  const vault = openVault(settings, credential, http);
  const name = settings.VISITOR_KEY;
  let known: ReadonlyMap<string, Version> | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  /** Resolves when the versions have been asked for; a vault that does not answer is no reason to forget what is known. */
  function refresh(): Promise<void> {
    asking ??= versionsOf(vault, name, known ?? new Map())
      .then((found) => {
        known = found;
      })
      .catch((error: unknown) => {
        if (!known) throw error;
      })
      .finally(() => {
        askedMs = nowMs();
        asking = undefined;
      });
    return asking;
  }

  async function versions(afterMs: number): Promise<ReadonlyMap<string, Version>> {
    if (!known || nowMs() - askedMs >= afterMs) await refresh();
    return known ?? new Map();
  }

  return {
    async newest() {
      const now = nowMs();
      const usable = [...(await versions(keptMs)).values()].filter((each) => each.fromMs <= now && now < each.untilMs);
      const [newest] = usable.sort((one, other) => other.createdMs - one.createdMs);
      if (newest) return newest.name;
      throw new Error(`The vault's key "${name}" has no version that may sign now; enable one, or make a new version of it.`);
    },
    async sign(version, digest) {
      const answer = await vault(`keys/${name}/${version}/sign`, {
        alg: "ES256",
        value: Buffer.from(digest).toString("base64url"),
      });
      if (!answer?.ok) throw refusal(name, "sign with", answer);
      return Buffer.from(signatureSchema.parse(await answer.json()).value, "base64url");
    },
    async publicPart(version) {
      const found = (await versions(keptMs)).get(version) ?? (await versions(cooldownMs)).get(version);
      return found?.publicPart;
    },
  };
}

function refusal(name: string, what: string, answer: Response | undefined): Error {
  if (!answer || isPassing(answer))
    return new Error(`The vault did not ${what} the key "${name}" (${answer ? `status ${answer.status}` : "no answer"}).`);
  return new Error(
    `The vault refused to ${what} the key "${name}" (status ${answer.status}). The app's identity needs "Key Vault Crypto User" on it, and the key must be enabled.`,
  );
}

const signatureSchema = z.object({ value: z.string() });
const seconds = z.number().int();
const attributesSchema = z.object({
  enabled: z.boolean(),
  created: seconds.default(0),
  nbf: seconds.optional(),
  exp: seconds.optional(),
});
const listedSchema = z.object({ kid: z.url(), attributes: attributesSchema });
const listSchema = z.object({
  value: z.array(listedSchema).nullish(),
  nextLink: z.url().nullish(),
});
const keySchema = z.object({ key: z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }) });

/** The enabled versions. A version's public part never changes, so those known are not asked for again. */
async function versionsOf(
  vault: AskVault,
  name: string,
  known: ReadonlyMap<string, Version>,
): Promise<ReadonlyMap<string, Version>> {
  const enabled = (await listed(vault, name)).filter(({ attributes }) => attributes.enabled);
  const found = await Promise.all(
    enabled.map(async ({ kid, attributes: { created, nbf, exp } }): Promise<Version> => {
      const version = kid.slice(kid.lastIndexOf("/") + 1);
      return {
        name: version,
        publicPart: known.get(version)?.publicPart ?? (await publicPart(vault, name, version)),
        createdMs: created * 1_000,
        fromMs: (nbf ?? 0) * 1_000,
        untilMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000,
      };
    }),
  );
  return new Map(found.map((each) => [each.name, each]));
}

/** All versions: the vault lists 25 a page, in no order. */
async function listed(vault: AskVault, name: string): Promise<z.infer<typeof listedSchema>[]> {
  const found: z.infer<typeof listedSchema>[] = [];
  for (let path: string | undefined = `keys/${name}/versions`; path !== undefined; ) {
    const answer = await vault(path);
    if (!answer?.ok) throw refusal(name, "read", answer);
    const { value, nextLink } = listSchema.parse(await answer.json());
    found.push(...(value ?? []));
    const next = nextLink ? new URL(nextLink) : undefined;
    path = next && `${next.pathname.slice(1)}${next.search}`;
  }
  return found;
}

async function publicPart(vault: AskVault, name: string, version: string): Promise<JWK> {
  const answer = await vault(`keys/${name}/${version}`);
  if (!answer?.ok) throw refusal(name, "read", answer);
  return keySchema.parse(await answer.json()).key;
}
