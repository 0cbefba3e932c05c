/** A look at settings that depend on each other. */
import type { Fault } from "./fault.ts";
import type { StackSettings } from "./schema.ts";

export interface Check {
  /** Dotted paths of the settings it looks at. */
  readonly reads: readonly string[];
  /** Faults refuse the settings. */
  faults?(settings: StackSettings, today: Date): Fault[];
  /** Warnings are shown and change nothing. */
  warnings?(settings: StackSettings, today: Date): Fault[];
}

/** One fault when something is wrong, else none. */
export function when(wrong: boolean, path: Fault["path"], given: unknown, advice: string): Fault[] {
  return wrong ? [{ path, given, advice }] : [];
}
