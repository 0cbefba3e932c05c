/** How long a decision takes, beside a floor that any router pays: touching every character, splitting into words. */
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Turn } from "../../runtime/chat/record.ts";
import { Random } from "../../training/random.ts";
import type { Row } from "../../training/rows.ts";
import { percentile } from "../percentile.ts";
import type { Reached } from "./aims.ts";
import { decide } from "./learned.ts";
import { micros, type Section, section, whole } from "./table.ts";

export interface Timing {
  readonly of: string;
  readonly decisions: number;
  /** Microseconds: of each message the least of five times. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Microseconds of every decision, whatever else the machine did meanwhile. */
  readonly disturbedP50: number;
  readonly disturbedP99: number;
}

export interface Job {
  readonly of: string;
  readonly messages: readonly { readonly message: string; readonly history: readonly Turn[] }[];
  readonly decide: (message: string, history: readonly Turn[]) => unknown;
}

/** What a loop that reads every character takes, and one that splits into words: no router that reads its message is faster. */
export const floors: readonly Pick<Job, "of" | "decide">[] = [
  {
    of: "floor: every character read",
    decide: (message) => {
      let sum = 0;
      for (let at = 0; at < message.length; at++) sum = (sum + message.charCodeAt(at)) | 0;
      return sum;
    },
  },
  { of: "floor: split into words", decide: (message) => message.match(/[\p{L}\p{N}]+/gu)?.length ?? 0 },
];

const rounds = 5;

/**
 * Each message of each job once a round, rounds of all jobs in turns, after a round that does not count. What else the machine does falls into
 * some rounds, not into all: the least time of a message is the decision's own.
 */
export function timings(jobs: readonly Job[]): Timing[] {
  const taken = jobs.map(() => [] as Float64Array[]);
  for (let round = 0; round <= rounds; round++) {
    jobs.forEach((job, at) => {
      const micros = measure(job);
      if (round > 0) taken[at]!.push(micros);
    });
  }
  return jobs.map(({ of, messages }, at) => {
    const all = taken[at]!;
    const least = messages.map((_, index) => Math.min(...all.map((round) => round[index]!)));
    const measured = all.flatMap((round) => [...round]);
    return {
      of,
      decisions: measured.length,
      p50: percentile(least, 50),
      p99: percentile(least, 99),
      max: percentile(least, 100),
      disturbedP50: percentile(measured, 50),
      disturbedP99: percentile(measured, 99),
    };
  });
}

function measure({ messages, decide }: Job): Float64Array {
  return Float64Array.from(messages, ({ message, history }) => {
    const startMs = performance.now();
    const decided = decide(message, history);
    const micros = (performance.now() - startMs) * 1_000;
    // What nobody looks at, the engine leaves out.
    if (decided === undefined) throw new Error("a decision gave nothing");
    return micros;
  });
}

/** Bytes of the model, and of everything that `route` needs with it, bundled as the apps are. */
export async function sizes(): Promise<{ readonly weights: number; readonly router: number }> {
  const folder = join(import.meta.dirname, "../../runtime/router");
  const { metafile, outputFiles } = await build({
    entryPoints: [join(folder, "route.ts")],
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "silent",
  });
  const inBundle = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path]) => /runtime\/router\/weights\b/u.test(path))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return { weights: inBundle, router: outputFiles[0]?.contents.length ?? 0 };
}

/** Five times so many decisions. */
const different = 4_800;
const longest = 4_000;

/** Times and sizes. Messages are prompts of the data, as long as they are or joined and cut to a length. */
export async function speed(rows: readonly Row[], reached: Reached, seed: number): Promise<Section[]> {
  const random = new Random(seed);
  const any = () => rows[random.whole(0, rows.length - 1)]!.prompt;
  const joined = (length: number) => {
    let text = any();
    while (text.length < length) text += `\n${any()}`;
    return text.slice(0, length);
  };
  const many = (message: () => string) =>
    Array.from({ length: different }, () => ({ message: message(), history: [] as Turn[] }));
  const asTheyCome = many(() => any().slice(0, longest));
  const thousand = many(() => joined(1_000));
  const talk = asTheyCome.map(({ message }) => {
    const turn = (persona: Turn["persona"]): Turn => ({ persona, content: any().slice(0, longest) });
    return { message, history: [turn("human"), turn("assistant"), turn("human"), turn("assistant")] };
  });
  const lengths = { "messages as they come": asTheyCome, "1,000 characters": thousand };
  const figures = timings([
    { of: "messages as they come", messages: asTheyCome, decide },
    { of: "the same, after four turns", messages: talk, decide },
    { of: "1,000 characters", messages: thousand, decide },
    { of: "4,000 characters", messages: many(() => joined(longest)), decide },
    ...Object.entries(lengths).flatMap(([of, messages]) =>
      floors.map((floor) => ({ of: `${floor.of}, ${of}`, messages, decide: floor.decide })),
    ),
  ]);
  const { weights, router } = await sizes();
  reached.asTheyCome = figures[0];
  reached.afterTurns = figures[1];
  reached.atThousand = figures[2];
  reached.weightsBytes = weights;
  const load = loadavg()[0]?.toFixed(1);
  const least =
    "p50, p99, max: of each message the least of five times, which is the decision's own; disturbed: every decision as it was,";
  const note = `${least}\nwith the machine's load at ${load} on ${availableParallelism()} cores.\nBundled: the model ${whole(weights)} bytes, the router with it ${whole(router)} bytes. Node ${process.version}.`;
  return [
    section(
      "Time of a decision; this part alone differs from run to run",
      figures,
      [
        { name: "of", of: ({ of }) => of },
        { name: "decisions", of: (each) => whole(each.decisions) },
        { name: "p50", of: ({ p50 }) => micros(p50) },
        { name: "p99", of: ({ p99 }) => micros(p99) },
        { name: "max", of: ({ max }) => micros(max) },
        { name: "p50 disturbed", of: ({ disturbedP50 }) => micros(disturbedP50) },
        { name: "p99 disturbed", of: ({ disturbedP99 }) => micros(disturbedP99) },
      ],
      [note],
    ),
  ];
}
