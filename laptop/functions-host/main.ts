/**
 * The Functions host as a process: `node laptop/functions-host/main.ts <app folder>` runs the app's own bundle with the settings in its
 * environment, answers HTTP on PORT, feeds queues and timers. Stops on SIGTERM after work in hand is done.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ManagedIdentityCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";
import { getRequestListener } from "@hono/node-server";
import { wallClock } from "../clock.ts";
import { FunctionsCore, type RegisteredFunction } from "./core.ts";
import { httpHandler } from "./http.ts";
import { type QueueOptions, startQueueTrigger } from "./queue-trigger.ts";
import { routesOf } from "./routes.ts";
import { nextRunMs, parseSchedule } from "./schedule.ts";

const folder = process.argv[2];
if (!folder) throw new Error("Name the app's folder: node laptop/functions-host/main.ts <folder>");
const log = (level: string, message: string): void => {
  if (level !== "debug" && level !== "trace") process.stdout.write(`${message}\n`);
};

const core = new FunctionsCore(log);
core.install();
const { main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { main: string };
const host = JSON.parse(await readFile(join(folder, "host.json"), "utf8")) as HostFile;
await import(pathToFileURL(join(folder, main)).href);
await core.runHooks("appStart", { hookData: {} });

const functions = core.functions();
const routes = routesOf(functions, host.extensions?.http?.routePrefix ?? "api");
const server = createServer(getRequestListener(httpHandler(core, routes, log), { overrideGlobalObjects: false }));
await new Promise<void>((resolve) => server.listen(Number(process.env.PORT), "127.0.0.1", resolve));
const stops = functions.flatMap((each) => startTrigger(each));
log("information", `${functions.length} functions listen`);

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, async () => {
    server.close();
    await Promise.all(stops.map((stop) => stop()));
    await core.runHooks("appTerminate", { hookData: {} });
    process.exit(0);
  });

interface HostFile {
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly queues?: {
      maxDequeueCount?: number;
      maxPollingInterval?: string;
      batchSize?: number;
      messageEncoding?: string;
      visibilityTimeout?: string;
    };
  };
}

/** A setting named between percent signs, as bindings write it: `%CALLS_QUEUE%`. */
function setting(text: string): string {
  return text.replace(/%(\w+)%/g, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`The binding names the setting "${name}", which this app does not have.`);
    return value;
  });
}

/** `hh:mm:ss[.fff]` of host.json. */
function durationMs(text: string | undefined, otherwiseMs: number): number {
  const parts = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text ?? "");
  return parts ? (Number(parts[1]) * 3_600 + Number(parts[2]) * 60 + Number(parts[3])) * 1_000 : otherwiseMs;
}

function queueOptions({ extensions }: HostFile): QueueOptions {
  const queues = extensions?.queues;
  // Defaults of the Storage queue extension (host.json reference).
  return {
    maxDequeueCount: queues?.maxDequeueCount ?? 5,
    maxPollingIntervalMs: durationMs(queues?.maxPollingInterval, 60_000),
    batchSize: queues?.batchSize ?? 16,
    base64: queues?.messageEncoding !== "none",
    retryAfterMs: durationMs(queues?.visibilityTimeout, 0),
  };
}

function queueClient(connection: string, name: string): QueueClient {
  const endpoint = process.env[`${connection}__queueServiceUri`];
  const clientId = process.env[`${connection}__clientId`];
  if (!endpoint || !clientId)
    throw new Error(
      `The connection "${connection}" needs the settings ${connection}__queueServiceUri and ${connection}__clientId.`,
    );
  return new QueueClient(`${endpoint.replace(/\/$/, "")}/${name}`, new ManagedIdentityCredential({ clientId }));
}

function startTrigger({ name, trigger }: RegisteredFunction): (() => Promise<void>)[] {
  const type = trigger.type.toLowerCase();
  if (type === "queuetrigger") {
    const queueName = setting(trigger.queueName ?? "");
    const connection = trigger.connection ?? "AzureWebJobsStorage";
    return [
      startQueueTrigger({
        queue: queueClient(connection, queueName),
        poison: queueClient(connection, `${queueName}-poison`),
        options: queueOptions(host),
        clock: wallClock,
        async work(text, message) {
          await core.invoke(
            name,
            { string: text },
            {
              DequeueCount: { int: message.dequeueCount },
              Id: { string: message.messageId },
              InsertionTime: { string: message.insertedOn.toISOString() },
            },
          );
        },
        failed: (error, dequeueCount) =>
          log("error", `${name} failed (attempt ${dequeueCount}): ${error instanceof Error ? error.stack : String(error)}`),
      }),
    ];
  }
  if (type === "timertrigger") return [startTimer(name, setting(trigger.schedule ?? ""), trigger.runOnStartup ?? false)];
  return [];
}

function startTimer(name: string, text: string, atOnce: boolean): () => Promise<void> {
  const schedule = parseSchedule(text);
  let cancel = () => {};
  const fire = () =>
    core
      .invoke(name, { json: JSON.stringify({ IsPastDue: false, Schedule: { AdjustForDST: false } }) })
      .catch((error) => log("error", `${name} failed: ${String(error)}`));
  const arm = () => {
    const dueMs = nextRunMs(schedule, wallClock.nowMs());
    if (dueMs === undefined) return;
    // A Node timer holds at most 2^31-1 ms; a later one is armed again on the way.
    const waitMs = Math.min(dueMs - wallClock.nowMs(), 2 ** 31 - 1);
    cancel = wallClock.after(waitMs, () => {
      if (wallClock.nowMs() >= dueMs) void fire();
      arm();
    });
  };
  arm();
  if (atOnce) void fire();
  return async () => cancel();
}
