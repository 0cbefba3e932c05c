/** Who carries calls: the service the stack chose for its number, and for a call under way whoever its record names. */
import { addressesOf } from "../calls/addresses.ts";
import type { CallRecord } from "../calls/call.ts";
import type { CallAutomation } from "./call-automation.ts";
import type { Carrier } from "./carrier.ts";
import type { RealtimeCalls } from "./realtime-calls.ts";

export interface Lines {
  /** The stack's own number: what dials. */
  readonly own: Carrier;
  of(call: Pick<CallRecord, "carrier">): Carrier;
}

/** A line that can be called and cannot call: nobody was rung. */
export class TakesCallsOnly extends Error {
  constructor() {
    super(
      "This line takes calls and places none: Azure OpenAI's SIP connector cannot dial. Use a number of another carrier to call out.",
    );
    this.name = "TakesCallsOnly";
  }
}

/** Communication Services. */
export function communicationLine(automation: CallAutomation, places: { FUNCTIONS_URL: string; BRIDGE_URL: string }): Carrier {
  return {
    dial: ({ to, from, callId, nonce }) => automation.createCall({ to, from, ...addressesOf(callId, nonce, places) }),
    hangUp: automation.hangUp,
    transfer: automation.transfer,
    state: automation.state,
  };
}

/** Calls whose sound the model's service carries. It tells nobody whether it still has one: the bridge's own socket to the call does. */
export function carriedLine(calls: RealtimeCalls): Carrier {
  return {
    dial: () => Promise.reject(new TakesCallsOnly()),
    hangUp: calls.hangUp,
    transfer: calls.refer,
    state: async () => "connected",
  };
}

/** `own` is the carrier of the stack's number; browsers' calls are the model service's on every line. */
export function linesOf(own: Carrier, carried: Carrier): Lines {
  return { own, of: ({ carrier }) => (carrier === "sip" || carrier === "browser" ? carried : own) };
}
