/**
 * `npm run bench:bridge -- --calls N --seconds S [--json]`: so many calls at once over real sockets, 20 ms frames both ways, through the
 * bridge's own bundle and, in turn every few seconds, through a plain relay made with `ws`. Prints what each adds and costs.
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { numberFaults, readCommandLine } from "../command-line.ts";
import type { ModelsOrder, ModelsReport } from "./bridge/models.ts";
import type { PhonesOrder, PhonesReport, Route } from "./bridge/phones.ts";
import { openPlace, usageOf } from "./bridge/place.ts";
import type { Receipts } from "./bridge/receipts.ts";
import { percentile } from "./percentile.ts";

/**
 * The routes take turns, so that a machine that is slow for a while is slow for both. A turn and its collection are shorter than any timer of a
 * call: after 4 s without an answer a caller would be asked for patience.
 */
const sliceMs = 2_000;
const drainMs = 400;
const interruptEveryMs = 100;

const { values } = readCommandLine({
  usage: "npm run bench:bridge -- --calls 1..1000 --seconds 3..3600 [--json]",
  options: {
    calls: { type: "string", default: "200" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
  check: ({ calls, seconds }) => [...numberFaults("calls", calls, 1, 1_000), ...numberFaults("seconds", seconds, 3, 3_600)],
});
const { json } = values;
const calls = Number(values.calls);
const seconds = Number(values.seconds);

interface Tally {
  sent: number;
  received: number;
  crossed: number;
  disordered: number;
  /** Milliseconds, by direction. */
  up: number[];
  down: number[];
  cpuMs: number;
  wallMs: number;
}

const tally = (): Tally => ({ sent: 0, received: 0, crossed: 0, disordered: 0, up: [], down: [], cpuMs: 0, wallMs: 0 });
const tallies: Record<Route, Tally> = { bridge: tally(), relay: tally() };
const generatorMs = { phones: 0, models: 0 };
const breakIns: number[] = [];

const models = processOf("models.ts");
const modelPort = await ask<number>(models, { kind: "listen" } satisfies ModelsOrder);
const phones = processOf("phones.ts");
const relay = processOf("relay.ts", `ws://127.0.0.1:${modelPort}`);
const relayPort = await new Promise<number>((resolve) => relay.once("message", resolve));
say(`starting the bridge and ${calls} calls ...`);
const place = await openPlace(modelPort, calls);
const pid: Record<Route, number> = { bridge: place.bridge.pid ?? 0, relay: relay.pid ?? 0 };
const idle = await usageOf(pid.bridge);

await connect("bridge", await place.phones(calls));
await connect(
  "relay",
  Array.from({ length: calls }, (_, call) => ({ call, url: `http://127.0.0.1:${relayPort}/`, token: "none" })),
);

// What is slow only the first time is not counted.
for (const route of ["relay", "bridge"] as const) await slice(route, false);
for (let ms = 0; ms < seconds * 1_000; ms += sliceMs) for (const route of ["relay", "bridge"] as const) await slice(route, true);
const busy = await usageOf(pid.bridge);
print();
for (const child of [models, phones, relay]) child.kill("SIGKILL");
await place.close();
process.exitCode = lost(tallies.bridge) + tallies.bridge.crossed === 0 ? 0 : 1;

async function connect(route: Route, addresses: Extract<PhonesOrder, { kind: "connect" }>["phones"]): Promise<void> {
  await ask(phones, { kind: "connect", route, phones: addresses } satisfies PhonesOrder);
}

async function slice(route: Route, counts: boolean): Promise<void> {
  const before = await usageOf(pid[route]);
  const startedMs = performance.now();
  await ask(models, { kind: "talk", route, ...(route === "bridge" ? { interruptEveryMs } : {}) } satisfies ModelsOrder);
  await ask(phones, { kind: "talk", route } satisfies PhonesOrder);
  await new Promise((resolve) => setTimeout(resolve, sliceMs));
  await ask(phones, { kind: "rest" } satisfies PhonesOrder);
  await ask(models, { kind: "rest" } satisfies ModelsOrder);
  const wallMs = performance.now() - startedMs;
  const { fromPhones, fromModels } = await collected(route);
  const after = await usageOf(pid[route]);
  if (!counts) return;
  const into = tallies[route];
  into.cpuMs += after.cpuMs - before.cpuMs;
  into.wallMs += wallMs;
  into.sent += fromPhones.sent + fromModels.sent;
  count(into, fromModels.receipts, into.up);
  count(into, fromPhones.receipts, into.down);
  if (route !== "bridge") return;
  generatorMs.phones += fromPhones.cpuMs;
  generatorMs.models += fromModels.cpuMs;
  for (const { call, startedMs: atMs, cancelledMs, truncatedMs } of fromModels.interruptions) {
    const stoppedMs = fromPhones.stops.find(([stopped, stopMs]) => stopped === call && stopMs >= atMs)?.[1];
    if (stoppedMs === undefined) throw new Error("An interruption reached the model and not the phone.");
    breakIns.push(Math.max(stoppedMs, cancelledMs, truncatedMs) - atMs);
  }
}

/** Everything of a slice: what is still under way when its talk ends belongs to it, until nothing comes any more. */
async function collected(route: Route): Promise<{ fromPhones: PhonesReport; fromModels: ModelsReport }> {
  const fromPhones = await ask<PhonesReport>(phones, { kind: "collect", route } satisfies PhonesOrder);
  const fromModels = await ask<ModelsReport>(models, { kind: "collect", route } satisfies ModelsOrder);
  await new Promise((resolve) => setTimeout(resolve, drainMs));
  if (fromPhones.receipts.received + fromModels.receipts.received === 0) return { fromPhones, fromModels };
  const late = await collected(route);
  return {
    fromPhones: {
      sent: fromPhones.sent + late.fromPhones.sent,
      receipts: merged(fromPhones.receipts, late.fromPhones.receipts),
      stops: [...fromPhones.stops, ...late.fromPhones.stops],
      cpuMs: late.fromPhones.cpuMs,
    },
    fromModels: {
      sent: fromModels.sent + late.fromModels.sent,
      receipts: merged(fromModels.receipts, late.fromModels.receipts),
      interruptions: [...fromModels.interruptions, ...late.fromModels.interruptions],
      cpuMs: late.fromModels.cpuMs,
    },
  };
}

function merged(one: Receipts, other: Receipts): Receipts {
  return {
    received: one.received + other.received,
    crossed: one.crossed + other.crossed,
    disordered: one.disordered + other.disordered,
    latenciesMs: Float64Array.from([...one.latenciesMs, ...other.latenciesMs]),
  };
}

function count(into: Tally, { received, crossed, disordered, latenciesMs }: Receipts, latencies: number[]): void {
  into.received += received;
  into.crossed += crossed;
  into.disordered += disordered;
  for (const each of latenciesMs) latencies.push(each);
}

function lost({ sent, received }: Tally): number {
  return sent - received;
}

function print(): void {
  const { bridge, relay: peer } = tallies;
  const share = (cpuMs: number, wallMs: number) => `${((cpuMs / wallMs) * 100).toFixed(0)} % of a core`;
  const row = (name: string, latencies: readonly number[]) =>
    `  ${name.padEnd(28)}${[50, 90, 99, 99.9].map((each) => percentile(latencies, each).toFixed(2).padStart(9)).join("")}`;
  say(`\n${calls} calls, ${seconds} s through each, 20 ms frames both ways; milliseconds under way, sender to receiver`);
  say(`  ${"".padEnd(28)}${["p50", "p90", "p99", "p99.9"].map((each) => each.padStart(9)).join("")}`);
  say(row("bridge, phone to model", bridge.up));
  say(row("bridge, model to phone", bridge.down));
  say(row("relay, phone to model", peer.up));
  say(row("relay, model to phone", peer.down));
  say(row(`barge-in (${breakIns.length})`, breakIns));
  say("  barge-in: from the model's speech_started to the last of stopAudio, cancel and truncate having arrived\n");
  say(
    `  frames        bridge ${bridge.sent} sent, ${lost(bridge)} lost, ${bridge.crossed} crossed, ${bridge.disordered} out of order`,
  );
  say(`                relay  ${peer.sent} sent, ${lost(peer)} lost`);
  say(`  processor     bridge ${share(bridge.cpuMs, bridge.wallMs)}, relay ${share(peer.cpuMs, peer.wallMs)}`);
  say(
    `                generators: phones ${share(generatorMs.phones, bridge.wallMs)}, models ${share(generatorMs.models, bridge.wallMs)}`,
  );
  say(`  memory        bridge ${mebibytes(busy.rssBytes)} MiB, ${mebibytes(idle.rssBytes)} before the first call`);
  if (!json) return;
  const both = [...bridge.up, ...bridge.down];
  const through = [...peer.up, ...peer.down];
  const line = {
    calls,
    lost: lost(bridge),
    crossed: bridge.crossed,
    p50Ms: rounded(percentile(both, 50)),
    p99Ms: rounded(percentile(both, 99)),
    relayP50Ms: rounded(percentile(through, 50)),
    relayP99Ms: rounded(percentile(through, 99)),
    /** Cores a call. */
    cpuPerCall: Number((bridge.cpuMs / bridge.wallMs / calls).toFixed(6)),
    rssPerCallBytes: Math.round((busy.rssBytes - idle.rssBytes) / calls),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}

function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}

function processOf(file: string, ...args: string[]): ChildProcess {
  return fork(join(import.meta.dirname, "bridge", file), args, { serialization: "advanced" });
}

function ask<Answer>(child: ChildProcess, order: PhonesOrder | ModelsOrder): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error("A process of the benchmark ended early."));
    child.once("exit", died);
    child.once("message", (answer: Answer | { error: string }) => {
      child.off("exit", died);
      if (typeof answer === "object" && answer !== null && "error" in answer) reject(new Error(answer.error));
      else resolve(answer as Answer);
    });
    child.send(order);
  });
}
