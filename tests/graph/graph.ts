/** A stack's graph without Azure: the real program, evaluated in a process beside the tests' (Pulumi's hooks are global), one stack after the other. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** One registered resource. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Undefined for the stack itself. */
  readonly parent?: string;
  /** Whether a provider makes it; components only group. */
  readonly custom: boolean;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** URNs of what must exist before: named by `dependsOn`, or read by an input. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
}

export interface Graph {
  readonly stack: string;
  /** In order of registration. */
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Provider functions the program called. */
  readonly invokes: readonly string[];
}

/** What the evaluating process is asked, and answers. */
export interface Asked {
  readonly stack: string;
  readonly settings: Readonly<Record<string, unknown>>;
}
export type Answered = { readonly graph: Graph } | { readonly refusal: string };

let program: ChildProcess | undefined;
const evaluated = new Map<string, Promise<Graph>>();
/** Evaluations stand in line: Pulumi's hooks are one process's. */
let last: Promise<unknown> = Promise.resolve();

/** The graph of a stack with these settings (names without the project's prefix). Rejects with what the program says when it refuses. */
export function evaluate(stack: string, settings: Asked["settings"]): Promise<Graph> {
  const asked = JSON.stringify([stack, settings]);
  const graph = evaluated.get(asked) ?? last.then(() => ask({ stack, settings }));
  evaluated.set(asked, graph);
  last = graph.catch(() => undefined);
  return graph;
}

async function ask(asked: Asked): Promise<Graph> {
  // The SDK takes a stack for each of its promises, which costs a tenth of the time.
  program ??= fork(new URL("evaluate.ts", import.meta.url), { execArgv: ["--stack-trace-limit=1"] });
  program.send(asked);
  const ended = new AbortController();
  const [answered] = await Promise.race([
    once(program, "message", { signal: ended.signal }) as Promise<[Answered]>,
    once(program, "exit", { signal: ended.signal }).then(([code]): [Answered] => [
      { refusal: `The program ended with ${code}.` },
    ]),
  ]).finally(() => ended.abort());
  if ("refusal" in answered) throw new Error(answered.refusal);
  return answered.graph;
}
