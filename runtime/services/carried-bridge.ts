/** Finds the conversation of a call that the model's service carries a bridge: the functions app asks one, a bridge that stops asks it to. */
import type { TokenCredential } from "@azure/identity";
import type { Clock } from "../bridge/clock.ts";
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

/** While a bridge stops, the way in may still lead to it: pauses before asking again. */
const askAgainMs = [1_000, 3_000, 10_000];

/** For a bridge that stops: has the functions app find the call another one. Rejects when there is none. */
export function openHandover(
  settings: { FUNCTIONS_URL: string; STAFF_CLIENT_ID: string },
  credential: TokenCredential,
  clock: Clock,
): (callId: string) => Promise<void> {
  const ask = async (callId: string): Promise<number> => {
    const response = await fetch(`${settings.FUNCTIONS_URL.replace(/\/$/, "")}/carried/${callId}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await tokenFor(credential, `${settings.STAFF_CLIENT_ID}/.default`)}` },
      signal: AbortSignal.timeout(2 * answerWithinMs),
    });
    return response.status;
  };
  return async (callId) => {
    for (const delayMs of [...askAgainMs, undefined]) {
      const status = await ask(callId).catch(() => 503);
      // A call that is over, or unknown, needs nobody any more.
      if (status < 300 || status === 404 || status === 409) return;
      if (delayMs === undefined) throw new Error(`No other bridge took the call: status ${status}.`);
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    }
  };
}
