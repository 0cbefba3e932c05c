/** Text messages out, through the official client. Each is sent once: the client's own retries stay within one repeatable request. */
import { SmsClient } from "@azure/communication-sms";
import type { TokenCredential } from "@azure/identity";
import { mayBeDialled, phoneNumber } from "../calls/phone-number.ts";
import { NotDiallable } from "./call-automation.ts";

export interface SmsSender {
  /** Sends `message` to `to` (E.164). Throws `NotDiallable` before anything is sent, and when the service does not accept it. */
  send(to: string, message: string): Promise<void>;
}

/**
 * Sends from the number callers dial. Anyone can show any number, and whoever earns by messages to one would have us send them: no number outside of
 * `DIALLABLE_COUNTRIES` is written to, as none is rung.
 */
export function openSms(
  settings: { COMMUNICATION_ENDPOINT: string; PHONE_NUMBER: string; DIALLABLE_COUNTRIES: string },
  credential: TokenCredential,
): SmsSender {
  const client = new SmsClient(settings.COMMUNICATION_ENDPOINT, credential);
  return {
    async send(to, message) {
      const country = phoneNumber(to)?.country;
      if (!country || !mayBeDialled(country, settings.DIALLABLE_COUNTRIES)) throw new NotDiallable();
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
