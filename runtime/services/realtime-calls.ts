/** Calls that Azure OpenAI carries itself: accepted, declined, handed over and ended through the official client. */
import type { TokenCredential } from "@azure/identity";
import OpenAI, { APIError } from "openai";
import type { CallAcceptParams } from "openai/resources/realtime/calls";
import { mayBeDialled, phoneNumber } from "../calls/phone-number.ts";
import { NotDiallable } from "./call-automation.ts";
import { tokenFor } from "./credential.ts";

const scope = "https://cognitiveservices.azure.com/.default";
/** A webhook waits at most ten seconds for our answer (Azure OpenAI, webhooks how-to), and a caller no longer. */
const answerWithinMs = 4_000;

/** How a call is declined: 486 busy here, 603 not wanted (RFC 3261, section 21). */
export type Declined = 486 | 603;

export interface RealtimeCalls {
  /** Takes a ringing SIP call with this session; false when nobody rings any more. */
  accept(callId: string, session: CallAcceptParams): Promise<boolean>;
  /** Declines a ringing SIP call; one that no longer rings is fine. */
  reject(callId: string, status: Declined): Promise<void>;
  /** Hands a SIP call over to a number (E.164), blind: the service tells nothing of what becomes of it. Throws `NotDiallable`. */
  refer(callId: string, to: string): Promise<void>;
  /** Ends a SIP or WebRTC call; one that is already gone is fine. */
  hangUp(callId: string): Promise<void>;
}

/** Whatever asks for it, no number outside of `DIALLABLE_COUNTRIES` is handed over to. */
export function openRealtimeCalls(
  settings: { OPENAI_ENDPOINT: string; DIALLABLE_COUNTRIES: string },
  credential: TokenCredential,
): RealtimeCalls {
  const baseURL = `${settings.OPENAI_ENDPOINT.replace(/\/$/, "")}/openai/v1`;
  const client = new OpenAI({ baseURL, apiKey: () => tokenFor(credential, scope), timeout: answerWithinMs, maxRetries: 1 });
  const { calls } = client.realtime;
  return {
    // A second attempt would be refused when only the answer to the first was lost.
    accept: (callId, session) => unlessGone(calls.accept(callId, session, { maxRetries: 0 })),
    async reject(callId, status) {
      await unlessGone(calls.reject(callId, { status_code: status }));
    },
    async refer(callId, to) {
      const country = phoneNumber(to)?.country;
      if (!country || !mayBeDialled(country, settings.DIALLABLE_COUNTRIES)) throw new NotDiallable();
      await calls.refer(callId, { target_uri: `tel:${to}` }, { maxRetries: 0 });
    },
    async hangUp(callId) {
      await unlessGone(calls.hangup(callId));
    },
  };
}

/** False when the service does not know the call. */
async function unlessGone(request: Promise<void>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof APIError && error.status === 404) return false;
    throw error;
  }
}
