/** What the API shows of a call: everything people put in, nothing that opens a door. */
import type { Call, CallRecord, Message } from "./call.ts";

type Hidden = "media_nonce_sha256" | "media_used" | "connection_id" | "verification";

export interface CallView extends Omit<CallRecord, Hidden> {
  /** As call-center-ai's API has it; `status` says more. */
  readonly in_progress: boolean;
  readonly messages: readonly Message[];
}

export function viewOf(call: Call): CallView {
  // A code of six digits is found from its digest in no time.
  const { media_nonce_sha256: _nonce, media_used: _used, connection_id: _connection, verification: _code, ...shown } = call;
  // That a tool was asked for is kept for a bridge that takes over (bridge/tool-once.ts); what it answered is the message to show.
  const messages = call.messages.filter((each) => each.persona !== "tool");
  return { ...shown, messages, in_progress: call.status === "connected" };
}
