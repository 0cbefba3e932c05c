import { expect, test } from "vitest";
import type { Event } from "./event.ts";
import { checkFilter, type Filter, wants } from "./filter.ts";

const call: Event = {
  id: "1",
  sourceId: "/communication",
  type: "Microsoft.Communication.IncomingCall",
  subject: "/phonecall/incoming",
  data: {
    to: { kind: "phoneNumber", phoneNumber: { value: "+33123456789" } },
    from: { phoneNumber: { value: "+15550100" } },
    attempts: 3,
  },
  publishedMs: 0,
};

const matches = (filter: Filter) => wants(filter, call);
const advanced = (operatorType: string, key: string, ...values: unknown[]) =>
  matches({ advancedFilters: [{ operatorType, key, values }] });

test("a subscription sees only the types it lists, and all of them when it lists none", () => {
  expect(matches({})).toBe(true);
  expect(matches({ includedEventTypes: ["Microsoft.Communication.IncomingCall"] })).toBe(true);
  expect(matches({ includedEventTypes: ["Microsoft.Communication.SMSReceived"] })).toBe(false);
});

test("a number is matched by its beginning, whatever case the key is written in", () => {
  expect(advanced("StringBeginsWith", "data.to.PhoneNumber.Value", "+33123456789")).toBe(true);
  expect(advanced("StringBeginsWith", "data.to.phoneNumber.value", "+4", "+33")).toBe(true);
  expect(advanced("StringBeginsWith", "data.to.phoneNumber.value", "+44")).toBe(false);
  expect(advanced("StringBeginsWith", "data.to.nothing.value", "+33")).toBe(false);
});

test("a negated operator holds when the key is absent", () => {
  expect(advanced("StringNotIn", "data.to.nothing", "a")).toBe(true);
  expect(advanced("StringNotIn", "data.to.kind", "PHONENUMBER")).toBe(false);
  expect(advanced("StringNotBeginsWith", "data.to.kind", "voip")).toBe(true);
});

test("the other operators compare what they say they compare", () => {
  expect(advanced("StringIn", "data.to.kind", "x", "PhoneNumber")).toBe(true);
  expect(advanced("StringContains", "subject", "call")).toBe(true);
  expect(advanced("StringEndsWith", "subject", "outgoing")).toBe(false);
  expect(matches({ advancedFilters: [{ operatorType: "NumberGreaterThan", key: "data.attempts", value: 2 }] })).toBe(true);
  expect(matches({ advancedFilters: [{ operatorType: "NumberLessThan", key: "data.attempts", value: 3 }] })).toBe(false);
  expect(matches({ advancedFilters: [{ operatorType: "IsNotNull", key: "data.from" }] })).toBe(true);
});

test("every filter of a subscription must hold", () => {
  const begins = { operatorType: "StringBeginsWith", key: "data.to.phoneNumber.value", values: ["+33"] };
  expect(matches({ advancedFilters: [begins, { ...begins, key: "data.from.phoneNumber.value" }] })).toBe(false);
  expect(matches({ subjectBeginsWith: "/phonecall", subjectEndsWith: "incoming", advancedFilters: [begins] })).toBe(true);
});

test("a filter Event Grid would not take is refused with what it takes", () => {
  expect(() => checkFilter({ advancedFilters: [{ operatorType: "StartsWith", key: "subject", values: ["a"] }] })).toThrow(
    /StringBeginsWith/,
  );
  const values = Array.from({ length: 26 }, String);
  expect(() => checkFilter({ advancedFilters: [{ operatorType: "StringIn", key: "subject", values }] })).toThrow(
    /25 values in all; given 1 with 26/,
  );
});
