/** Where a carried call's sound is, when only its words are known. */
import { heardWords } from "./playback.ts";
import type { Step, Utterance } from "./session-state.ts";
import { change } from "./step.ts";

/** Characters of speech in a second, for sound that passes elsewhere: an estimate, of an even telephone voice in Latin script. */
const charactersPerMs = 15 / 1_000;

/** Carried calls: when the words of what is being played are heard, one utterance after the other, as far as can be estimated. */
export function playWords(step: Step, utterances: readonly Utterance[]): Step {
  const { floor, playback } = step.session;
  let endsAtMs = 0;
  const timed = utterances.map((each) => {
    if (each.responseId !== floor || each.cut) return each;
    const startsAtMs = Math.max(each.startsAtMs || playback.endsAtMs, endsAtMs);
    const sentMs = each.text.length / charactersPerMs;
    endsAtMs = startsAtMs + sentMs;
    return { ...each, startsAtMs, playback: { sentMs, endsAtMs } };
  });
  return change(step, { utterances: timed, playback: endsAtMs === 0 ? playback : { sentMs: 0, endsAtMs } });
}

/** The words of a text that take `heardMs` to say, by the same estimate. */
export function wordsWithin(text: string, heardMs: number): string {
  const sentMs = text.length / charactersPerMs;
  return heardWords(text, { sentMs, endsAtMs: sentMs }, heardMs).trim();
}

/** Carried calls: what has not begun to be played by now begins at once, unless the service says otherwise. */
export function generated(step: Step, responseId: string, nowMs: number): Step {
  const utterances = step.session.utterances.map((each) => {
    if (each.responseId !== responseId || each.startsAtMs > 0) return each;
    const sentMs = each.text.length / charactersPerMs;
    return { ...each, startsAtMs: nowMs, playback: { sentMs, endsAtMs: nowMs + sentMs } };
  });
  return change(step, { utterances });
}
