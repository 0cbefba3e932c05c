/** A part of the running whole as a process of its own, which can be killed and started again on the same port. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Killable {
  /** Resolves once it listens. */
  start(...args: string[]): Promise<void>;
  /** Without a word of farewell (SIGKILL). */
  kill(): Promise<void>;
}

/** `script` listens on the port given to it and then says so. */
export function killable(script: URL, port: number): Killable {
  let child: ChildProcess | undefined;
  return {
    async start(...args) {
      const started = spawn(process.execPath, [fileURLToPath(script), String(port), ...args], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.stdout.once("data", () => resolve());
        started.once("exit", (code) => reject(new Error(`${script.pathname} ended with ${code} before it listened.`)));
      });
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}
