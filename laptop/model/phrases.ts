/** What the stand-in model says, in its five languages. `{…}` are filled in; everything else is said as it stands. */
import { type LanguageCode, languages } from "./conversation.ts";
import { chinese } from "./phrases/chinese.ts";
import { english, type PhraseName, type Phrases } from "./phrases/english.ts";
import { french } from "./phrases/french.ts";
import { german } from "./phrases/german.ts";
import { spanish } from "./phrases/spanish.ts";

const phrases: Readonly<Record<LanguageCode, Phrases>> = { en: english, fr: french, es: spanish, zh: chinese, de: german };

/** A phrase with its `{…}` filled in; a value nobody gave stays visible, which is a fault to notice. */
export function phrase(language: LanguageCode, name: PhraseName, values: Readonly<Record<string, string>> = {}): string {
  return phrases[language][name].replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** Whether the words contain the phrase, in whatever language it was said. */
export const isSaidIn = (words: string, name: PhraseName): boolean =>
  languages.some((each) => words.includes(phrases[each][name]));
