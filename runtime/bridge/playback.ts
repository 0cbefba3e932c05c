/**
 * How much of what we sent has the caller heard?
 *
 * The phone plays frames in order at real time and never tells us where it is (Call Automation has no playback acknowledgement), so the
 * position follows from what was sent and when. Truncating the model's memory at this position is what keeps the transcript to words that
 * were heard.
 */
export interface Playback {
  /** When the phone will have played everything sent so far. */
  readonly endsAtMs: number;
  /** Audio sent for this utterance. */
  readonly sentMs: number;
}

export const silent: Playback = { endsAtMs: 0, sentMs: 0 };

/** A frame of `durationMs` leaves for the phone at `nowMs`; it plays after all that is already queued there. */
export function send(playback: Playback, durationMs: number, nowMs: number): Playback {
  return { endsAtMs: Math.max(playback.endsAtMs, nowMs) + durationMs, sentMs: playback.sentMs + durationMs };
}

/** The next utterance: nothing of it sent yet, and it plays after `playback`. */
export function after(playback: Playback): Playback {
  return { endsAtMs: playback.endsAtMs, sentMs: 0 };
}

/** Milliseconds of the utterance heard by `nowMs`: never negative, never more than was sent. */
export function heardMs(playback: Playback, nowMs: number): number {
  const stillQueuedMs = Math.max(0, playback.endsAtMs - nowMs);
  return Math.max(0, playback.sentMs - stillQueuedMs);
}

const words = new Intl.Segmenter(undefined, { granularity: "word" });

/**
 * The whole words of `text` that fall within the share of its sound that was heard. The model tells no word times, and its speech is even
 * enough that a share of the sound is a share of the text. Works in scripts without spaces too.
 */
export function heardWords(text: string, playback: Playback, nowMs: number): string {
  if (playback.sentMs === 0) return "";
  const heardLength = (heardMs(playback, nowMs) / playback.sentMs) * text.length;
  if (heardLength >= text.length) return text;
  let heard = "";
  for (const { segment, index } of words.segment(text)) {
    if (index + segment.length > heardLength) break;
    heard += segment;
  }
  return heard.trimEnd();
}
