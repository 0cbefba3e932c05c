import { expect, test } from "vitest";
import { type Field, requireDefinition } from "./definition.ts";
import { readFilter } from "./filter.ts";

const fields: readonly Field[] = requireDefinition({
  name: "trainings",
  fields: [
    { name: "id", type: "Edm.String", key: true },
    { name: "pages", type: "Edm.Int32" },
    { name: "open", type: "Edm.Boolean" },
    { name: "created_at", type: "Edm.DateTimeOffset" },
    { name: "tags", type: "Collection(Edm.String)" },
    { name: "secret", type: "Edm.String", filterable: false },
  ],
}).fields;

const documents = [
  { id: "a", pages: 1, open: true, created_at: "2026-11-22T10:00:00Z", tags: ["claim"] },
  { id: "b", pages: 20, open: false, created_at: "2026-11-22T10:00:00+02:00", tags: [] },
  { id: "it's", pages: null, tags: ["claim", "sms"] },
];

function ids(filter: string): string[] {
  return documents.filter(readFilter(filter, fields)).map(({ id }) => id);
}

test.each([
  ["id eq 'a'", ["a"]],
  ["id eq 'it''s'", ["it's"]],
  ["pages gt 1 and pages le 20", ["b"]],
  ["pages eq null or id eq 'a'", ["a", "it's"]],
  ["not (pages lt 10) and id ne 'b'", ["it's"]],
  ["open", ["a"]],
  ["not open", ["b", "it's"]],
  ["created_at lt 2026-11-22T09:00:00Z", ["b"]],
  ["search.in(id, 'a, b')", ["a", "b"]],
  ["search.in(id, 'a|it''s', '|')", ["a", "it's"]],
  ["tags/any(t: t eq 'sms')", ["it's"]],
  ["tags/any()", ["a", "it's"]],
  ["tags/all(t: t eq 'claim')", ["a", "b"]],
  ["id eq 'a' or id eq 'b' and open", ["a"]],
])("%s", (filter, expected) => {
  expect(ids(filter)).toEqual(expected);
});

test.each([
  ["id eq", 400, "no literal"],
  ["id = 'a'", 400, "position 3"],
  ["id eq 1", 400, "incompatible types"],
  ["pages eq 'a'", 400, "incompatible types"],
  ["absent eq 1", 400, "Could not find a property named 'absent'"],
  ["secret eq 'x'", 400, "not a filterable field"],
  ["id/any(t: t eq 'a')", 400, "not a collection"],
  ["(id eq 'a'", 400, "')' is expected"],
  ["id eq 'a' id", 400, "not expected"],
  ["geo.distance(id, 1) lt 2", 501, "geo.distance"],
])("%s is refused", (filter, status, message) => {
  expect(() => ids(filter)).toThrow(expect.objectContaining({ status, message: expect.stringContaining(message) }));
});
