/** A text message that we sent to the caller, as a message of the call. */
import type { CallRecord, Message } from "./call.ts";

export const sentText = (call: CallRecord, { id, at, content }: { id: string; at: Date; content: string }): Message => ({
  id,
  created_at: at.toISOString(),
  persona: "assistant",
  action: "sms",
  content,
  style: "none",
  lang_short_code: call.lang_short_code,
  tool_calls: [],
});
