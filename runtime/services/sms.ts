/** Text messages out, through the official client. Each is sent once: the client's own retries stay within one repeatable request. */
import { SmsClient } from "@azure/communication-sms";
import type { TokenCredential } from "@azure/identity";

export interface SmsSender {
  /** Sends `message` to `to` (E.164). Throws when the service does not accept it. */
  send(to: string, message: string): Promise<void>;
}

/** Sends from the number callers dial. */
export function openSms(
  settings: { COMMUNICATION_ENDPOINT: string; PHONE_NUMBER: string },
  credential: TokenCredential,
): SmsSender {
  const client = new SmsClient(settings.COMMUNICATION_ENDPOINT, credential);
  return {
    async send(to, message) {
      const [result] = await client.send({ from: settings.PHONE_NUMBER, to: [to], message }, { enableDeliveryReport: true });
      if (!result?.successful)
        throw new Error(`The text message was not accepted (status ${result?.httpStatusCode ?? "unknown"}).`);
    },
  };
}

/** A line without text messages, such as one by SIP. */
export const noSms: SmsSender = {
  send: () => Promise.reject(new Error("This line has no text messages: its carrier sends none.")),
};
