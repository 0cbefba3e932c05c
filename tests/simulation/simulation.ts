/** One schedule: a seed decides everything that happens, and what happened is judged. */
import { Bridges } from "./bridges.ts";
import { Caller } from "./caller.ts";
import { Database } from "./database.ts";
import { FunctionsApp } from "./functions-app.ts";
import type { Violation } from "./judge.ts";
import type { Mutant } from "./mutants.ts";
import { Network } from "./network.ts";
import { News } from "./news.ts";
import { judgeEnd } from "./verdict.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** What happened, one line each; empty unless it was asked for. */
  readonly trace: readonly string[];
  /** How often something happened that schedules are there to try. */
  readonly sights: ReadonlyMap<string, number>;
  readonly events: number;
  readonly virtualMs: number;
}

/** A world comes to rest long before this once nobody calls any more. */
const mostMs = 30 * 60_000;

export async function simulate(seed: number, plant: () => Mutant = () => ({}), traced = false): Promise<Outcome> {
  const world = new World(seed, plant(), traced);
  const { judge, scheduler, plan, startMs } = world;
  const unhandled = (reason: unknown) => judge.broken("nothing fails on our side", `nobody handled: ${String(reason)}`);
  const network = new Network(world);
  const parts = { network, database: new Database(world), news: new News(world) };
  const functions = new FunctionsApp(world, parts);
  const bridges = new Bridges(world, parts);
  network.join(functions, bridges);
  if (plan.flagsChange)
    world.at(plan.calmAtMs * world.random.next(), () => {
      world.flags = { ...world.flags, answer_soft_timeout_sec: 0, phone_silence_timeout_sec: 5, vad_threshold: 0.6 };
    });
  for (const line of network.lines) new Caller(world, line, functions);
  process.on("unhandledRejection", unhandled);
  try {
    const goesOn = () => judge.violation === undefined;
    const rests = await scheduler.run(startMs + mostMs, goesOn);
    if (goesOn()) judgeEnd(world, { ...parts, functions, bridges, rests });
    // Node tells of a rejection that nobody handled once it has nothing else to do.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", unhandled);
  }
  const { trace = [], sights, ageMs: virtualMs } = world;
  return { seed, violation: judge.violation, trace, sights, events: scheduler.happened, virtualMs };
}
