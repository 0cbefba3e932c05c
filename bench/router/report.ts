/** The whole report, part by part, and at its end what was aimed at and what was reached. */
import type { Row } from "../../training/rows.ts";
import { aimsOf, type Reached } from "./aims.ts";
import { dataSets, isMtBench, legend } from "./data-sets.ts";
import { dollars } from "./dollars.ts";
import { type Adaptation, inDomain } from "./in-domain.ts";
import { type Learner, leftOut, lessons, shipped } from "./learned.ts";
import { paraphrases, samples } from "./paraphrases.ts";
import { type Contestant, type Judged, judge, type Ranked } from "./ranked.ts";
import { promptLength, type Rival, rivals } from "./rivals.ts";
import { everyTurn, firstTurn, hasLengths, type TestSet, testSets } from "./sets.ts";
import { speed } from "./speed.ts";
import type { Section } from "./table.ts";
import { voice } from "./voice.ts";

export const parts = ["mtbench", "sets", "in-domain", "dollars", "voice", "speed", "paraphrases", "samples"] as const;
export type Part = (typeof parts)[number];

export interface Given {
  /** Reads the public data; asked for only by a part that needs it. */
  readonly load: () => readonly Row[];
  readonly only: ReadonlySet<Part>;
  readonly learner: Learner;
  readonly adaptation: Adaptation;
  /** Told how long a part took: what is printed elsewhere must not depend on it. */
  readonly took: (part: string, durationMs: number) => void;
  /** Milliseconds of a clock that only runs forward. */
  readonly nowMs: () => number;
}

/** Decides between equal scores and draws samples; any number would do, but always the same. */
const seed = 1;

const plain = ({ name, score, toStrong }: Rival): Contestant => ({ name, scorerFor: () => score, toStrong });

/** The simplest rival on the very decisions that the shipped router is measured on. */
const likeForLike = ({ saw }: Learner): Contestant => ({
  ...plain(promptLength),
  name: "prompt length, same decisions as shipped",
  fair: ({ rows }) => !rows.some(saw),
});

/** The tables of the parts asked for, and of the aims. */
export async function report(given: Given): Promise<Section[]> {
  const { only, learner } = given;
  const sections: Section[] = [];
  const reached: Reached = {};
  const timed = async (part: string, work: () => Promise<readonly Section[]> | readonly Section[]) => {
    const startMs = given.nowMs();
    sections.push(...(await work()));
    given.took(part, given.nowMs() - startMs);
  };

  let loaded: readonly Row[] | undefined;
  const rows = () => {
    loaded ??= given.load();
    return loaded;
  };
  let contest: readonly Contestant[] | undefined;
  const contestants = () => {
    contest ??= [shipped(learner), leftOut(rows(), learner), likeForLike(learner), ...rivals.map(plain)];
    return contest;
  };
  const judged = new Map<string, Judged>();
  /** Scores of one contestant on one set, computed once for all parts. */
  const judgement = (set: TestSet, contestant: Contestant): Judged => {
    const key = `${set.name}\n${contestant.name}`;
    const found = judged.get(key) ?? judge(set, contestant);
    judged.set(key, found);
    return found;
  };
  const judgeAll = (sets: readonly TestSet[]) => sets.flatMap((set) => contestants().map((each) => judgement(set, each)));

  if (only.has("mtbench")) {
    await timed("mtbench", () => {
      const sets = testSets(rows()).filter(({ name }) => isMtBench(name));
      const { ranked, sections } = dataSets(sets, judgeAll(sets), seed);
      const ours = (set: string) => ranked.find((each) => each.set === set && each.router === contestants()[0]!.name);
      reached.mtBench = ours(firstTurn);
      reached.mtBenchByTurn = ours(everyTurn);
      return sections;
    });
  }
  if (only.has("sets")) {
    await timed("sets", () => {
      const sets = testSets(rows());
      const { ranked, pools, sections } = dataSets(sets, judgeAll(sets), seed);
      const strangers = contestants()[1]!.name;
      const pool = (router: string) => pools.find((each) => each.router === router)?.apgr;
      const behind = sets
        .map(({ name }) => name)
        .filter((name) => {
          const of = (router: string) => ranked.find((each) => each.set === name && each.router === router)?.apgr ?? Number.NaN;
          return of(strangers) < of(promptLength.name);
        });
      reached.together = { learned: pool(strangers), byLength: pool(promptLength.name), behind };
      reached.strangers = ranked.filter(
        (each): each is Ranked & { low: number } => each.router === strangers && each.low !== undefined,
      );
      return [lessons(rows(), learner), ...sections.filter(({ title }) => !isMtBench(title.split(":")[0]!))];
    });
  }
  if (only.has("in-domain")) await timed("in-domain", () => inDomain(rows(), given.adaptation, reached, seed));
  if (only.has("dollars"))
    await timed("dollars", () => {
      const sets = testSets(rows()).filter(hasLengths);
      return dollars(sets, judgeAll(sets), rows(), given.adaptation, reached, seed);
    });
  if (only.has("voice"))
    await timed("voice", () =>
      voice(
        testSets(rows())
          .filter(({ name }) => name !== firstTurn)
          .map((set) => judgement(set, contestants()[1]!)),
        seed,
      ),
    );
  if (only.has("speed")) await timed("speed", () => speed(rows(), reached, seed));
  if (only.has("paraphrases")) await timed("paraphrases", () => paraphrases(reached, seed));
  if (only.has("samples")) await timed("samples", () => samples(reached));
  return [...(only.has("mtbench") || only.has("sets") ? [legend] : []), ...sections, aimsOf(reached)];
}
