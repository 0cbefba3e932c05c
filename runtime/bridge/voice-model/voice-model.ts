/** The model's side of a call: what any voice engine hears and says, in the words of a phone call. */
import type { Language } from "../../agent.ts";
import type { ToolDefinition } from "../../calls/tools.ts";
import type { Audio } from "../audio.ts";

/** Everything a session of the model is told, at its start and whenever it changes. */
export interface ModelBrief {
  readonly instructions: string;
  readonly tools: readonly ToolDefinition[];
  /** BCP 47, e.g. `fr-FR`. */
  readonly language: string;
  /** Every language of the line: what may be detected. */
  readonly languages: readonly Language[];
  /** A multiple of the voice's own speed, 0.75 to 1.25. */
  readonly speed: number;
  /** How loud speech is, 0 to 1. */
  readonly vadThreshold: number;
  /** Silence that ends the caller's turn. */
  readonly vadSilenceMs: number;
  /** How long the words of a turn that has ended are waited for. */
  readonly recognitionMs: number;
}

export const purposes = ["greeting", "language", "answer", "waiting", "apology", "silence", "briefing", "goodbye"] as const;
/** Why the assistant speaks. */
export type Purpose = (typeof purposes)[number];

/** Said beside the conversation: neither the model nor the record remembers it. */
export function isBeside(purpose: Purpose): boolean {
  return purpose === "waiting" || purpose === "apology" || purpose === "briefing";
}

export type ModelCommand =
  | { readonly kind: "hear"; readonly audio: Audio }
  /** Speak now; with `say` exactly these words and no tools, without it whatever the conversation asks for. */
  | { readonly kind: "respond"; readonly purpose: Purpose; readonly say?: string }
  | { readonly kind: "cancel"; readonly responseId: string }
  /** Forget what lies beyond `heardMs` of an utterance. */
  | { readonly kind: "truncate"; readonly itemId: string; readonly contentIndex: number; readonly heardMs: number }
  /** What a tool answered; with `call` the session does not know of the tool call yet and is told first. */
  | {
      readonly kind: "tool_result";
      readonly toolCallId: string;
      readonly content: string;
      readonly call?: { readonly name: string; readonly argumentsJson: string };
    }
  /** Carried calls: the service forgets what it has not played yet of anything it says. */
  | { readonly kind: "clear" }
  /** Something the model must know that nobody said, such as digits on the keypad. */
  | { readonly kind: "note"; readonly text: string };

export type ModelEvent =
  | { readonly kind: "ready" }
  /** `audioStartMs` counts the audio this session was given, up to `paddingMs` before the speech. */
  | { readonly kind: "speech_started"; readonly audioStartMs: number; readonly paddingMs: number }
  | { readonly kind: "speech_stopped" }
  /** The caller's turn is over; an answer follows unless one is still being spoken. */
  | { readonly kind: "turn_ended"; readonly itemId: string }
  /** What the caller said in a turn; empty when nothing could be made out. Comes any time after the turn. `language` when it was detected (BCP 47). */
  | { readonly kind: "turn_heard"; readonly itemId: string; readonly text: string; readonly language?: string }
  | { readonly kind: "response_started"; readonly responseId: string; readonly purpose: Purpose }
  | {
      readonly kind: "speech";
      readonly responseId: string;
      readonly itemId: string;
      readonly contentIndex: number;
      readonly audio: Audio;
    }
  /** Carried calls: the caller begins to hear a response, has heard it to its end, or heard only so much of one of its items. */
  | { readonly kind: "playing"; readonly responseId: string }
  | { readonly kind: "played"; readonly responseId: string }
  | { readonly kind: "truncated"; readonly itemId: string; readonly heardMs: number }
  /** Carried calls: a key of the keypad, which the service hears. */
  | { readonly kind: "digit"; readonly digit: string }
  | { readonly kind: "words"; readonly responseId: string; readonly itemId: string; readonly text: string }
  | {
      readonly kind: "tool_call";
      readonly responseId: string;
      readonly toolCallId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | { readonly kind: "response_ended"; readonly responseId: string; readonly outcome: ResponseOutcome }
  /** The session would not do something and goes on. `code` is the service's own; `purpose` is there when it would not speak. */
  | { readonly kind: "refused"; readonly code: string; readonly purpose?: Purpose }
  | { readonly kind: "closed" };

/** `failed` includes what the service's content filter cut off. */
export type ResponseOutcome = "completed" | "cancelled" | "failed";

export interface VoiceModel {
  send(command: ModelCommand): void;
  /** Tells the session what changed; takes effect with its next response. */
  brief(brief: ModelBrief): void;
  /** Ends the session; no event follows. */
  close(): void;
}

/** Opens a session. Never throws: one that cannot be opened reports `closed`. Nothing is reported before this returns. */
export type OpenVoiceModel = (
  request: { readonly deployment: string; readonly brief: ModelBrief },
  report: (event: ModelEvent) => void,
) => VoiceModel;
