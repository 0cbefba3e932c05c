/**
 * Calls and text messages through Twilio's REST API (2010-04-01), signed in with the account's auth token from the vault. Whatever asks for
 * it, no number outside of `DIALLABLE_COUNTRIES` is rung or written to: this is the one place that does.
 */
import { z } from "zod";
import { mayBeDialled, phoneNumber } from "../calls/phone-number.ts";
import { connectTwiml, dialTwiml, type TwilioPlaces, twilioAddresses } from "../calls/twiml.ts";
import { NotDiallable, ringsForMs } from "./call-automation.ts";
import type { Carrier } from "./carrier.ts";
import type { Secrets } from "./secrets.ts";
import type { SmsSender } from "./sms.ts";

export interface TwilioSettings extends TwilioPlaces {
  readonly TWILIO_ACCOUNT_SID: string;
  readonly TWILIO_API: string;
  readonly PHONE_NUMBER: string;
  readonly DIALLABLE_COUNTRIES: string;
}

/** Twilio would not do something. Its own words may quote a number and are left out. */
export class TwilioRefusal extends Error {
  readonly status: number;
  /** Of Twilio's error dictionary. */
  readonly code: number | undefined;
  constructor(status: number, code: number | undefined) {
    super(
      `Twilio refused with status ${status}${code === undefined ? "" : `, error ${code} (www.twilio.com/docs/api/errors/${code})`}.`,
    );
    this.name = "TwilioRefusal";
    this.status = status;
    this.code = code;
  }
}

const timeoutMs = 10_000;
/** Twilio's error for what can only be done to a call in progress. */
const notInProgress = 21_220;
/** Twilio's own words for how far a call is; the others mean that it is over. */
const alive = new Set(["queued", "initiated", "ringing", "in-progress"]);

const callSchema = z.object({ sid: z.string().min(1), status: z.string() });
const errorSchema = z.object({ code: z.number().optional() });

export function openTwilio(settings: TwilioSettings, secrets: Secrets, http: typeof fetch = fetch): Carrier & SmsSender {
  const api = `${settings.TWILIO_API.replace(/\/$/, "")}/2010-04-01/Accounts/${settings.TWILIO_ACCOUNT_SID}`;

  function refuseUnlessDiallable(number: string): void {
    const country = phoneNumber(number)?.country;
    if (!country || !mayBeDialled(country, settings.DIALLABLE_COUNTRIES)) throw new NotDiallable();
  }

  async function ask(path: string, form?: readonly (readonly [name: string, value: string])[]): Promise<unknown> {
    const authToken = await secrets.read("twilio-auth-token");
    if (!authToken)
      throw new Error(
        'The vault has no secret "twilio-auth-token": put the auth token of the Twilio account there (docs/twilio.md).',
      );
    const basic = Buffer.from(`${settings.TWILIO_ACCOUNT_SID}:${authToken}`).toString("base64");
    const answer = await http(`${api}${path}`, {
      headers: { authorization: `Basic ${basic}`, accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(form ? { method: "POST", body: new URLSearchParams(form.map(([name, value]) => [name, value])) } : {}),
    });
    const body: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) throw new TwilioRefusal(answer.status, errorSchema.safeParse(body).data?.code);
    return body;
  }

  const call = (sid: string): string => `/Calls/${encodeURIComponent(sid)}.json`;

  return {
    async dial({ to, from, callId, nonce }) {
      refuseUnlessDiallable(to);
      // Never repeated: a request that timed out may have rung.
      const made = await ask("/Calls.json", [
        ["To", to],
        ["From", from],
        ["Twiml", connectTwiml({ callId, nonce }, settings)],
        ["Timeout", String(ringsForMs / 1_000)],
        ["StatusCallback", twilioAddresses(callId, settings).status],
        ["StatusCallbackMethod", "POST"],
        ...["initiated", "ringing", "answered", "completed"].map((event) => ["StatusCallbackEvent", event] as const),
      ]);
      return callSchema.parse(made).sid;
    },
    async hangUp(sid) {
      try {
        await ask(call(sid), [["Status", "completed"]]);
      } catch (error) {
        const gone = error instanceof TwilioRefusal && (error.status === 404 || error.code === notInProgress);
        if (!gone) throw error;
      }
    },
    async transfer(sid, to, callId) {
      refuseUnlessDiallable(to);
      const from = settings.PHONE_NUMBER;
      await ask(call(sid), [["Twiml", dialTwiml({ callId, to, from, ringSeconds: ringsForMs / 1_000 }, settings)]]);
    },
    async state(sid) {
      try {
        return alive.has(callSchema.parse(await ask(call(sid))).status) ? "connected" : "gone";
      } catch (error) {
        if (error instanceof TwilioRefusal && error.status === 404) return "gone";
        throw error;
      }
    },
    async send(to, message) {
      refuseUnlessDiallable(to);
      await ask("/Messages.json", [
        ["To", to],
        ["From", settings.PHONE_NUMBER],
        ["Body", message],
      ]);
    },
  };
}
