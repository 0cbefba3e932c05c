/** The learned router as a contestant: as it ships, and fitted again without what it is measured on. */
import { defaultChatOptions } from "../../runtime/chat-options.ts";
import { settingOf } from "../../runtime/router/dial.ts";
import { route } from "../../runtime/router/route.ts";
import { withoutDuplicates } from "../../training/duplicates.ts";
import type { Row } from "../../training/rows.ts";
import type { Contestant } from "./ranked.ts";
import type { Scorer } from "./rivals.ts";
import type { TestSet } from "./sets.ts";
import { type Section, section, whole } from "./table.ts";

/** What the trainer gives the benchmark. */
export interface Learner {
  /** A router learned from `rows` alone. */
  readonly learn: (rows: readonly Row[]) => Scorer;
  /** Whether the shipped weights were learned from this row. */
  readonly saw: (row: Row) => boolean;
}

export const decide = (message: string, history: Parameters<Scorer>[1] = []) => route(message, { history });

/** As it ships, on what its training left for a test. */
export const shipped = ({ saw }: Learner): Contestant => {
  const { threshold } = settingOf(defaultChatOptions.dial, "audio");
  return {
    name: "learned, as shipped",
    scorerFor: () => (message, history) => decide(message, history).score,
    toStrong: (score) => score >= threshold,
    fair: ({ rows }) => !rows.some(saw),
  };
};

/** Fitted for each data set without it, and without whatever other data sets ask that it asks too. */
export function leftOut(rows: readonly Row[], { learn }: Learner): Contestant {
  const fitted = new Map<string, Scorer>();
  return {
    name: "learned, this data set left out",
    scorerFor: (set) => {
      const key = [...benchmarksOf(set)].sort().join();
      const scorer = fitted.get(key) ?? learn(strangersOf(rows, set));
      fitted.set(key, scorer);
      return scorer;
    },
  };
}

const benchmarksOf = ({ cases }: TestSet): Set<string> =>
  new Set(cases.flatMap((each) => each.rows.map(({ benchmark }) => benchmark)));

/** The rows that neither belong to the data set nor ask what one of it asks. */
export function strangersOf(rows: readonly Row[], set: TestSet): Row[] {
  const benchmarks = benchmarksOf(set);
  const tested = rows.filter(({ benchmark }) => benchmarks.has(benchmark));
  return withoutDuplicates(
    rows.filter(({ benchmark }) => !benchmarks.has(benchmark)),
    tested,
  );
}

/** Of each data set, how many rows the shipped router learned from: it is measured on the others. */
export function lessons(rows: readonly Row[], { saw }: Learner): Section {
  const figures = [...Map.groupBy(rows, ({ file }) => file)].map(([file, own]) => ({
    file,
    rows: own.length,
    learned: own.filter(saw).length,
  }));
  return section("What the shipped router learned from", figures, [
    { name: "data set", of: ({ file }) => file },
    { name: "rows", of: (each) => whole(each.rows) },
    { name: "learned from", of: ({ learned }) => whole(learned) },
    { name: "kept for the test", of: (each) => whole(each.rows - each.learned) },
  ]);
}
