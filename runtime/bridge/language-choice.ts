/** Which language the caller wants: by key, by word, or by speaking it. */
import { changeLanguage } from "./language.ts";
import type { Choosing } from "./session-parts.ts";
import type { LanguageOption, Session, Step } from "./session-state.ts";
import { change } from "./step.ts";
import { digitPauseMs } from "./timing.ts";
import { wordsOf } from "./wording.ts";

/** Up to so many languages have a key each; more have two. */
const singleKeys = 9;
/** The greeting waits this long for its words in the language chosen. */
const phrasesWithinMs = 3_000;
/** Words of one turn that are proof of a language, and of each of two turns in a row. */
const proofWords = 5;
const hintWords = 2;

/** A key while the caller is being asked. */
export function chooseByKey(step: Step, choosing: Choosing, digit: string, nowMs: number): Step {
  const { languages } = step.session;
  if (digit === "#" && choosing.digits) return chooseTyped(step, nowMs);
  if (!/^\d$/.test(digit)) return step;
  const digits = choosing.digits + digit;
  const typed = change(step, { choosing: { ...choosing, digits, digitsAtMs: nowMs + digitPauseMs } });
  return digits.length >= (languages.length > singleKeys ? 2 : 1) ? chooseTyped(typed, nowMs) : typed;
}

/** The keys pressed so far are all there are. */
export function chooseTyped(step: Step, nowMs: number): Step {
  const { choosing, languages } = step.session;
  if (!choosing) return step;
  const option = languages[Number(choosing.digits) - 1];
  return option ? choose(step, option.shortCode, nowMs) : choiceFailed(step, nowMs);
}

/** What the caller said while being asked; `detected` is the language they spoke, when the service knows. */
export function chooseByWords(step: Step, text: string, detected: string | undefined, nowMs: number): Step {
  const { languages } = step.session;
  if (!text) return step;
  const shortCode = numbered(text, languages) ?? named(text, languages) ?? optionFor(detected, languages);
  return shortCode ? choose(step, shortCode, nowMs) : choiceFailed(step, nowMs);
}

/** No answer, or none that means a language: asked again, and in the end taken to be the line's own. */
export function choiceFailed(step: Step, nowMs: number): Step {
  const { choosing, flags, language } = step.session;
  if (!choosing) return step;
  const failures = choosing.failures + 1;
  if (failures >= flags.recognition_retry_max) return choose(step, language, nowMs);
  return change(step, { choosing: { digits: "", digitsAtMs: undefined, failures }, next: "language", lastActivityMs: nowMs });
}

/** The choice is made; the greeting follows, in that language. */
function choose(step: Step, shortCode: string, nowMs: number): Step {
  const chosen = change(step, { choosing: undefined, next: "greeting", silencePrompts: 0, lastActivityMs: nowMs });
  if (shortCode === step.session.language) return chosen;
  return change(changeLanguage(chosen, shortCode), { phrasesByMs: nowMs + phrasesWithinMs });
}

/** A caller who speaks another language of the line is answered in it: after one clear turn or two short ones. */
export function followLanguage(step: Step, text: string, detected: string | undefined): Step {
  const { session } = step;
  const spoken = optionFor(detected, session.languages);
  const words = wordsOf(text).length;
  if (spoken === undefined || words <= hintWords) return step;
  if (sameLanguage(spoken, session.language)) return change(step, { otherLanguage: undefined });
  if (words > proofWords || session.otherLanguage === spoken) return changeLanguage(step, spoken);
  return change(step, { otherLanguage: spoken });
}

const primary = (code: string): string => code.toLowerCase().split("-")[0] ?? code;

/** A language of the line is served by its own accent; which one cannot be told from a detected word. */
function sameLanguage(one: string, other: string): boolean {
  return primary(one) === primary(other);
}

function optionFor(detected: string | undefined, languages: readonly LanguageOption[]): string | undefined {
  if (detected === undefined) return undefined;
  const exact = languages.find((each) => each.shortCode.toLowerCase() === detected.toLowerCase());
  return (exact ?? languages.find((each) => sameLanguage(each.shortCode, detected)))?.shortCode;
}

/** "2": a key that was said instead of pressed. */
function numbered(text: string, languages: Session["languages"]): string | undefined {
  const [word, ...rest] = wordsOf(text);
  return word && rest.length === 0 && /^\d{1,2}$/.test(word) ? languages[Number(word) - 1]?.shortCode : undefined;
}

/** The one language whose name is in the text; undefined when there is none, or several. */
function named(text: string, languages: Session["languages"]): string | undefined {
  const said = wordsOf(text);
  const found = languages.flatMap(({ shortCode, names }) =>
    [...names, ...ownNames(shortCode)].flatMap((name) => {
      const words = wordsOf(name);
      return contains(said, words) ? [{ shortCode, words }] : [];
    }),
  );
  const longest = found.filter(
    (each) => !found.some((other) => other.words.length > each.words.length && contains(other.words, each.words)),
  );
  const first = longest[0];
  // Two languages of one name are told apart by their keys only; the first of them is meant.
  const same = longest.every((each) => each.shortCode === first?.shortCode || each.words.join(" ") === first?.words.join(" "));
  return same ? first?.shortCode : undefined;
}

/** An abbreviation ("ES", "EN") is a word of other languages, so it counts only when nothing else is said. */
function contains(said: readonly string[], words: readonly string[]): boolean {
  if (words.length === 0) return false;
  if (words.join("").length <= 2 && !/\p{Lo}/u.test(words.join(""))) return said.join("") === words.join("");
  return said.some((_, at) => words.every((word, offset) => said[at + offset] === word));
}

/** A language's name in itself and in English. */
function ownNames(shortCode: string): string[] {
  return [shortCode, "en"].flatMap(
    (locale) => new Intl.DisplayNames([locale], { type: "language" }).of(primary(shortCode)) ?? [],
  );
}
