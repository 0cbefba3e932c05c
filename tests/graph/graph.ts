/** A stack's graph without Azure: the real program, evaluated in a process of its own as `pulumi up` does it (Pulumi's hooks are global). */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

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
  /** From before the program's first import to its last resource. */
  readonly evaluationMs: number;
}

const evaluated = new Map<string, Promise<Graph>>();

/** The graph of a stack with these settings (names without the project's prefix). Rejects with what the program says when it refuses. */
export function evaluate(stack: string, settings: Readonly<Record<string, unknown>>): Promise<Graph> {
  const asked = [stack, JSON.stringify(settings)];
  const graph = evaluated.get(asked.join()) ?? run(asked);
  evaluated.set(asked.join(), graph);
  return graph;
}

async function run(asked: readonly string[]): Promise<Graph> {
  const program = new URL("evaluate.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...asked], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Graph;
}
