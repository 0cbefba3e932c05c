/** The running whole under test: a laptop of its own, started as a person starts it, in a home of its own, on free ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../../runtime/calls/call.ts";

const root = join(import.meta.dirname, "..", "..");

export type Role = "viewer" | "supervisor" | "admin";

export interface RunningLaptop {
  readonly board: string;
  readonly home: string;
  readonly pid: number;
  readonly outputs: Readonly<Record<string, string>>;
  token(role: Role): Promise<string>;
  /** Asks the system's API as staff of a role; `path` follows `callsEndpoint`. */
  api(role: Role, path: string, init?: RequestInit): Promise<Response>;
  /** The call as the API shows it. */
  call(idOrNumber: string): Promise<Call>;
  /** Runs `npm run phone` with these arguments: what it printed and its exit code. */
  phone(...args: string[]): Promise<{ readonly said: string; readonly code: number | null }>;
  /** Sends a signal and waits for the end; answers the exit code. The home goes too, unless it is to be kept. */
  stop(signal?: NodeJS.Signals, options?: { keepHome: boolean }): Promise<number | null>;
}

/** A folder for a laptop that is started in it, and removed with it. */
export const freshHome = (): Promise<string> => mkdtemp(join(tmpdir(), "switchboard-laptop-"));

/** Starts `npm start`'s script and resolves at its `Ready:` line. Rejects with what it printed when it ends first. */
export async function startLaptop(environment: Readonly<Record<string, string>> = {}): Promise<RunningLaptop> {
  const home = environment.LAPTOP_HOME ?? (await freshHome());
  const env = {
    ...process.env,
    LAPTOP_HOME: home,
    PORT: "0",
    NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compile"),
    ...environment,
  };
  const child = spawn(process.execPath, ["laptop/start.ts"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const board = await ready(child);
  const outputs = JSON.parse(await readFile(join(home, "outputs.json"), "utf8")) as Record<string, string>;
  const command = (args: readonly string[]) => run(args, env);
  // An hour's worth: longer than any test.
  const tokens = new Map<Role, Promise<string>>();
  const laptop: RunningLaptop = {
    board,
    home,
    outputs,
    pid: child.pid ?? 0,
    token: async (role) => (await command(["laptop/commands.ts", "token", "--role", role])).said.trim(),
    async api(role, path, init = {}) {
      const token = tokens.get(role) ?? laptop.token(role);
      tokens.set(role, token);
      const authorization = `Bearer ${await token}`;
      return fetch(`${outputs.callsEndpoint}${path}`, {
        redirect: "manual",
        ...init,
        headers: { authorization, ...init.headers },
      });
    },
    call: async (idOrNumber) => (await (await laptop.api("viewer", `/call/${encodeURIComponent(idOrNumber)}`)).json()) as Call,
    phone: (...args) => command(["laptop/telephone/phone.ts", ...args]),
    async stop(signal = "SIGTERM", options = { keepHome: false }) {
      const code = child.exitCode ?? (await ended(child, signal));
      if (!options.keepHome) await rm(home, { recursive: true, force: true });
      return code;
    },
  };
  return laptop;
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const end = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  child.kill(signal);
  return end;
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const address = /^Ready: (http:\/\/localhost:\d+)$/m.exec(printed)?.[1];
        if (address) resolve(address);
      });
    child.once("exit", (code) => reject(new Error(`The laptop ended with ${code} before it was ready:\n${printed}`)));
  });
}

/** A command of the repository as a person runs it; standard output and error together. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ said: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.once("exit", (code) => resolve({ said, code }));
  });
}
