/** `npm run simulate -- --seed N`: replays a schedule with all that happens in it; with `--schedules M`, looks through so many from there on. */
import { parseArgs } from "node:util";
import { simulate } from "./simulation.ts";
import { inWords, surveyOn } from "./survey.ts";

const usage = "npm run simulate -- --seed N [--schedules M] [--threads T]; whole numbers, at least 1 schedule and thread";

async function replay(seed: number): Promise<boolean> {
  const { violation, trace, events, virtualMs } = await simulate(seed, undefined, true);
  for (const line of trace) console.log(line);
  console.log(`Seed ${seed}: ${events} events in ${Math.round(virtualMs / 1_000)} s of the world's time.`);
  if (violation) console.log(`It does not hold that ${violation.invariant}: ${violation.what}.`);
  return violation === undefined;
}

async function look(seed: number, schedules: number, threads: number): Promise<boolean> {
  const startMs = performance.now();
  const { schedules: done, broken, sights } = await surveyOn(threads, seed, schedules);
  const seconds = (performance.now() - startMs) / 1_000;
  for (const [sight, times] of [...sights].sort()) console.log(`${String(times).padStart(8)}  ${sight}`);
  for (const { seed, violation } of broken)
    console.log(`Seed ${seed}: it does not hold that ${violation.invariant}: ${violation.what}.`);
  if (broken[0]) console.log(await inWords(broken[0]));
  console.log(`${done} schedules in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} a second; ${broken.length} broken.`);
  return broken.length === 0;
}

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, schedules: { type: "string" }, threads: { type: "string", default: "1" } },
});
const { seed, schedules, threads } = {
  seed: Number(values.seed),
  schedules: Number(values.schedules ?? 1),
  threads: Number(values.threads),
};
if (![seed, schedules, threads].every(Number.isInteger) || schedules < 1 || threads < 1) {
  console.error(`Not understood; it is ${usage}.`);
  process.exitCode = 2;
} else {
  const holds = values.schedules === undefined ? await replay(seed) : await look(seed, schedules, threads);
  process.exitCode = holds ? 0 : 1;
}
