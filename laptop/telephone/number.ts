import { parsePhoneNumberFromString } from "libphonenumber-js";

/** What is wrong with a phone number, or undefined when it is E.164 and its country could have given it out. */
export function numberFault(number: string): string | undefined {
  if (!/^\+[1-9]\d{6,14}$/.test(number))
    return `"${number}" is not a number in E.164 form: a plus, the country code, then digits only, such as +33612345678.`;
  if (!parsePhoneNumberFromString(number)?.isPossible())
    return `"${number}" cannot be a phone number: its country gives out none of that length. Check the digits, such as +33612345678.`;
  return undefined;
}
