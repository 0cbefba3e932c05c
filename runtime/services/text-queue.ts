/** The queue of text messages that have come in: where a carrier's webhook leaves them, so that it is answered at once. */
import type { TokenCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";

export interface ReceivedText {
  /** The carrier's own id: the same message delivered twice is answered once. */
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly message: string;
}

export interface TextQueue {
  add(text: ReceivedText): Promise<void>;
}

/** Messages as Event Grid leaves Communication Services' own there: base64 of a CloudEvent. */
export function openTextQueue(settings: { QUEUE_ENDPOINT: string; SMS_QUEUE: string }, credential: TokenCredential): TextQueue {
  const client = new QueueClient(`${settings.QUEUE_ENDPOINT.replace(/\/$/, "")}/${settings.SMS_QUEUE}`, credential);
  return {
    async add(data) {
      const event = { type: "Microsoft.Communication.SMSReceived", data };
      await client.sendMessage(Buffer.from(JSON.stringify(event)).toString("base64"));
    },
  };
}
