import fc from "fast-check";
import { expect, test } from "vitest";
import { dateIn } from "./dates.ts";

/** Sunday, 22 November 2026. */
const nowMs = Date.parse("2026-11-22T09:00:00Z");

test.each([
  ["yesterday at 3 pm", "2026-11-21T15:00:00Z"],
  ["hier à 15h30", "2026-11-21T15:30:00Z"],
  ["anteayer", "2026-11-20T12:00:00Z"],
  ["昨天下午3点", "2026-11-21T15:00:00Z"],
  ["vor drei Tagen um 8 Uhr", "2026-11-19T08:00:00Z"],
  ["two weeks ago", "2026-11-08T12:00:00Z"],
  ["il y a 2 jours", "2026-11-20T12:00:00Z"],
  ["last Friday", "2026-11-20T12:00:00Z"],
  ["on Sunday", "2026-11-15T12:00:00Z"],
  ["le 3 novembre", "2026-11-03T12:00:00Z"],
  ["December 24th", "2025-12-24T12:00:00Z"],
  ["el 5 de marzo de 2024", "2024-03-05T12:00:00Z"],
  ["11月12日", "2026-11-12T12:00:00Z"],
  ["2026-10-01 14:05", "2026-10-01T14:05:00Z"],
  ["yesterday at 10 in the evening", "2026-11-21T22:00:00Z"],
  ["It was yesterday at ten in the morning.", "2026-11-21T10:00:00Z"],
  ["hier à dix heures", "2026-11-21T10:00:00Z"],
  ["C'était avant-hier à dix heures du matin.", "2026-11-20T10:00:00Z"],
  ["hier à dix heures et demie du soir", "2026-11-21T22:30:00Z"],
  ["Fue hace tres días a las diez de la noche", "2026-11-19T22:00:00Z"],
  ["Fue ayer a las diez de la mañana.", "2026-11-21T10:00:00Z"],
  ["Es war gestern um zehn Uhr morgens.", "2026-11-21T10:00:00Z"],
  ["是三天前上午十点。", "2026-11-19T10:00:00Z"],
  ["last night at half past eleven", "2026-11-21T23:30:00Z"],
  ["yesterday at two at night", "2026-11-21T02:00:00Z"],
  ["an hour ago", "2026-11-22T08:00:00Z"],
  ["last week", "2026-11-15T12:00:00Z"],
])("%s is %s", (words, moment) => {
  expect(dateIn(words, nowMs)).toBe(moment);
});

test("what lies ahead is found when asked for", () => {
  expect(dateIn("tomorrow at 10 am", nowMs, "future")).toBe("2026-11-23T10:00:00Z");
  expect(dateIn("on Tuesday", nowMs, "future")).toBe("2026-11-24T12:00:00Z");
});

test("words without a date have none, and no words make an impossible one", () => {
  expect(dateIn("a tree fell on my car", nowMs)).toBeUndefined();
  expect(dateIn("at ten in the evening", nowMs)).toBeUndefined();
  expect(dateIn("2026-13-45", nowMs)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (words) => {
      const found = dateIn(words, nowMs);
      expect(found === undefined || !Number.isNaN(Date.parse(found))).toBe(true);
    }),
  );
});
