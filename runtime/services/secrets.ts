/**
 * Secrets of other companies' services, read from Azure Key Vault as the app's identity. People put them there; nothing here writes, and
 * no value goes anywhere but to whoever asked.
 */
import type { TokenCredential } from "@azure/identity";
import { z } from "zod";
import { type AskVault, isPassing, openVault } from "./vault.ts";

export type SecretName = "twilio-auth-token" | "openai-webhook-secret" | "webhook-signing-secret";

export interface Secrets {
  /**
   * The newest version's value; undefined while nobody has put the secret there. A vault that does not answer is no reason to forget what
   * is known. Rejects when the vault refuses, or was never reached.
   */
  read(name: SecretName): Promise<string | undefined>;
}

const keptMs = 300_000;
/** A secret that is missing is about to be put there: whoever does should not wait long. */
const missedMs = 15_000;

interface Kept {
  readonly value: string | undefined;
  readonly untilMs: number;
}

/** `http` and `nowMs` are the platform's own unless a test says otherwise. */
export function openSecrets(
  settings: { KEY_VAULT_ENDPOINT: string },
  credential: TokenCredential,
  { http = fetch, nowMs = Date.now }: { http?: typeof fetch; nowMs?: () => number } = {},
): Secrets {
  const vault = openVault(settings, credential, http);
  const known = new Map<SecretName, Kept>();
  const asked = new Map<SecretName, Promise<string | undefined>>();

  async function ask(name: SecretName): Promise<string | undefined> {
    try {
      const value = await fetched(vault, name);
      known.set(name, { value, untilMs: nowMs() + (value === undefined ? missedMs : keptMs) });
      return value;
    } catch (error) {
      const before = known.get(name);
      if (before?.value === undefined || error instanceof VaultRefusal) throw error;
      known.set(name, { ...before, untilMs: nowMs() + missedMs });
      return before.value;
    }
  }

  return {
    read(name) {
      const kept = known.get(name);
      if (kept && kept.untilMs > nowMs()) return Promise.resolve(kept.value);
      const asking = asked.get(name) ?? ask(name).finally(() => asked.delete(name));
      asked.set(name, asking);
      return asking;
    },
  };
}

/** The vault does not let this app read the secret: asking again helps nobody. */
class VaultRefusal extends Error {
  constructor(name: SecretName, status: number) {
    super(
      `The vault refused to give the secret "${name}" (status ${status}). The app's identity needs "Key Vault Secrets User" on it, and the secret must be enabled.`,
    );
    this.name = "VaultRefusal";
  }
}

const answerSchema = z.object({ value: z.string() });

async function fetched(vault: AskVault, name: SecretName): Promise<string | undefined> {
  const answer = await vault(`secrets/${name}`);
  if (answer?.ok) return answerSchema.parse(await answer.json()).value;
  if (answer?.status === 404) return undefined;
  if (answer && !isPassing(answer)) throw new VaultRefusal(name, answer.status);
  throw new Error(`The vault did not give the secret "${name}" (${answer ? `status ${answer.status}` : "no answer"}).`);
}
