/** The claim in a sentence or two, as for a text message: what was noted, and what is missing if anything is. */
import type { LanguageCode } from "./conversation.ts";
import { labelOf } from "./labels.ts";
import { phrase } from "./phrases.ts";

export interface Noted {
  readonly known: readonly (readonly [name: string, value: string])[];
  readonly missing: readonly string[];
}

export function factsOf({ known }: Noted, language: LanguageCode): string {
  return known.map(([name, value]) => `${labelOf(name, language)}: ${readable(value)}`).join("; ");
}

/** Thanks for the call and tells what it brought; at most `longest` characters. */
export function afterCallText(noted: Noted, language: LanguageCode, longest: number): string {
  const thanks =
    noted.known.length > 0
      ? phrase(language, "summarySms", { facts: factsOf(noted, language) })
      : phrase(language, "summarySmsPlain");
  return fitted(noted.known.length > 0 ? [thanks, missingText(noted, language)] : [thanks], longest);
}

/** What is noted so far, for somebody who asks; empty when nothing is. */
export function progressText(noted: Noted, language: LanguageCode, longest: number): string {
  if (noted.known.length === 0) return "";
  return fitted([phrase(language, "weNoted", { facts: factsOf(noted, language) }), missingText(noted, language)], longest);
}

function missingText({ missing }: Noted, language: LanguageCode): string {
  return missing.length > 0
    ? phrase(language, "summaryMissing", { missing: missing.map((name) => labelOf(name, language)).join(", ") })
    : "";
}

/** Whole sentences while they fit; the first is cut if even it does not. */
function fitted(sentences: readonly string[], longest: number): string {
  const [first = "", ...rest] = sentences.filter(Boolean);
  if (first.length > longest) return `${first.slice(0, longest - 1)}…`;
  return rest.reduce((text, sentence) => (text.length + 1 + sentence.length <= longest ? `${text} ${sentence}` : text), first);
}

/** A stored moment, `2026-11-21T22:00:00Z`, without the marks only machines need. */
const readable = (value: string): string => value.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\S*$/, "$1 $2");
