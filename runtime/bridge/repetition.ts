/**
 * Is the caller a machine? Two bots would talk for ever: one that says the same sentence again and again, or one that sends our own sound
 * back, is left. People repeat short answers and spell letters, so only whole sentences count.
 */
import type { Lately } from "./session-parts.ts";
import { wordsOf } from "./wording.ts";

/** Different words that make a sentence; single letters of an alphabet are spelling and do not count. */
const fewestWords = 6;
/** The same sentence this often in a row is a machine. */
const mostRepetitions = 3;
/** Our own sentences this often in a row are an echo. */
const mostEchoes = 2;
/** Share of words in common from which two sentences are the same one, heard a little differently. */
const sameShare = 0.8;
/** What the assistant said lately that is compared. */
const assistantKept = 6;

/** The assistant has said `text`. */
export function saidLately(lately: Lately, text: string): Lately {
  return { ...lately, assistant: [...lately.assistant, text].slice(-assistantKept) };
}

/** The caller has said `text`. `ours` are the sentences we say word for word. */
export function heardLately(lately: Lately, text: string, ours: readonly string[]): { lately: Lately; machine: boolean } {
  const sentence = sentenceOf(text);
  const same = (other: string) => isSame(sentence, sentenceOf(other));
  const echoes = sentence.size > 0 && (lately.assistant.some(same) || ours.some(same)) ? lately.echoes + 1 : 0;
  const before = lately.caller.slice(1 - mostRepetitions);
  const repeated = before.length === mostRepetitions - 1 && before.every(same);
  return {
    lately: { ...lately, caller: [...before, text], echoes },
    machine: sentence.size > 0 && (repeated || echoes >= mostEchoes),
  };
}

/** The different words of a sentence; none when there are too few to tell two apart. */
function sentenceOf(text: string): ReadonlySet<string> {
  const words = new Set(wordsOf(text).filter((word) => word.length > 1 || /\p{Lo}/u.test(word)));
  return words.size < fewestWords ? new Set() : words;
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size === 0 || other.size === 0) return false;
  const common = [...one].filter((word) => other.has(word)).length;
  return common / (one.size + other.size - common) >= sameShare;
}
