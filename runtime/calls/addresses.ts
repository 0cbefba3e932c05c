/** Where Call Automation reports one call and streams its audio. */
import { createHash } from "node:crypto";
import type { CallAddresses } from "../services/call-automation.ts";

/** The media address carries a nonce that opens the socket once; the record keeps only its digest. */
export function addressesOf(
  callId: string,
  nonce: string,
  settings: { FUNCTIONS_URL: string; BRIDGE_URL: string },
): CallAddresses {
  const functions = settings.FUNCTIONS_URL.replace(/\/$/, "");
  const bridge = settings.BRIDGE_URL.replace(/\/$/, "").replace(/^http/, "ws");
  return { callbackUrl: `${functions}/acs/callback/${callId}`, mediaUrl: `${bridge}/media/${callId}?nonce=${nonce}` };
}

export const digest = (nonce: string): string => createHash("sha256").update(nonce).digest("hex");
