/** The question for a caller's language: each language asks in itself, by its own name and with its key. */
import type { Agent } from "../agent.ts";
import type { PhraseBook } from "./phrase-book.ts";

/** Up to nine languages have one key each; beyond that every one has two, so that no key is the beginning of another. */
const mostSingleKeys = 9;

/** The key that chooses the language at `position` (from 0) of `count`: `1` to `9`, or `01`, `02` and so on. */
export const languageKey = (position: number, count: number): string =>
  String(position + 1).padStart(count > mostSingleKeys ? 2 : 1, "0");

/** The words of the menu in the order of its keys. `books` has each language's phrases by short code; one without is named with its key alone. */
export function languageMenu({ lang }: Pick<Agent, "lang">, books: ReadonlyMap<string, PhraseBook>): string {
  const codes = lang.availables.map((each) => each.short_code);
  const lines = codes.map((code, position) => {
    const template = books.get(code)?.ivr_language_tpl[0] ?? "{label}: {index}.";
    return template.replaceAll("{label}", ownName(code, codes)).replaceAll("{index}", languageKey(position, codes.length));
  });
  return lines.join(" ");
}

/** "français"; with its region, "français canadien", only where the line speaks several of one language. */
function ownName(code: string, codes: readonly string[]): string {
  const primary = primaryOf(code);
  const alone = codes.filter((each) => primaryOf(each) === primary).length === 1;
  return new Intl.DisplayNames([code], { type: "language" }).of(alone ? primary : code) ?? code;
}

const primaryOf = (code: string): string => new Intl.Locale(code).language;
