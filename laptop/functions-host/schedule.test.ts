import { expect, test } from "vitest";
import { nextRunMs, parseSchedule } from "./schedule.ts";

const after = (schedule: string, from: string) => {
  const due = nextRunMs(parseSchedule(schedule), Date.parse(from));
  return due === undefined ? undefined : new Date(due).toISOString();
};

test("the next run is strictly later and fits every field", () => {
  expect(after("0 */5 * * * *", "2026-11-22T10:05:00Z")).toBe("2026-11-22T10:10:00.000Z");
  expect(after("0 30 9-17 * * 1-5", "2026-11-20T17:30:00Z")).toBe("2026-11-23T09:30:00.000Z");
  expect(after("15 0 0 1 1 *", "2026-11-22T10:05:00Z")).toBe("2027-01-01T00:00:15.000Z");
  expect(after("0 0 0 29 2 *", "2026-11-22T00:00:00Z")).toBe("2028-02-29T00:00:00.000Z");
});

test("a day that never comes has no next run", () => {
  expect(after("0 0 0 30 2 *", "2026-11-22T00:00:00Z")).toBeUndefined();
});

test("a wrong field is named with what it may hold", () => {
  expect(() => parseSchedule("* * * * *")).toThrow(
    '"* * * * *" has 5 fields; a schedule has six: second minute hour day month weekday.',
  );
  expect(() => parseSchedule("0 61 * * * *")).toThrow('"61" is not a minute; allowed are 0 to 59.');
});
