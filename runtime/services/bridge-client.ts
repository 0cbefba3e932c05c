/** Asks the bridge to watch a browser's session from the server's side, and to end it: tools, metering and limits run there. */
import type { TokenCredential } from "@azure/identity";
import type { Choice } from "../chat/record.ts";
import { tokenFor } from "./credential.ts";

export interface Sideband {
  /** Watches the call from now on; one that is watched already is fine. */
  attach(session: {
    readonly callId: string;
    readonly sessionId: string;
    readonly deployment: string;
    readonly choice: Choice;
  }): Promise<void>;
  /** Hangs the call up; one that is over is fine. */
  end(call: { readonly callId: string; readonly by: "person" | "escalation" }): Promise<void>;
}

/** What the bridge would not do, with its status: 404 and 409 where there is no such session or call, 502 where the call could not be joined. */
export class BridgeRefusal extends Error {
  readonly status: number;
  constructor(path: string, status: number) {
    super(`The bridge refused ${path} with status ${status}.`);
    this.name = "BridgeRefusal";
    this.status = status;
  }
}

/** Somebody waits in front of a browser. */
const answerWithinMs = 10_000;

/** Both apps of a customer share one identity; the bridge checks that the token is that identity's own. */
export function openBridge(settings: { BRIDGE_URL: string; STAFF_CLIENT_ID: string }, credential: TokenCredential): Sideband {
  async function post(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${settings.BRIDGE_URL.replace(/\/$/, "")}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await tokenFor(credential, `${settings.STAFF_CLIENT_ID}/.default`)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!response.ok) throw new BridgeRefusal(path, response.status);
  }
  return {
    attach: (session) => post("/chat/sideband", session),
    end: (call) => post("/chat/sideband/end", call),
  };
}
