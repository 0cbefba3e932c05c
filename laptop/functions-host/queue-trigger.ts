/**
 * Feeds a queue to a function the way the Functions host does: messages stay invisible while they are worked on, a failed one comes back,
 * and after `maxDequeueCount` failures it moves to `<queue>-poison`.
 */
import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import type { Clock } from "../clock.ts";

export interface QueueOptions {
  /** host.json `extensions.queues`. */
  readonly maxDequeueCount: number;
  readonly maxPollingIntervalMs: number;
  readonly batchSize: number;
  readonly base64: boolean;
  /** How long a failed message stays away before it is tried again. */
  readonly retryAfterMs: number;
}

export interface QueueTrigger {
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  readonly options: QueueOptions;
  readonly clock: Clock;
  work(text: string, message: DequeuedMessageItem): Promise<void>;
  failed(error: unknown, dequeueCount: number): void;
}

/** The host holds a message for ten minutes at a time and renews; a minute suffices where the host and the queue share a machine. */
const invisibleMs = 60_000;
const firstPollMs = 100;

/** Starts polling; the returned function stops it and resolves when work in hand is done. */
export function startQueueTrigger(trigger: QueueTrigger): () => Promise<void> {
  let running = true;
  let wake = () => {};
  const loop = async () => {
    let pauseMs = firstPollMs;
    while (running) {
      const worked = await poll(trigger).catch((error) => {
        trigger.failed(error, 0);
        return 0;
      });
      pauseMs = worked > 0 ? firstPollMs : Math.min(pauseMs * 2, trigger.options.maxPollingIntervalMs);
      if (!running || worked > 0) continue;
      await new Promise<void>((resolve) => {
        const cancel = trigger.clock.after(pauseMs, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  };
  const done = loop();
  return () => {
    running = false;
    wake();
    return done;
  };
}

async function poll(trigger: QueueTrigger): Promise<number> {
  const { receivedMessageItems } = await trigger.queue.receiveMessages({
    numberOfMessages: trigger.options.batchSize,
    visibilityTimeout: invisibleMs / 1_000,
  });
  await Promise.all(receivedMessageItems.map((message) => handle(trigger, message)));
  return receivedMessageItems.length;
}

async function handle(trigger: QueueTrigger, message: DequeuedMessageItem): Promise<void> {
  const { queue, poison, options, clock } = trigger;
  let receipt = message.popReceipt;
  let cancelRenewal = () => {};
  const renewLater = () => {
    cancelRenewal = clock.after(invisibleMs / 2, () => {
      renewal = queue.updateMessage(message.messageId, receipt, message.messageText, invisibleMs / 1_000).then((renewed) => {
        receipt = renewed.popReceipt ?? receipt;
        renewLater();
      });
      renewal.catch(() => {});
    });
  };
  let renewal: Promise<unknown> = Promise.resolve();
  renewLater();
  let error: unknown;
  try {
    await trigger.work(
      options.base64 ? Buffer.from(message.messageText, "base64").toString("utf8") : message.messageText,
      message,
    );
  } catch (thrown) {
    error = thrown ?? new Error("the function failed");
  }
  await renewal.catch(() => {});
  cancelRenewal();
  if (error === undefined) {
    await queue.deleteMessage(message.messageId, receipt);
    return;
  }
  trigger.failed(error, message.dequeueCount);
  if (message.dequeueCount < options.maxDequeueCount) {
    await queue.updateMessage(message.messageId, receipt, message.messageText, Math.round(options.retryAfterMs / 1_000));
    return;
  }
  await poison.createIfNotExists();
  await poison.sendMessage(message.messageText);
  await queue.deleteMessage(message.messageId, receipt);
}
