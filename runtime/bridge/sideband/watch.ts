/** A WebRTC call of a chat as the bridge watches it: what it knows, what can happen and what it can ask for. Values only; step.ts moves them. */

import type { ToolDefinition } from "../../calls/tools.ts";
import type { Choice, Turn } from "../../chat/record.ts";
import type { EndedBy } from "../../chat/watched-calls.ts";
import type { ServiceEvent, ToolCall, Usage } from "./service-events.ts";

/** What is ours to say about the session, whatever the browser asks for. */
export interface Rules {
  readonly instructions: string;
  readonly tools: readonly ToolDefinition[];
  readonly mostOutputTokens: number;
  /** The deployment that writes down what is said into the microphone. */
  readonly transcription: string;
}

export interface Limits {
  /** Milliseconds since the epoch. */
  readonly warnAtMs: number;
  readonly endsAtMs: number;
  readonly budgetUsd: number;
}

/** Forward only. `leaving`: the service was asked to hang up; `ended`: nothing is asked for any more but what must be kept. */
export type Phase = "open" | "leaving" | "ended";

/** Something the assistant says, until it is known how much of it was heard. */
export interface Utterance {
  readonly itemId: string;
  readonly responseId: string;
  readonly text: string;
  readonly spoken: boolean;
  readonly beganMs: number;
  /** Nothing more of it comes. */
  readonly whole: boolean;
  /** When its sound began to play; undefined before that. */
  readonly playingSinceMs?: number | undefined;
  /** It was thrown away after so much of it, by our clock; the service usually tells it better. */
  readonly cutAfterMs?: number | undefined;
  /** The words of it that were heard, once that is known. */
  readonly heard?: string | undefined;
}

/** A tool the model asked for; `turn` is that of the person's words it was asked for after. */
export interface ToolRun {
  readonly toolCallId: string;
  readonly responseId: string;
  readonly turn: number;
  readonly answered: boolean;
}

/** How much of something may still happen now; it fills up again with time. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** An announcement, or the answer to a turn from what its tools returned. */
export type Awaited = { readonly announcement: string } | { readonly turn: number };

export interface Watch {
  /** Of this watch alone; begins the ids of items that we create. */
  readonly mark: string;
  readonly deployment: string;
  readonly choice: Choice;
  readonly rules: Rules;
  readonly limits: Limits;
  readonly phase: Phase;
  readonly endedBy?: EndedBy | undefined;
  /** Another bridge watched it before. */
  readonly resumed: boolean;

  /** `configured` once the service has confirmed our rules since the socket opened. */
  readonly socket: "joining" | "open" | "configured" | "lost";
  readonly wasJoined: boolean;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly rejoinAtMs?: number | undefined;
  /** Said to the service once the socket is back. */
  readonly unsent: readonly object[];
  readonly renewAtMs: number;
  /** Present while the service is asked to hang up: when it is asked again. */
  readonly hangUpAtMs?: number | undefined;
  /** Present once it did: what its last events tell is waited for until then. */
  readonly finishAtMs?: number | undefined;

  /** Turns of before, told to the model first; empty when another bridge has told them. */
  readonly past: readonly Turn[];
  /** The item that the last turn of before was told as. */
  readonly lastPast?: string | undefined;
  /** Somebody is at the other end, as far as the service has told. */
  readonly established: boolean;
  /** Tools that another bridge began for this call and nobody answered. */
  readonly interrupted: readonly string[];

  readonly offences: number;
  /** Items that we created. */
  readonly ours: ReadonlySet<string>;
  /** Items that were typed into it. */
  readonly typedItems: ReadonlySet<string>;
  /** Items that came out of the microphone, by when. */
  readonly committed: ReadonlyMap<string, number>;
  readonly typed: Allowance;
  readonly answers: Allowance;
  /** Somebody changed our rules, and the service has not confirmed them again yet. */
  readonly astray: boolean;
  /** The service has said that it writes down what is said. */
  readonly transcribing: boolean;

  /** Counts what the person says, by voice or keyboard. */
  readonly turn: number;
  readonly speaking: boolean;
  /** Responses in progress. */
  readonly active: ReadonlySet<string>;
  /** What has been metered: ids of responses, transcribed items and tools. */
  readonly metered: ReadonlySet<string>;
  readonly kept: ReadonlySet<string>;
  readonly utterances: readonly Utterance[];
  /** Of the response that is being played. */
  readonly floor?: string | undefined;
  readonly tools: readonly ToolRun[];
  /** What we asked the model to say and it has not begun yet. */
  readonly awaited?: Awaited | undefined;
  /** The turn that still waits to be answered from what its tools returned. */
  readonly owed?: number | undefined;

  readonly spentUsd: number;
  /** The person was told that it ends soon, for which reason. */
  readonly warned: ReadonlySet<"time" | "budget">;
  /** Said as soon as the model is free to. */
  readonly announcement?: string | undefined;
  readonly leaveAtMs?: number | undefined;
}

export type WatchEvent =
  | { readonly kind: "start" }
  /** The side socket is open. */
  | { readonly kind: "joined" }
  /** It closed, or could not be opened. */
  | { readonly kind: "dropped" }
  /** The service does not know the call. */
  | { readonly kind: "gone" }
  | { readonly kind: "service"; readonly event: ServiceEvent }
  /** What was said in the older call of the session while both were up. */
  | { readonly kind: "said_before"; readonly turns: readonly Turn[] }
  | { readonly kind: "tool_done"; readonly toolCallId: string; readonly content: string; readonly used?: ExpertUse }
  /** Another bridge has begun this tool, and answers it. */
  | { readonly kind: "tool_elsewhere"; readonly toolCallId: string }
  /** The service was asked to hang up: it did, or did not. */
  | { readonly kind: "hung_up"; readonly done: boolean }
  /** Something that must be kept could not be. */
  | { readonly kind: "lost" }
  | { readonly kind: "end"; readonly by: EndedBy }
  /** Another bridge watches the call now. */
  | { readonly kind: "taken" }
  /** What is left of all budgets, in US dollars. */
  | { readonly kind: "allowed"; readonly leftUsd: number }
  /** A deadline (`nextDeadlineMs`) has come. */
  | { readonly kind: "tick" };

/** What asking the expert used. */
export interface ExpertUse {
  readonly deployment: string;
  readonly choice: Choice;
  /** The model, where Foundry's model-router picked it. */
  readonly routedTo?: string;
  readonly usage: Usage;
}

export type WatchCommand =
  /** Answered by `joined`, `dropped` or `gone`. */
  | { readonly kind: "join" }
  | { readonly kind: "send"; readonly messages: readonly object[] }
  /** The service has our rules: the session may be handed out. */
  | { readonly kind: "attached" }
  | { readonly kind: "renew" }
  | {
      readonly kind: "keep_usage";
      /** The service's id of what was used. */
      readonly of: string;
      readonly use: "voice" | "text" | "transcription";
      readonly deployment: string;
      readonly choice: Choice;
      readonly routedTo?: string;
      readonly usage: Usage;
    }
  | { readonly kind: "keep_turn"; readonly itemId: string; readonly turn: Turn; readonly atMs: number }
  /** Answered by `tool_done` or `tool_elsewhere`. */
  | ({ readonly kind: "run_tool" } & ToolCall)
  /** Answered by `hung_up`. */
  | { readonly kind: "hang_up" }
  | { readonly kind: "keep_end"; readonly by: EndedBy }
  /** Nothing more will be asked for; what was asked to be kept still is. */
  | { readonly kind: "stop" };

export interface Step {
  readonly watch: Watch;
  readonly commands: readonly WatchCommand[];
}

export function change(step: Step, changes: Partial<Watch>): Step {
  return { watch: { ...step.watch, ...changes }, commands: step.commands };
}

export function ask(step: Step, ...commands: readonly WatchCommand[]): Step {
  return { watch: step.watch, commands: [...step.commands, ...commands] };
}

/** Said on the side socket, or as soon as there is one again. */
export function send(step: Step, ...messages: readonly object[]): Step {
  if (step.watch.phase !== "open") return step;
  if (step.watch.socket === "open" || step.watch.socket === "configured") return ask(step, { kind: "send", messages });
  return change(step, { unsent: [...step.watch.unsent, ...messages] });
}

export const adding = <Value>(known: ReadonlySet<Value>, ...values: readonly Value[]): ReadonlySet<Value> =>
  new Set([...known, ...values]);

export function removing<Value>(known: ReadonlySet<Value>, value: Value): ReadonlySet<Value> {
  const left = new Set(known);
  left.delete(value);
  return left;
}

export interface WatchArgs {
  readonly mark: string;
  readonly deployment: string;
  readonly choice: Choice;
  readonly rules: Rules;
  readonly limits: Limits;
  readonly past: readonly Turn[];
  readonly interrupted: readonly string[];
  /** What the session has cost before. */
  readonly spentUsd: number;
  readonly resumed: boolean;
}

/** A call that is about to be watched. */
export const newWatch = (args: WatchArgs, nowMs: number): Watch => ({
  ...args,
  phase: "open",
  socket: "joining",
  wasJoined: false,
  failures: 0,
  unsent: [],
  renewAtMs: nowMs,
  established: false,
  offences: 0,
  ours: new Set(),
  typedItems: new Set(),
  committed: new Map(),
  typed: { left: 0, atMs: Number.NEGATIVE_INFINITY },
  answers: { left: 0, atMs: Number.NEGATIVE_INFINITY },
  astray: false,
  transcribing: false,
  turn: 0,
  speaking: false,
  active: new Set(),
  metered: new Set(),
  kept: new Set(),
  utterances: [],
  tools: [],
  warned: new Set(),
});
