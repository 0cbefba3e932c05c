/** `npm run simulate -- --seed N`: replays a schedule with all that happens in it; with `--schedules M`, looks through so many from there on. */
import { numberFaults, readCommandLine } from "../../command-line.ts";
import { simulate } from "./simulation.ts";
import { inWords, surveyOn } from "./survey.ts";

const most = Number.MAX_SAFE_INTEGER;

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

const { values } = readCommandLine({
  usage: "npm run simulate -- --seed N [--schedules M] [--threads T]",
  options: { seed: { type: "string", default: "1" }, schedules: { type: "string" }, threads: { type: "string", default: "1" } },
  check: ({ seed, schedules = "1", threads }) => [
    ...numberFaults("seed", seed, 0, most),
    ...numberFaults("schedules", schedules, 1, most),
    ...numberFaults("threads", threads, 1, 64),
  ],
});
const seed = Number(values.seed);
const holds =
  values.schedules === undefined ? await replay(seed) : await look(seed, Number(values.schedules), Number(values.threads));
process.exitCode = holds ? 0 : 1;
