/** The queue of work to do once a call is over. */
import type { TokenCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";

export interface AfterCallQueue {
  add(callId: string): Promise<void>;
}

/** Messages are base64 of JSON, which is what the Functions host reads by default. */
export function openAfterCallQueue(
  settings: { QUEUE_ENDPOINT: string; AFTER_CALL_QUEUE: string },
  credential: TokenCredential,
): AfterCallQueue {
  const client = new QueueClient(`${settings.QUEUE_ENDPOINT.replace(/\/$/, "")}/${settings.AFTER_CALL_QUEUE}`, credential);
  return {
    async add(callId) {
      await client.sendMessage(Buffer.from(JSON.stringify({ callId })).toString("base64"));
    },
  };
}
