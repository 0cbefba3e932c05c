import fc from "fast-check";
import { expect, test } from "vitest";
import { tableOf, valuesOf } from "./table.ts";

test("numbers come back to within half a level, as text that JSON leaves as it is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.float({ min: -1, max: 1, noNaN: true }), fc.float({ min: -50, max: 50, noNaN: true })), {
        minLength: 1,
        maxLength: 50,
      }),
      (rows) => {
        const values = Float32Array.from(rows.flat());
        const table = tableOf(values, 2);
        expect(JSON.stringify(table.levels)).toBe(`"${table.levels}"`);
        for (const [at, value] of valuesOf(table, rows.length).entries()) {
          const scale = table.scales[at % 2]!;
          const kept = Math.max(-scale, Math.min(scale, values[at]!));
          expect(Math.abs(value - kept)).toBeLessThanOrEqual(scale / 90 + 1e-6);
        }
      },
    ),
  );
});

test("damage is noticed and named", () => {
  const table = tableOf(Float32Array.of(1, 2, 3, 4), 2);
  expect(() => valuesOf(table, 3)).toThrow("a table of 3 rows and 2 heads holds 4 values");
  expect(() => valuesOf({ ...table, levels: `\\${table.levels.slice(1)}` }, 2)).toThrow("character 0 of a table is no level");
});
