/** What the session's own clients are told over SignalR, beside the answers to their requests. */
import type { Services } from "../services/services.ts";
import type { SessionOf } from "../services/signalr.ts";

/** Tells it to the session's group, which its person is in from then on; that nobody could be told fails nothing. */
export async function tellSession(
  { publisher, now, log }: Pick<Services, "publisher" | "now" | "log">,
  { sessionId, userId }: SessionOf,
  news: { readonly type: "decision" | "ai-response" } & Readonly<Record<string, unknown>>,
): Promise<void> {
  await publisher
    .sendToSession({ sessionId, userId }, "messageReceived", { ...news, sessionId, timestamp: now().toISOString() })
    .catch(() => log.warn("a chat session could not be told something"));
}
