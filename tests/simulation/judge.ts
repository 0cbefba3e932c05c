/** What must hold of every call, whatever goes wrong, and who says so when it does not. */
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Item, Line, Utterance } from "./sounds.ts";

export const invariants = [
  "no acknowledged utterance is lost",
  "no utterance is kept twice",
  "the record holds what was heard and no more",
  "a call is answered once",
  "a call is dialled once",
  "a tool is executed at most once",
  "a tool that was asked for is executed",
  "a status only moves forward",
  "no sound of one call in another",
  "no words of one call in another",
  "nothing of a lost session is heard",
  "a model is told what it can know",
  "one mending for one loss",
  "a sound that flows is left alone",
  "every call ends",
  "a conversation has its after-call work",
  "one text message after a call",
  "nothing is left of a call",
  "nothing fails on our side",
] as const;
export type Invariant = (typeof invariants)[number];

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

/** Something that a live bridge was told, and must keep. */
export interface Acknowledged {
  readonly utterance: Utterance;
  readonly bridge: SimulatedProcess;
  readonly atMs: number;
}

export interface ToolRequest {
  readonly line: Line;
  readonly toolCallId: string;
  readonly bridge: SimulatedProcess;
  readonly atMs: number;
  executions: number;
}

/** Keeps what happened that the end of a schedule is judged by, and the first thing that was not as it must be. */
export class Judge {
  violation: Violation | undefined;
  readonly acknowledged = new Map<string, Acknowledged>();
  readonly utterances = new Map<string, Utterance>();
  readonly items = new Map<string, Item>();
  readonly tools = new Map<string, ToolRequest>();
  readonly texts = new Map<string, number>();

  /** The invariant does not hold; only the first time counts, since one fault brings others with it. */
  broken(invariant: Invariant, what: string): void {
    this.violation ??= { invariant, what };
  }
}
