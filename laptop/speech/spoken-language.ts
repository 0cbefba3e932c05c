/** Which of the languages asked about is being spoken? Told by script, else by frequent words; without either it stays what it was. */
import { languages } from "../model/conversation.ts";
import { plainlyIn } from "../model/language.ts";

const scripts: readonly (readonly [string, RegExp])[] = [
  ["ja", /[\p{sc=Hiragana}\p{sc=Katakana}]/u],
  ["zh", /\p{sc=Han}/u],
  ["ko", /\p{sc=Hangul}/u],
  ["ar", /\p{sc=Arabic}/u],
  ["hi", /\p{sc=Devanagari}/u],
  ["th", /\p{sc=Thai}/u],
  ["ru", /\p{sc=Cyrillic}/u],
  ["el", /\p{sc=Greek}/u],
  ["he", /\p{sc=Hebrew}/u],
];

/** `candidates` and `current` are BCP 47, the answer is one of them. */
export function spokenLanguage(text: string, candidates: readonly string[], current: string): string {
  const known = languages.find((each) => current.startsWith(`${each}-`)) ?? "en";
  const code = scripts.find(([, script]) => script.test(text))?.[0] ?? plainlyIn(text, known);
  return candidates.find((each) => each.startsWith(`${code}-`)) ?? current;
}
