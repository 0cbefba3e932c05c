import { expect, test } from "vitest";
import { mayBeDialled, phoneNumber } from "./phone-number.ts";

test.each([
  ["+33612345678", "+33612345678", "FR"],
  ["+33 6 12 34 56 78", "+33612345678", "FR"],
  ["+11234567890", "+11234567890", "US"],
  ["+14165550123", "+14165550123", "CA"],
])("%s is %s, dialled in %s", (text, e164, country) => {
  expect(phoneNumber(text)).toEqual({ e164, country });
});

test.each(["0612345678", "+33", "+331", "call +33612345678", "+33612345678901234", "", "<script>"])(
  "%j is no number to dial",
  (text) => {
    expect(phoneNumber(text)).toBeUndefined();
  },
);

test("a number said nationally is read in the caller's country", () => {
  expect(phoneNumber("06 12 34 56 78", "FR")?.e164).toBe("+33612345678");
});

test("an empty allow-list opens no country", () => {
  expect(mayBeDialled("FR", "")).toBe(false);
  expect(mayBeDialled("FR", "GB,FR")).toBe(true);
});
