/** Asks the bridge to attach to a browser's session from the server's side: tools, metering and limits run there. */
import type { TokenCredential } from "@azure/identity";
import { tokenFor } from "./credential.ts";

export interface Sideband {
  attach(session: { readonly callId: string; readonly sessionId: string; readonly deployment: string }): Promise<void>;
}

/** Both apps of a customer share one identity; the bridge checks that the token is that identity's own. */
export function openBridge(settings: { BRIDGE_URL: string; STAFF_CLIENT_ID: string }, credential: TokenCredential): Sideband {
  return {
    async attach(session) {
      const response = await fetch(`${settings.BRIDGE_URL.replace(/\/$/, "")}/chat/sideband`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await tokenFor(credential, `${settings.STAFF_CLIENT_ID}/.default`)}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(session),
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`The bridge did not attach to the session: status ${response.status}.`);
    },
  };
}
