/** What the API shows of a call: everything people put in, nothing that opens a door. */
import type { Call, CallRecord, Message } from "./call.ts";

export interface CallView extends Omit<CallRecord, "media_nonce_sha256" | "connection_id"> {
  /** As call-center-ai's API has it; `status` says more. */
  readonly in_progress: boolean;
  readonly messages: readonly Message[];
}

export function viewOf(call: Call): CallView {
  const { media_nonce_sha256: _nonce, connection_id: _connection, ...shown } = call;
  return { ...shown, in_progress: call.status === "connected" };
}
