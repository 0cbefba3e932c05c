/**
 * Which events a subscription wants.
 * Source: learn.microsoft.com/azure/event-grid/event-filtering (operators, limits, strings compare without regard to case).
 */
import { type Event, wrap } from "./event.ts";

export interface AdvancedFilter {
  readonly operatorType: string;
  /** A path of names joined by dots, at most 5 deep: `subject`, `data.to.phoneNumber.value`. */
  readonly key: string;
  readonly value?: unknown;
  readonly values?: readonly unknown[];
}

export interface Filter {
  /** Absent or empty: all types. */
  readonly includedEventTypes?: readonly string[];
  readonly subjectBeginsWith?: string;
  readonly subjectEndsWith?: string;
  /** All must hold; within one, any of its values. */
  readonly advancedFilters?: readonly AdvancedFilter[];
}

const maximumFilters = 25;
const maximumValues = 25;

type Test = (found: unknown, given: unknown) => boolean;

const text =
  (holds: (found: string, given: string) => boolean): Test =>
  (found, given) =>
    typeof found === "string" && typeof given === "string" && holds(found.toLowerCase(), given.toLowerCase());
const number =
  (holds: (found: number, given: number) => boolean): Test =>
  (found, given) =>
    typeof found === "number" && typeof given === "number" && holds(found, given);

/** Operators that hold when any value matches. */
const tests: Readonly<Record<string, Test>> = {
  StringIn: text((found, given) => found === given),
  StringContains: text((found, given) => found.includes(given)),
  StringBeginsWith: text((found, given) => found.startsWith(given)),
  StringEndsWith: text((found, given) => found.endsWith(given)),
  NumberIn: number((found, given) => found === given),
  NumberLessThan: number((found, given) => found < given),
  NumberLessThanOrEquals: number((found, given) => found <= given),
  NumberGreaterThan: number((found, given) => found > given),
  NumberGreaterThanOrEquals: number((found, given) => found >= given),
  BoolEquals: (found, given) => typeof found === "boolean" && found === given,
};

/** Operators that hold when no value matches, a missing key included. */
const negations: Readonly<Record<string, string>> = {
  StringNotIn: "StringIn",
  StringNotContains: "StringContains",
  StringNotBeginsWith: "StringBeginsWith",
  StringNotEndsWith: "StringEndsWith",
  NumberNotIn: "NumberIn",
};

const presence: Readonly<Record<string, (found: unknown) => boolean>> = {
  IsNullOrUndefined: (found) => found === null || found === undefined,
  IsNotNull: (found) => found !== null && found !== undefined,
};

/** Throws, as creating the subscription would fail, when Event Grid would not take the filter. */
export function checkFilter(filter: Filter): void {
  const filters = filter.advancedFilters ?? [];
  const count = filters.reduce((sum, each) => sum + valuesOf(each).length, 0);
  if (filters.length > maximumFilters || count > maximumValues) {
    throw new Error(
      `advancedFilters: Event Grid takes ${maximumFilters} filters with ${maximumValues} values in all; given ${filters.length} with ${count}.`,
    );
  }
  const known = [...Object.keys(tests), ...Object.keys(negations), ...Object.keys(presence)];
  for (const { operatorType, key } of filters) {
    if (!known.includes(operatorType))
      throw new Error(`advancedFilters: unknown operator "${operatorType}"; known are ${known.join(", ")}.`);
    if (key.split(".").length > 6) throw new Error(`advancedFilters: key "${key}" is nested deeper than Event Grid looks (5).`);
  }
}

export function wants(filter: Filter, event: Event): boolean {
  const { includedEventTypes = [], subjectBeginsWith = "", subjectEndsWith = "", advancedFilters = [] } = filter;
  const subject = event.subject.toLowerCase();
  const isIncluded =
    includedEventTypes.length === 0 || includedEventTypes.some((type) => type.toLowerCase() === event.type.toLowerCase());
  if (!isIncluded || !subject.startsWith(subjectBeginsWith.toLowerCase()) || !subject.endsWith(subjectEndsWith.toLowerCase()))
    return false;
  const facts = { ...wrap(event, "EventGridSchema"), ...wrap(event, "CloudEventSchemaV1_0") };
  return advancedFilters.every((each) => holds(each, at(facts, each.key)));
}

function holds(filter: AdvancedFilter, found: unknown): boolean {
  const isPresent = presence[filter.operatorType];
  if (isPresent) return isPresent(found);
  const negated = negations[filter.operatorType];
  const test = tests[negated ?? filter.operatorType];
  const matches = test !== undefined && valuesOf(filter).some((given) => test(found, given));
  return negated === undefined ? matches : !matches;
}

function valuesOf({ value, values }: AdvancedFilter): readonly unknown[] {
  return values ?? (value === undefined ? [] : [value]);
}

/** Names match without regard to case: filters on `data.to.PhoneNumber.Value` find the payload's `phoneNumber.value`. */
function at(facts: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>((value, name) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
  }, facts);
}
