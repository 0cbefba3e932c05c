import fc from "fast-check";
import { expect, test } from "vitest";
import { costRatio } from "./cost.ts";
import { curve, settingOf } from "./dial.ts";

const media = ["audio", "text"] as const;
const share = fc.double({ min: 0, max: 1, noNaN: true });

test.each(media)(
  "the stands of the dial for %s run from all cheap to all strong, each dearer and better than the one before",
  (medium) => {
    const points = curve(medium);
    expect(points[0]).toMatchObject({ threshold: 1, strong: 0, cost: costRatio(medium) });
    expect(points.at(-1)).toEqual({ threshold: 0, strong: 1, quality: 1, cost: 1 });
    for (const [index, point] of points.entries()) {
      const before = points[index - 1];
      if (!before) continue;
      expect(point.threshold).toBeLessThan(before.threshold);
      expect(point.strong).toBeGreaterThan(before.strong);
      expect(point.quality).toBeGreaterThanOrEqual(before.quality);
      expect(point.cost).toBeGreaterThan(before.cost);
    }
  },
);

test("a promise of quality is kept, at the least cost that keeps it", () => {
  fc.assert(
    fc.property(share, fc.constantFrom(...media), (keep_at_least, medium) => {
      const setting = settingOf({ keep_at_least }, medium);
      expect(setting.quality).toBeGreaterThanOrEqual(keep_at_least);
      const cheaper = curve(medium).filter(({ cost }) => cost < setting.cost);
      expect(cheaper.every(({ quality }) => quality < keep_at_least)).toBe(true);
    }),
  );
});

test("a promise of cost is kept from the cost of all cheap on, with the best quality that it buys", () => {
  fc.assert(
    fc.property(share, fc.constantFrom(...media), (spend_at_most, medium) => {
      const setting = settingOf({ spend_at_most }, medium);
      if (spend_at_most < costRatio(medium)) expect(setting.threshold).toBe(1);
      else expect(setting.cost).toBeLessThanOrEqual(spend_at_most);
      const affordable = curve(medium).filter(({ cost }) => cost <= spend_at_most);
      expect(affordable.every(({ quality }) => quality <= setting.quality)).toBe(true);
    }),
  );
});

test("all of the quality takes the strong model every time, all of the cost allows it", () => {
  expect(settingOf({ keep_at_least: 1 }, "audio")).toEqual({ threshold: 0, quality: 1, cost: 1 });
  expect(settingOf({ spend_at_most: 1 }, "text")).toEqual({ threshold: 0, quality: 1, cost: 1 });
});
