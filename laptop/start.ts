/**
 * `npm start`: evaluates the program for the stack `laptop`, runs what it describes, prints where, and stays until Ctrl-C or SIGTERM.
 * Exits 0 after a stop; 1 with one plain message when it cannot start. Leaves no process and no port behind either way.
 */
import { randomBytes } from "node:crypto";
import { readCommandLine } from "../command-line.ts";
import { Board } from "./board/board.ts";
import type { RecentCall, RecentChat } from "./board/board-state.ts";
import { boot } from "./boot.ts";
import { wallClock } from "./clock.ts";
import { Home } from "./home.ts";
import { certificateAuthority } from "./identity/certificates.ts";
import { evaluate } from "./program.ts";
import type { Laptop } from "./provider/laptop.ts";
import { LaptopProvider } from "./provider/provider.ts";
import { type Listening, type Service, serve } from "./service.ts";
import { createLine } from "./telephone/line.ts";

const defaultPort = 8_080;

async function start(): Promise<() => Promise<void>> {
  const home = new Home(process.env);
  await home.take(process.pid);
  const ends: (() => Promise<void>)[] = [() => home.leave()];
  const stop = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const lineToken = randomBytes(24).toString("hex");
    const shown: { laptop?: Laptop; outputs?: Record<string, unknown>; phone?: Service } = {};
    const board = new Board({
      state: () => (shown.laptop && shown.outputs ? boardState(shown.laptop, shown.outputs) : undefined),
      recentCalls: () => recentCalls(shown.laptop, shown.outputs),
      recentChats: async () => ((await asViewer(shown.laptop, shown.outputs, "/chat/sessions?limit=10")) ?? []) as RecentChat[],
      phone: () => shown.phone,
      lineToken,
    });
    const listening = await listen(board, home);
    ends.push(() => listening.close());
    const { laptop, config } = await boot(home, process.env);
    ends.push(() => laptop.close());
    shown.phone = createLine({
      exchange: laptop.exchange,
      voice: laptop.voice,
      clock: laptop.clock,
      phoneNumber: laptop.phoneNumber,
      authorise: board.mayUsePhone,
    });
    shown.laptop = laptop;
    shown.outputs = await evaluate(new LaptopProvider(laptop), config, () => import("../index.ts"));
    const address = `http://${listening.host}`;
    await home.announce(
      {
        board: address,
        phoneNumber: laptop.phoneNumber,
        lineToken,
        pid: process.pid,
        directory: laptop.directory.origin,
        staffClientId: staffClientId(laptop),
      },
      shown.outputs,
    );
    process.stdout.write(`Ready: ${address}\n`);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(board: Board, home: Home): Promise<Listening> {
  const port = process.env.PORT === undefined ? defaultPort : Number(process.env.PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT="${process.env.PORT}" is not a port; give a number from 1 to 65535, or 0 for any free one.`);
  const { server } = await certificateAuthority(home.path("identity"), wallClock.nowMs());
  return serve(board, server, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is taken by another program. Start with another one: PORT=0 npm start (any free port).`);
  });
}

function staffClientId({ directory }: Laptop): string {
  const [application] = directory.applications.values();
  return application?.clientId ?? "";
}

function boardState(laptop: Laptop, outputs: Readonly<Record<string, unknown>>) {
  const apps = laptop.apps.map((app) => ({
    name: app.name,
    state: app.state,
    address: `http://localhost:${app.port}`,
    restarts: app.restarts,
    log: app.logFile,
  }));
  return { services: laptop.running, apps, outputs, phoneNumber: laptop.phoneNumber };
}

/** What the system's own API answers a viewer; undefined where there is no such address. Rejects while the API starts. */
async function asViewer(
  laptop: Laptop | undefined,
  outputs: Readonly<Record<string, unknown>> | undefined,
  path: string,
): Promise<unknown> {
  if (!laptop || !outputs) return undefined;
  const token = await laptop.directory.staffToken({ clientId: staffClientId(laptop), role: "viewer" });
  const answer = await fetch(`${outputs.callsEndpoint}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
  return answer.json();
}

/** The last calls, less who was called. */
async function recentCalls(
  laptop: Laptop | undefined,
  outputs: Readonly<Record<string, unknown>> | undefined,
): Promise<RecentCall[]> {
  const calls = ((await asViewer(laptop, outputs, "/call?limit=10")) ?? []) as (Omit<RecentCall, "summary"> & {
    synthesis?: { short: string };
    ended_reason?: string;
  })[];
  return calls.map((call) => ({
    call_id: call.call_id,
    created_at: call.created_at,
    direction: call.direction,
    status: call.ended_reason ?? call.status,
    summary: call.synthesis?.short ?? "",
  }));
}

readCommandLine({
  usage: `npm start

It takes its orders from the environment: PORT (of the board, 8080), LAPTOP_HOME (folder of all it keeps), LAPTOP_SETTINGS (a file shaped like a
stack file), OPENAI_API_KEY and OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT (a model of your own).`,
  options: {},
});
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
});
try {
  const stop = await start();
  await stopped;
  await stop();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
