/**
 * What Call Automation answers when it will not or cannot: the service's error shape, `{error: {code, message}}`, and results of callbacks.
 * Sub-codes: Microsoft's troubleshooting tables for Call Automation; PSTN endings are 560000 plus the SIP code.
 */
import { Refusal } from "../identity/access.ts";
import type { Ending } from "../telephone/conversation.ts";

export interface ResultInformation {
  readonly code: number;
  readonly subCode: number;
  readonly message: string;
}

export const succeeded: ResultInformation = { code: 200, subCode: 0, message: "Action completed successfully." };

export function badRequest(message: string): Refusal {
  return new Refusal(400, "400", message);
}

export function callNotFound(): Refusal {
  return new Refusal(404, "8522", "Call not found: it has ended, or this resource never had it.");
}

export function notConnected(): Refusal {
  return new Refusal(400, "8501", "Action is invalid when call is not in Established state.");
}

/** What this stand-in does not do, said aloud instead of half done. */
export function beyondLaptop(what: string): Refusal {
  return new Refusal(501, "NotSupportedOnLaptop", `The laptop's Call Automation does not ${what}. Use a real resource for that.`);
}

const endings: Readonly<Record<Ending, ResultInformation>> = {
  "hung up": { code: 200, subCode: 560_000, message: "The conversation has ended." },
  busy: { code: 486, subCode: 560_486, message: "Busy here." },
  "no answer": { code: 480, subCode: 560_480, message: "No answer." },
  declined: { code: 603, subCode: 560_603, message: "The callee declined the call." },
  cancelled: { code: 487, subCode: 560_487, message: "The call was cancelled before it was answered." },
  unreachable: { code: 404, subCode: 560_404, message: "The phone number could not be found." },
};

export function resultOf(ending: Ending): ResultInformation {
  return endings[ending];
}
