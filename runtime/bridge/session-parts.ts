/** What a call in progress is made of. Values only. */
import type { Audio } from "./audio.ts";
import type { Playback } from "./playback.ts";
import type { Purpose } from "./voice-model/voice-model.ts";

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
  /** Carried calls: an estimate by the length of the text. */
  readonly playback: Playback;
  readonly startsAtMs: number;
  /** Nothing more of it comes. */
  readonly complete: boolean;
  /** Carried calls: cut off, and until then the service may say how much of it was heard; `text` is our own estimate of that. */
  readonly cut?: { readonly said: string; readonly untilMs: number };
  /** What had been heard when it was last kept unfinished, the words that were kept, and when that is done again. */
  readonly kept?: { readonly heard: string; readonly words: string; readonly againAtMs: number };
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

/** What is done once everything said has been heard. With a briefing, a person is rung who is told it and may decline. */
export type Afterwards =
  | { readonly kind: "hang_up" }
  | { readonly kind: "transfer"; readonly to: string; readonly briefing?: string };

/** The caller is being asked for their language. */
export interface Choosing {
  readonly digits: string;
  readonly digitsAtMs: number | undefined;
  /** Answers that meant no language, and silences. */
  readonly failures: number;
}

/** The caller types digits that nobody may see. */
export interface SecretEntry {
  readonly toolCallId: string;
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Empty as soon as they were handed over. */
  readonly digits: string;
  /** Handed over; their receiver has not answered yet. */
  readonly delivered: boolean;
  readonly untilMs: number;
}

/** A person is being fetched to take the call over: rung, then told what it is about, then alone with the caller. */
export interface Handover {
  readonly to: string;
  readonly briefing: string;
  readonly state: "ringing" | "briefing" | "taken";
  readonly untilMs: number;
}

/** Who said what lately, to notice a caller that is a machine. */
export interface Lately {
  readonly assistant: readonly string[];
  readonly caller: readonly string[];
  /** Turns in a row in which the caller said what the assistant had said. */
  readonly echoes: number;
}
