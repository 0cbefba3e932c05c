/** Finds a bridge for a call that the model's service carries, when it begins. Later on bridges find such calls themselves (bridge/carried-lookout.ts). */
import type { TokenCredential } from "@azure/identity";
import { tokenFor } from "./credential.ts";

const answerWithinMs = 4_000;

export interface CarriedBridge {
  /** Whether a bridge takes new calls now. */
  ready(): Promise<boolean>;
  /** Rejects when no bridge takes the call; one that has it already is fine. */
  attach(callId: string): Promise<void>;
}

/** Both apps of a customer share one identity; the bridge checks that the token is that identity's own. */
export function openCarriedBridge(
  settings: { BRIDGE_URL: string; STAFF_CLIENT_ID: string },
  credential: TokenCredential,
): CarriedBridge {
  const address = settings.BRIDGE_URL.replace(/\/$/, "");
  return {
    async ready() {
      const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(answerWithinMs) }).catch(() => undefined);
      return response?.ok ?? false;
    },
    async attach(callId) {
      const response = await fetch(`${address}/calls/carried`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await tokenFor(credential, `${settings.STAFF_CLIENT_ID}/.default`)}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ callId }),
        signal: AbortSignal.timeout(answerWithinMs),
      });
      if (!response.ok) throw new Error(`The bridge did not take the call: status ${response.status}.`);
    },
  };
}
