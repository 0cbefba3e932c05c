import fc from "fast-check";
import { expect, test } from "vitest";
import { stableId } from "./stable-id.ts";

test("the same name has the same id, another name another", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(stableId(one) === stableId(other)).toBe(one === other);
    }),
  );
});

test("an id is a GUID made from a name (version 5)", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(stableId(name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});
