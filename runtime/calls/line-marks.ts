/** Where a line was picked up and hung up, as messages of the call: once each, whoever notices. `at` is ISO 8601. */
import type { Message } from "./call.ts";

const mark = (id: string, action: Message["action"], at: string): Message => ({
  id,
  created_at: at,
  persona: "human",
  action,
  content: "",
  style: "none",
  tool_calls: [],
});

export const connectedMark = (at: string): Message => mark("connected", "call", at);
export const disconnectedMark = (at: string): Message => mark("disconnected", "hangup", at);
