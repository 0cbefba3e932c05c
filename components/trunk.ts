/** Phone lines that no Azure resource carries: what an app must be told of them. */
import type { Link } from "./link.ts";

/** A SIP trunk to Azure OpenAI, which carries the sound itself: the app reaches a call through the models it is linked to already. */
export function sipTrunk(): Link<"PHONE_CARRIER"> {
  return { name: "sip", settings: { PHONE_CARRIER: "sip" }, grants: [] };
}

export interface TwilioLine {
  /** `AC…`; its auth token is a secret that a person puts in the customer's vault. */
  readonly account: string;
  /** Where Twilio's API answers. */
  readonly api: string;
}

/** A number at Twilio, calls and messages. */
export function twilioLine({ account, api }: TwilioLine): Link<"PHONE_CARRIER" | "TWILIO_ACCOUNT_SID" | "TWILIO_API"> {
  return { name: "twilio", settings: { PHONE_CARRIER: "twilio", TWILIO_ACCOUNT_SID: account, TWILIO_API: api }, grants: [] };
}
