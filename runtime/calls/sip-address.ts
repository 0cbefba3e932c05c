/** Who calls and who is called, as SIP headers say it. They come from whoever placed the call: good for a record, never for permission. */
import { phoneNumber } from "./phone-number.ts";

export interface SipHeader {
  readonly name: string;
  readonly value: string;
}

/** As networks name a caller who does not show their number. */
export const withheld = "anonymous";

/**
 * The caller's number (E.164), or `withheld`. Only numbers written internationally count: a trunk's national ones could be anybody's abroad.
 * `Privacy: id` asks not to be told the number even when it is there (RFC 3323, RFC 3325).
 */
export function callerIn(headers: readonly SipHeader[]): string {
  if (valuesOf(headers, "privacy").some((each) => /(^|[;\s])(id|user|full)\b/i.test(each))) return withheld;
  return numberIn(valuesOf(headers, "from")[0] ?? "") ?? withheld;
}

/**
 * The number that was dialled (E.164). `To` keeps it on most trunks; one that writes the project's address there names it in
 * `P-Called-Party-ID` (RFC 7315) or `Diversion` (RFC 5806).
 */
export function calledIn(headers: readonly SipHeader[]): string | undefined {
  for (const name of ["to", "p-called-party-id", "diversion"])
    for (const value of valuesOf(headers, name)) {
      const number = numberIn(value);
      if (number) return number;
    }
  return undefined;
}

const valuesOf = (headers: readonly SipHeader[], name: string): string[] =>
  headers.filter((each) => each.name.toLowerCase() === name).map((each) => each.value);

/** The number in `"Ada" <sip:+33612345678@trunk.example;user=phone>;tag=1`, `tel:+33612345678` and what else addresses look like. */
function numberIn(address: string): string | undefined {
  // A display name is whatever the caller likes, also something that looks like an address.
  const unnamed = address.replace(/"(?:[^"\\]|\\.)*"/g, "");
  const uri = /<([^>]*)>/.exec(unnamed)?.[1] ?? unnamed;
  const user = /^\s*(?:sips?|tel):(\+[\d().-]{6,30})(?=[@;?\s]|$)/i.exec(uri)?.[1];
  return user ? phoneNumber(user)?.e164 : undefined;
}
