/** Azure Key Vault by its REST interface, as the app's identity: what secrets and keys are asked with. */
import type { TokenCredential } from "@azure/identity";
import { tokenFor } from "./credential.ts";

const scope = "https://vault.azure.net/.default";
const apiVersion = "7.4";
const timeoutMs = 5_000;
const attempts = 2;

/**
 * Asks the vault for `path` (`secrets/name`; with its query when the vault itself gave it as the next page's), with a POST when there is a body.
 * Answers its last word, or undefined when none came: a vault that is busy or does not answer is asked twice.
 */
export type AskVault = (path: string, body?: Readonly<Record<string, unknown>>) => Promise<Response | undefined>;

/** Whether another attempt may fare better. */
export const isPassing = (answer: Response | undefined): boolean => !answer || answer.status === 429 || answer.status >= 500;

export function openVault(
  { KEY_VAULT_ENDPOINT }: { readonly KEY_VAULT_ENDPOINT: string },
  credential: TokenCredential,
  http: typeof fetch,
): AskVault {
  const base = KEY_VAULT_ENDPOINT.replace(/\/$/, "");
  return async (path, body) => {
    for (let attempt = 1; ; attempt++) {
      const authorization = `Bearer ${await tokenFor(credential, scope)}`;
      const answer = await http(`${base}/${path.includes("?") ? path : `${path}?api-version=${apiVersion}`}`, {
        headers: { authorization, ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => undefined);
      if (answer?.ok) return answer;
      await answer?.body?.cancel();
      if (!isPassing(answer) || attempt === attempts) return answer;
    }
  };
}
