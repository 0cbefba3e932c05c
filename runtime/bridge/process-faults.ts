/** Faults of ours outside of every call: none of them may end calls that have nothing to do with it. */
import type { EventEmitter } from "node:events";
import type { Logger } from "pino";

export interface Survivor {
  /** Lets go of every call without ending it, and resolves once that is done. */
  readonly move: () => Promise<void>;
  readonly exit: (code: number) => void;
  readonly log: Pick<Logger, "error">;
}

/**
 * Listens to the faults of `process`, for which Node would end it at once. A promise that failed with nobody waiting for it is logged, and all goes
 * on. After an exception that nobody caught anything may be half done: the calls move to another process, and this one exits with 1.
 */
export function surviveFaults(process: Pick<EventEmitter, "on" | "once">, { move, exit, log }: Survivor): void {
  process.on("unhandledRejection", (fault) => log.error(told(fault), "a promise failed that nobody waited for"));
  process.on("uncaughtException", (fault) => log.error(told(fault), "a fault that nobody caught; the calls move"));
  process.once("uncaughtException", () => {
    const over = () => exit(1);
    void move().then(over, over);
  });
}

/** A fault's words may quote a person, so only its kind is logged, and the system's code (EADDRINUSE) when it has one. */
function told(fault: unknown): { readonly kind: string; readonly code?: string } {
  if (!(fault instanceof Error)) return { kind: typeof fault };
  const { code } = fault as NodeJS.ErrnoException;
  return { kind: fault.name, ...(typeof code === "string" && /^\w{2,40}$/.test(code) ? { code } : {}) };
}
