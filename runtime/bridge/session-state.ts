/** What a call in progress knows about itself, what can happen to it and what it can ask for. Values only; `session.ts` moves them. */
import type { Message } from "../calls/call.ts";
import type { ToolEffect } from "../calls/tools.ts";
import type { Flags } from "../flags.ts";
import type { Audio } from "./audio.ts";
import { type Playback, silent } from "./playback.ts";
import type { TelephoneEvent } from "./telephone/telephone.ts";
import type { ModelCommand, ModelEvent, Purpose } from "./voice-model/voice-model.ts";

/** Forward only: `leaving` says goodbye and hangs up, `ended` does nothing any more. */
export type Phase = "new" | "open" | "leaving" | "ended";

export type SessionEvent =
  | { readonly kind: "start" }
  | { readonly kind: "phone"; readonly event: TelephoneEvent }
  /** `generation` is that of the `open_model` which opened the session: late news of a lost one counts for nothing. */
  | { readonly kind: "model"; readonly generation: number; readonly event: ModelEvent }
  | { readonly kind: "tool_done"; readonly toolCallId: string; readonly content: string; readonly effect?: ToolEffect }
  | { readonly kind: "briefed" }
  | { readonly kind: "transfer_refused" }
  /** A deadline (`nextDeadlineMs`) has come. */
  | { readonly kind: "tick" }
  /** The process must stop. */
  | { readonly kind: "stop" };

export type Effect =
  | { readonly kind: "connected" }
  | { readonly kind: "open_model"; readonly generation: number }
  | { readonly kind: "close_model" }
  | { readonly kind: "model"; readonly command: ModelCommand }
  /** Tell the model anew who it is, from the record as it is now; answered by `briefed`. */
  | { readonly kind: "brief"; readonly callId: string; readonly language: string; readonly speed: number }
  | { readonly kind: "play"; readonly audio: Audio }
  | { readonly kind: "stop_playing" }
  | { readonly kind: "append"; readonly callId: string; readonly message: Message }
  /** Answered by `tool_done`. */
  | {
      readonly kind: "run_tool";
      readonly callId: string;
      readonly toolCallId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | { readonly kind: "transfer"; readonly to: string }
  | { readonly kind: "hang_up" }
  /** The last effect of every call: let go of everything. */
  | { readonly kind: "end" };

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

export interface Response {
  readonly id: string;
  readonly purpose: Purpose;
  /** Cut off: what still arrives of it is dropped. */
  readonly cut: boolean;
  /** Generated to its end; it stays only while its sound waits for another response to finish. */
  readonly ended: boolean;
  /** Sound that came while another response had the floor: two at once would be played interleaved. */
  readonly held: readonly Speech[];
}

export interface Speech {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly audio: Audio;
}

/** Something the assistant says, from its first sound until it was heard to its end or cut. */
export interface Utterance {
  readonly itemId: string;
  readonly responseId: string;
  readonly purpose: Purpose;
  readonly contentIndex: number;
  readonly text: string;
  readonly playback: Playback;
  readonly startsAtMs: number;
  /** Nothing more of it comes. */
  readonly complete: boolean;
}

export interface ToolRun {
  readonly toolCallId: string;
  readonly name: string;
  readonly argumentsJson: string;
  /** The model session that asked. */
  readonly generation: number;
  readonly responseId: string;
  /** `answered` is done and not told to the model yet. */
  readonly state: "running" | "answered" | "told";
  readonly content: string;
}

/** What is done once everything said has been heard. */
export type Afterwards = { readonly kind: "hang_up" } | { readonly kind: "transfer"; readonly to: string };

/** What is known before the first sound. */
export interface CallFacts {
  readonly callId: string;
  readonly flags: Flags;
  /** BCP 47. */
  readonly language: string;
  /** A multiple of the voice's own speed. */
  readonly speed: number;
  /** The assistant's first words. */
  readonly greeting: string;
  readonly company: string;
}

export interface Session extends CallFacts {
  readonly phase: Phase;
  readonly startedAtMs: number;

  readonly model: "none" | "opening" | "ready";
  /** Counts the model's sessions. */
  readonly generation: number;
  /** Sessions in a row that were lost without a word. */
  readonly losses: number;
  readonly reopenAtMs: number | undefined;
  /** The model's brief is being renewed; it speaks again afterwards. */
  readonly briefing: boolean;
  readonly briefStale: boolean;

  /** Audio of the caller given to this model session. */
  readonly givenMs: number;
  readonly callerSpeaking: boolean;
  /** When speech that lasts becomes an interruption. */
  readonly cutAtMs: number | undefined;
  /** Turns whose words are not known yet. */
  readonly turns: Readonly<Record<string, number>>;
  readonly digits: string;
  readonly digitsAtMs: number | undefined;

  readonly responses: readonly Response[];
  /** The response whose sound goes to the phone. */
  readonly floor: string | undefined;
  readonly lastSpokenResponse: string | undefined;
  /** Asked for and not started. */
  readonly requested: boolean;
  /** What to say as soon as nobody speaks. */
  readonly next: Purpose | undefined;
  readonly failures: number;
  /** Since when the caller waits for an answer. */
  readonly waitingSinceMs: number | undefined;
  readonly waitingPhraseSaid: boolean;
  readonly utterances: readonly Utterance[];
  readonly playback: Playback;
  readonly tools: readonly ToolRun[];

  readonly silencePrompts: number;
  /** The last thing that happened in the conversation; silence counts from here. */
  readonly lastActivityMs: number;
  readonly afterwards: Afterwards | undefined;
  /** A transfer is under way; without news by then it has failed. */
  readonly transferUntilMs: number | undefined;
  /** The call ends by then whatever else happens. */
  readonly leaveByMs: number | undefined;
  readonly hungUp: boolean;
}

/** A call before its first event. */
export function newSession(facts: CallFacts): Session {
  return {
    ...facts,
    phase: "new",
    startedAtMs: 0,
    model: "none",
    generation: 0,
    losses: 0,
    reopenAtMs: undefined,
    briefing: false,
    briefStale: false,
    givenMs: 0,
    callerSpeaking: false,
    cutAtMs: undefined,
    turns: {},
    digits: "",
    digitsAtMs: undefined,
    responses: [],
    floor: undefined,
    lastSpokenResponse: undefined,
    requested: false,
    next: undefined,
    failures: 0,
    waitingSinceMs: undefined,
    waitingPhraseSaid: false,
    utterances: [],
    playback: silent,
    tools: [],
    silencePrompts: 0,
    lastActivityMs: 0,
    afterwards: undefined,
    transferUntilMs: undefined,
    leaveByMs: undefined,
    hungUp: false,
  };
}
