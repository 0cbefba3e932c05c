/** Phone numbers: E.164, possible, and the country they are dialled in. */
import { parsePhoneNumberFromString } from "libphonenumber-js";

export interface PhoneNumber {
  readonly e164: string;
  /** ISO 3166 alpha-2. A number whose country is not certain counts as its calling code's main country (+1 as US). */
  readonly country: string;
}

/**
 * Reads a number written internationally (`+33 6 12 34 56 78`), or nationally when `country` says where. Undefined unless it is possible:
 * of a length and shape that its numbering plan has; whether anyone has it is for the network to say.
 */
export function phoneNumber(text: string, country?: string): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(text, { extract: false, ...(country ? { defaultCountry: country as "US" } : {}) });
  if (!parsed?.isPossible()) return undefined;
  const where = parsed.country ?? parsed.getPossibleCountries()[0];
  return where ? { e164: parsed.number, country: where } : undefined;
}

/** Whether a stack's comma separated allow-list opens the country. An empty list opens none. */
export const mayBeDialled = (country: string, diallable: string): boolean => diallable.split(",").includes(country);
