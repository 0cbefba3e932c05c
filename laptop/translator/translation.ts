/** Translating from the list, and admitting it where the list ends: other text comes back as it was. */
import { type LanguageCode, languages, type Phrase, phrases } from "./phrases.ts";

export interface Found {
  readonly language: LanguageCode;
  readonly phrase: Phrase;
  /** What stands for each placeholder. */
  readonly words: Readonly<Record<string, string>>;
}

const patterns = phrases.flatMap((phrase) =>
  languages.map((language) => ({ language, phrase, pattern: patternOf(phrase[language]) })),
);

/** The language of the list a tag such as `zh-Hans` or `fr-CA` belongs to. */
export function listed(tag: string): LanguageCode | undefined {
  const primary = tag.toLowerCase().split("-")[0];
  return languages.find((each) => each === primary);
}

/** The phrase that `text` is, looked for in `from` when given. */
export function find(text: string, from?: LanguageCode): Found | undefined {
  for (const { language, phrase, pattern } of patterns) {
    const match = from === undefined || from === language ? pattern.exec(text.trim()) : null;
    if (match) return { language, phrase, words: match.groups ?? {} };
  }
  return undefined;
}

/** `text` in another language; unchanged when it is no phrase of the list. */
export function translated(text: string, found: Found | undefined, to: LanguageCode): string {
  return found ? found.phrase[to].replaceAll(/\{(\w+)\}/g, (whole, name: string) => found.words[name] ?? whole) : text;
}

/** A guess for text off the list: Chinese characters say Chinese, anything else is called English with no confidence. */
export function guess(text: string): { readonly language: string; readonly score: number } {
  return /\p{Script=Han}/u.test(text) ? { language: "zh-Hans", score: 0.5 } : { language: "en", score: 0 };
}

function patternOf(template: string): RegExp {
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => (/^\{\w+\}$/.test(part) ? `(?<${part.slice(1, -1)}>.+?)` : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  return new RegExp(`^${source.join("")}$`, "u");
}
