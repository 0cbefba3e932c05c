/**
 * The curve behind the dial: quality and share sent to the strong model at each threshold, measured on every data set by weights that were
 * learned without it and without any other copy of its questions.
 */
import type { Weights } from "../runtime/router/model.ts";
import { withoutDuplicates } from "./duplicates.ts";
import { isTaught } from "./examples.ts";
import { scorer, fit as weightsFrom } from "./fit.ts";
import { kindOf } from "./kinds.ts";
import type { Row } from "./rows.ts";

/** Rows left out together: other files of the same questions or makers. */
export const familyOf = ({ file }: Pick<Row, "file">): string =>
  file.replace(/^(?<family>zeroeval|mmlupro|llmrouter)_.*$/u, "$<family>");

const points = 40;
/** Only always using the strong model keeps all of its quality for certain. */
const almostAll = 0.9999;

interface Measured {
  readonly score: number;
  readonly weak: number;
  readonly strong: number;
  /** Each kind of work of each data set counts the same. */
  readonly weight: number;
}

export function measuredCurve(rows: readonly Row[], seed: number): Weights["curve"] {
  const tested = rows.filter((row) => isTaught(row) && !row.contaminated);
  const measured = [...Map.groupBy(tested, familyOf).values()].flatMap((left) => {
    const families = new Set(left.map(familyOf));
    const score = scorer(
      weightsFrom(
        withoutDuplicates(
          rows.filter((row) => !families.has(familyOf(row))),
          left,
        ),
        { seed },
      ),
    );
    return [...Map.groupBy(left, (row) => `${row.file} ${kindOf(row)}`).values()].flatMap((alike) =>
      alike.map((row) => ({
        score: score(row.prompt),
        weak: row.weak_score,
        strong: row.strong_score,
        weight: 1 / alike.length,
      })),
    );
  });
  return curveOf(measured);
}

/** From all cheap to all strong; quality as a share of all strong, never falling (pooled where it would) and never above it. */
export function curveOf(measured: readonly Measured[]): Weights["curve"] {
  const sorted = [...measured].sort((one, other) => other.score - one.score);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const strongest = sorted.reduce((sum, { weight, strong }) => sum + weight * strong, 0);
  let quality = sorted.reduce((sum, { weight, weak }) => sum + weight * weak, 0);
  let sent = 0;
  const raw = [{ threshold: 1, strong: 0, quality: quality / strongest }];
  for (const [index, { score, weak, strong, weight }] of sorted.entries()) {
    quality += weight * (strong - weak);
    sent += weight;
    const next = sorted[index + 1]?.score ?? 0;
    if (next !== score && sent / total >= raw.length / points)
      raw.push({ threshold: (score + next) / 2, strong: sent / total, quality: quality / strongest });
  }
  const last = { threshold: 0, strong: 1, quality: 1 };
  const inner = raw.filter(({ strong }) => strong < 1 - 0.5 / points);
  const rising = risen(inner.map((each) => Math.min(almostAll, each.quality)));
  return [...inner.map((each, index) => ({ ...each, quality: rising[index]! })), last].map(({ threshold, strong, quality }) => ({
    threshold: round(threshold),
    strong: round(strong),
    quality: round(quality),
  }));
}

/** The nearest rising sequence by squares (pool adjacent violators). */
export function risen(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    pools.push({ sum: value, count: 1 });
    for (let last = pools.length - 1; last > 0; last--) {
      const [one, other] = [pools[last - 1]!, pools[last]!];
      if (one.sum / one.count <= other.sum / other.count) break;
      pools.splice(last - 1, 2, { sum: one.sum + other.sum, count: one.count + other.count });
    }
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
