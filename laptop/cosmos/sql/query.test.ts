import { describe, expect, test } from "vitest";
import { parse } from "./parser.ts";
import { type CompositeIndex, run } from "./query.ts";
import type { Json } from "./value.ts";

const calls: Json[] = [
  { id: "1", status: "ended", seconds: 30, tags: ["sms"], caller: { country: "FR" } },
  { id: "2", status: "connected", seconds: 12, tags: [], note: null },
  { id: "3", status: "ended", seconds: 90, tags: ["sms", "claim"], caller: { country: "ES" } },
  { id: "4", status: "missed" },
];

function ask(text: string, parameters: Record<string, Json> = {}, indexes: readonly CompositeIndex[] = []): Json[] {
  return run(parse(text), calls, indexes, { parameters: new Map(Object.entries(parameters)), nowMs: 1_000 });
}

function ids(condition: string, parameters: Record<string, Json> = {}): Json[] {
  return ask(`SELECT VALUE c.id FROM c ${condition}`, parameters);
}

describe("WHERE", () => {
  test("keeps what equals a parameter", () => {
    expect(ids("WHERE c.status = @status", { "@status": "ended" })).toEqual(["1", "3"]);
  });

  test("a property that is not there is neither equal nor unequal", () => {
    expect(ids("WHERE c.seconds = 12")).toEqual(["2"]);
    expect(ids("WHERE c.seconds != 12")).toEqual(["1", "3"]);
    expect(ids("WHERE NOT (c.seconds = 12)")).toEqual(["1", "3"]);
  });

  test("null, defined and undefined are three things", () => {
    expect(ids("WHERE c.note = null")).toEqual(["2"]);
    expect(ids("WHERE NOT IS_DEFINED(c.seconds)")).toEqual(["4"]);
    expect(ids("WHERE IS_NULL(c.note)")).toEqual(["2"]);
  });

  test("binds NOT, AND and OR in that order", () => {
    expect(ids("WHERE c.status = 'missed' OR NOT c.seconds > 20 AND c.id = '2'")).toEqual(["2", "4"]);
    expect(ids("WHERE (c.status = 'missed' OR c.seconds > 20) AND c.id != '4'")).toEqual(["1", "3"]);
  });

  test("knows IN, BETWEEN, LIKE and their negations", () => {
    expect(ids("WHERE c.id IN ('1', @other)", { "@other": "4" })).toEqual(["1", "4"]);
    expect(ids("WHERE c.id NOT IN ('1')")).toEqual(["2", "3", "4"]);
    expect(ids("WHERE c.seconds BETWEEN 12 AND 30")).toEqual(["1", "2"]);
    expect(ids("WHERE c.status LIKE 'e%d'")).toEqual(["1", "3"]);
    expect(ids("WHERE c.status LIKE '%.%'")).toEqual([]);
  });

  test("looks into arrays and text", () => {
    expect(ids("WHERE ARRAY_CONTAINS(c.tags, 'claim')")).toEqual(["3"]);
    expect(ids("WHERE STARTSWITH(c.status, 'CON', true)")).toEqual(["2"]);
    expect(ids("WHERE CONTAINS(c.status, 'iss')")).toEqual(["4"]);
    expect(ids('WHERE c["caller"].country = "ES" AND c.tags[1] = "claim"')).toEqual(["3"]);
  });

  test("text is never run as a query", () => {
    expect(ids("WHERE c.id = @id", { "@id": "x' OR true OR 'x' = 'x" })).toEqual([]);
  });
});

describe("ORDER BY, TOP, OFFSET and LIMIT", () => {
  test("what is not there sorts before what is", () => {
    expect(ids("ORDER BY c.seconds")).toEqual(["4", "2", "1", "3"]);
    expect(ids("ORDER BY c.seconds DESC")).toEqual(["3", "1", "2", "4"]);
  });

  test("cut what is left after sorting", () => {
    expect(ids("ORDER BY c.id DESC OFFSET 1 LIMIT 2")).toEqual(["3", "2"]);
    expect(ask("SELECT TOP @n VALUE c.id FROM c", { "@n": 2 })).toEqual(["1", "2"]);
    expect(ask("SELECT TOP 1 * FROM c ORDER BY c.seconds DESC")).toEqual([calls[2]]);
  });

  test("two orderings are refused without their composite index, and served with it in both directions", () => {
    const index: CompositeIndex = [
      { path: "/status", order: "ascending" },
      { path: "/seconds", order: "descending" },
    ];
    expect(() => ids("ORDER BY c.status, c.seconds DESC")).toThrow("composite index");
    expect(ask("SELECT VALUE c.id FROM c ORDER BY c.status, c.seconds DESC", {}, [index])).toEqual(["2", "3", "1", "4"]);
    expect(ask("SELECT VALUE c.id FROM c ORDER BY c.status DESC, c.seconds", {}, [index])).toEqual(["4", "1", "3", "2"]);
    expect(() => ask("SELECT * FROM c ORDER BY c.status, c.seconds", {}, [index])).toThrow("composite index");
  });
});

describe("SELECT", () => {
  test("projects, names and leaves out what is not there", () => {
    expect(ask("SELECT c.id, c.caller.country AS country, c.seconds FROM c WHERE c.id IN ('1', '4')")).toEqual([
      { id: "1", country: "FR", seconds: 30 },
      { id: "4" },
    ]);
  });

  test("aggregates into one row", () => {
    expect(ask("SELECT VALUE COUNT(1) FROM c WHERE c.status = 'none'")).toEqual([0]);
    expect(ask("SELECT COUNT(1) AS calls, SUM(c.seconds) AS seconds, MAX(c.seconds) AS longest FROM c")).toEqual([
      { calls: 4, seconds: 132, longest: 90 },
    ]);
    expect(ask("SELECT VALUE AVG(c.seconds) FROM c")).toEqual([44]);
  });

  test("drops repeated rows when distinct", () => {
    expect(ask("SELECT DISTINCT VALUE c.status FROM c")).toEqual(["ended", "connected", "missed"]);
  });

  test("any alias names the document", () => {
    expect(ask("SELECT VALUE call.id FROM calls AS call WHERE call.id = '1'")).toEqual(["1"]);
  });
});

describe("what is refused", () => {
  test.each([
    ["SELECT * FROM c WHERE", 400, "unexpected end"],
    ["SELECT * FROM c WHERE c.value = 1", 400, "near 'value'"],
    ["SELECT * FROM c WHERE d.id = 1", 400, "Identifier 'd'"],
    ["SELECT * FROM c ORDER BY LOWER(c.id)", 400, "could not be mapped to a document path"],
    ["SELECT * FROM c OFFSET -1 LIMIT 1", 400, "near '-'"],
    ["SELECT TOP @n * FROM c", 400, "@n"],
    ["SELECT c.id, COUNT(1) FROM c", 400, "aggregate"],
    ["SELECT * FROM c; DROP", 400, "invalid token"],
    ["SELECT * FROM c WHERE c.id = @absent", 400, "@absent"],
    ["SELECT c.status FROM c GROUP BY c.status", 501, "GROUP BY"],
    ["SELECT * FROM c JOIN t IN c.tags", 501, "JOIN"],
    ["SELECT * FROM c WHERE REGEXMATCH(c.id, '.*')", 501, "REGEXMATCH"],
    ["SELECT * FROM c WHERE EXISTS(SELECT VALUE 1)", 501, "EXISTS"],
  ])("%s", (text, status, message) => {
    expect(() => ask(text)).toThrow(expect.objectContaining({ status, message: expect.stringContaining(message) }));
  });
});
