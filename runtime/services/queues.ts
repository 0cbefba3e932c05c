/** The queues of work to do once a call is over. */
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

/** One attempt at a completion webhook. */
export interface WebhookJob {
  readonly callId: string;
  /** From 1. */
  readonly attempt: number;
}

export interface WebhookQueue {
  /** The message shows itself after `delayMs`, at most seven days. */
  add(job: WebhookJob, delayMs: number): Promise<void>;
}

export function openWebhookQueue(
  settings: { QUEUE_ENDPOINT: string; WEBHOOKS_QUEUE: string },
  credential: TokenCredential,
): WebhookQueue {
  const client = new QueueClient(`${settings.QUEUE_ENDPOINT.replace(/\/$/, "")}/${settings.WEBHOOKS_QUEUE}`, credential);
  return {
    async add(job, delayMs) {
      const visibilityTimeout = Math.ceil(delayMs / 1_000);
      await client.sendMessage(Buffer.from(JSON.stringify(job)).toString("base64"), { visibilityTimeout });
    },
  };
}
