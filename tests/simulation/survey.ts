/** Many schedules: one after the other, or on several threads. */
import { Worker } from "node:worker_threads";
import type { Violation } from "./judge.ts";
import type { Mutant } from "./mutants.ts";
import { simulate } from "./simulation.ts";

export interface Broken {
  readonly seed: number;
  readonly violation: Violation;
}

export interface Survey {
  readonly schedules: number;
  readonly broken: readonly Broken[];
  /** How often something happened that the schedules are there to try. */
  readonly sights: ReadonlyMap<string, number>;
}

/** Broken schedules after which it is no use to look for more. */
const enoughBroken = 20;

/** Schedules of `seed`, `seed` + 1, ... */
export async function survey(seed: number, schedules: number, plant?: () => Mutant): Promise<Survey> {
  const broken: Broken[] = [];
  const sights = new Map<string, number>();
  let done = 0;
  for (; done < schedules && broken.length < enoughBroken; done++) {
    const { violation, sights: seen } = await simulate(seed + done, plant);
    if (violation) broken.push({ seed: seed + done, violation });
    for (const [sight, times] of seen) sights.set(sight, (sights.get(sight) ?? 0) + times);
  }
  return { schedules: done, broken, sights };
}

/** The same on so many threads, each with its share of the schedules. */
export async function surveyOn(threads: number, seed: number, schedules: number): Promise<Survey> {
  const share = Math.ceil(schedules / threads);
  const shares = Array.from({ length: threads }, (_, at) => ({
    seed: seed + at * share,
    schedules: Math.min(share, schedules - at * share),
  }));
  const parts = await Promise.all(shares.map(surveyor));
  const sights = new Map<string, number>();
  for (const part of parts) for (const [sight, times] of part.sights) sights.set(sight, (sights.get(sight) ?? 0) + times);
  return {
    schedules: parts.reduce((sum, each) => sum + each.schedules, 0),
    broken: parts.flatMap((each) => each.broken),
    sights,
  };
}

function surveyor(share: { readonly seed: number; readonly schedules: number }): Promise<Survey> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./surveyor.ts", import.meta.url), { workerData: share });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** For whoever reads that a schedule is broken: what, what happened last, and how to see it all. */
export async function inWords({ seed, violation }: Broken): Promise<string> {
  const { trace } = await simulate(seed, undefined, true);
  const last = trace.slice(-30).join("\n");
  return `Seed ${seed}: it does not hold that ${violation.invariant}: ${violation.what}.\n${last}\nReplay: npm run simulate -- --seed ${seed}`;
}
