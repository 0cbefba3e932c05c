import { describe, expect, test } from "vitest";
import { type PatchOperation, patched, requirePatch } from "./patch.ts";
import type { Json } from "./sql/value.ts";

const record = { id: "a", claim: { name: "Ada" }, notes: ["one", "two"], turns: 1 };

function after(...operations: PatchOperation[]): Json {
  return patched(record, operations);
}

describe("a patch", () => {
  test.each<[PatchOperation, Json]>([
    [
      { op: "add", path: "/notes/0", value: "zero" },
      { ...record, notes: ["zero", "one", "two"] },
    ],
    [
      { op: "add", path: "/notes/-", value: "three" },
      { ...record, notes: ["one", "two", "three"] },
    ],
    [
      { op: "set", path: "/notes/0", value: "zero" },
      { ...record, notes: ["zero", "two"] },
    ],
    [
      { op: "set", path: "/claim/place", value: "Paris" },
      { ...record, claim: { name: "Ada", place: "Paris" } },
    ],
    [
      { op: "replace", path: "/turns", value: 5 },
      { ...record, turns: 5 },
    ],
    [
      { op: "remove", path: "/notes/1" },
      { ...record, notes: ["one"] },
    ],
    [
      { op: "incr", path: "/turns", value: -2 },
      { ...record, turns: -1 },
    ],
    [
      { op: "incr", path: "/calls", value: 1 },
      { ...record, calls: 1 },
    ],
    [
      { op: "move", from: "/claim/name", path: "/caller", value: null },
      { ...record, claim: {}, caller: "Ada" },
    ],
    [
      { op: "set", path: "/a~1b", value: 1 },
      { ...record, "a/b": 1 },
    ],
  ])("%j", (operation, expected) => {
    expect(after(operation)).toEqual(expected);
  });

  test("leaves the document it was given alone", () => {
    const before = structuredClone(record);
    after({ op: "add", path: "/notes/-", value: "three" }, { op: "remove", path: "/claim/name" });
    expect(record).toEqual(before);
  });

  test("a property named like an object's own machinery is only a property", () => {
    const changed = after({ op: "set", path: "/__proto__", value: { admin: true } }) as { admin?: boolean };
    expect(Object.hasOwn(changed, "__proto__")).toBe(true);
    expect(changed.admin).toBeUndefined();
  });

  test.each<[PatchOperation, string]>([
    [{ op: "set", path: "/absent/name", value: 1 }, "does not exist"],
    [{ op: "replace", path: "/absent", value: 1 }, "does not lead"],
    [{ op: "remove", path: "/notes/7" }, "does not lead"],
    [{ op: "add", path: "/notes/7", value: 1 }, "does not lead"],
    [{ op: "incr", path: "/claim", value: 1 }, "does not lead"],
    [{ op: "set", path: "/id", value: "b" }, "cannot be patched"],
    [{ op: "set", path: "/_etag", value: "b" }, "cannot be patched"],
    [{ op: "set", path: "turns", value: 1 }, "begin with /"],
    [{ op: "move", from: "/absent", path: "/a" }, "nothing at the path"],
    [{ op: "double", path: "/turns", value: 2 }, "allowed are"],
  ])("%j is refused", (operation, message) => {
    expect(() => after(operation)).toThrow(expect.objectContaining({ status: 400, message: expect.stringContaining(message) }));
  });

  test("holds one to ten operations", () => {
    const one = { op: "incr", path: "/turns", value: 1 };
    expect(requirePatch(Array.from({ length: 10 }, () => one)).operations).toHaveLength(10);
    expect(() => requirePatch(Array.from({ length: 11 }, () => one))).toThrow("11 were given");
    expect(() => requirePatch({ operations: [] })).toThrow("at least one");
  });
});
