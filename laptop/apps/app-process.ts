/**
 * One app as a child process: started with exactly the settings the graph computed plus what the platform adds, restarted when it dies as Azure
 * would, stopped with SIGTERM and time to drain. Its output goes to a log file of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";

export interface AppCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface AppProcessOptions {
  readonly name: string;
  readonly port: number;
  readonly logFile: string;
  readonly clock: Clock;
  /** How long a stopping app may take to finish what it is doing. */
  readonly graceMs: number;
}

export type AppState = "waiting for code" | "starting" | "running" | "restarting" | "stopped";

const probeEveryMs = 50;
/** A container gets this long to answer its startup probe in the graph (20 probes of 3 s). */
const startWithinMs = 60_000;
const restartAfterMs = 1_000;

export class AppProcess {
  readonly name: string;
  readonly port: number;
  readonly logFile: string;
  state: AppState = "waiting for code";
  restarts = 0;
  readonly #clock: Clock;
  readonly #graceMs: number;
  #child: ChildProcess | undefined;
  #command: AppCommand | undefined;
  #log: WriteStream | undefined;
  #cancelRestart = () => {};

  constructor({ name, port, logFile, clock, graceMs }: AppProcessOptions) {
    this.name = name;
    this.port = port;
    this.logFile = logFile;
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the app, replacing what runs, and resolves when its port answers. Rejects with the end of its log when it dies instead. */
  async start(command: AppCommand): Promise<void> {
    await this.stop();
    await mkdir(dirname(this.logFile), { recursive: true });
    this.#log = createWriteStream(this.logFile);
    this.#command = command;
    this.state = "starting";
    this.#spawn(command);
    await this.#listening();
    this.state = "running";
  }

  /** Ends the app: SIGTERM, then after the grace period SIGKILL. Resolves when no process is left. */
  async stop(): Promise<void> {
    this.#command = undefined;
    this.#cancelRestart();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGTERM");
      const cancel = this.#clock.after(this.#graceMs, () => child.kill("SIGKILL"));
      await gone;
      cancel();
    }
    this.#child = undefined;
    this.#log?.end();
    this.state = "stopped";
  }

  #spawn({ command, args, folder, environment }: AppCommand): void {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...environment, PORT: String(this.port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => this.#log?.write(chunk));
    child.once("error", (error) => this.#log?.write(`${error.message}\n`));
    child.once("exit", () => this.#exited(child));
  }

  #exited(child: ChildProcess): void {
    if (this.#child !== child || !this.#command || this.state === "starting") return;
    this.state = "restarting";
    this.restarts += 1;
    const command = this.#command;
    this.#cancelRestart = this.#clock.after(restartAfterMs, () => {
      this.#spawn(command);
      this.#listening().then(
        () => {
          this.state = "running";
        },
        () => {
          // Still "restarting": the next exit schedules the next try.
        },
      );
    });
  }

  async #listening(): Promise<void> {
    const deadlineMs = this.#clock.nowMs() + startWithinMs;
    const child = this.#child;
    while (!(await answers(this.port))) {
      if (!child || child.exitCode !== null || child.signalCode !== null)
        throw new Error(
          `${this.name} ended while it started (exit ${child?.exitCode ?? child?.signalCode}). Its log: ${this.logFile}`,
        );
      if (this.#clock.nowMs() > deadlineMs)
        throw new Error(
          `${this.name} did not answer on port ${this.port} within ${startWithinMs / 1_000} s. Its log: ${this.logFile}`,
        );
      await new Promise<void>((resolve) => this.#clock.after(probeEveryMs, resolve));
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
