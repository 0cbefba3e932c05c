/** What the caller's words say about the claim: values by their form wherever they stand, and free text for the field just asked. */
import type { Claim } from "./claim.ts";
import { dateIn } from "./dates.ts";
import type { Field } from "./field.ts";
import { isIncident, isInjury, isQuestion, isUncertain } from "./intents.ts";

export interface Update {
  readonly field: string;
  readonly value: string;
}

/** Values for fields of the claim; a later mention of a known field corrects it only when the field was asked or the form is certain. */
export function updatesFrom(words: string, claim: Claim, asked: Field | undefined, nowMs: number): Update[] {
  const found = new Map<string, string>();
  for (const field of claim.fields) {
    const value = asked?.name === field.name ? answer(words, field, nowMs) : mentioned(words, field, claim, nowMs);
    if (value && value !== claim.known.get(field.name)) found.set(field.name, value);
  }
  return [...found].map(([field, value]) => ({ field, value }));
}

function answer(words: string, field: Field, nowMs: number): string | undefined {
  if (isUncertain(words)) return undefined;
  if (field.type === "datetime") return dateIn(words, nowMs);
  if (field.type === "email") return emailIn(words);
  if (field.type === "phone_number") return phoneIn(words);
  if (/policy.?number/.test(field.name)) return policyIn(words) ?? /\b(?=\w*\d)[A-Z0-9-]{3,}\b/i.exec(words)?.[0];
  if (/name$/.test(field.name)) return nameIn(words) ?? trimmed(words);
  return trimmed(words);
}

function mentioned(words: string, field: Field, claim: Claim, nowMs: number): string | undefined {
  const missing = !claim.known.has(field.name);
  if (field.type === "email") return emailIn(words);
  if (field.type === "phone_number") return missing ? phoneIn(words) : undefined;
  if (field.type === "datetime") return missing && /incident|datetime/.test(field.name) ? dateIn(words, nowMs) : undefined;
  if (/policy.?number/.test(field.name)) return policyIn(words);
  if (/policyholder_name|^name$/.test(field.name)) return nameIn(words);
  if (!missing) return undefined;
  if (/injur/.test(field.name)) return isInjury(words) ? sentenceWith(words, isInjury) : undefined;
  if (/location|place|address/.test(field.name)) return placeIn(words);
  if (/description/.test(field.name)) return isIncident(words) && !isQuestion(words) ? trimmed(words) : undefined;
  return undefined;
}

/** Written, or spoken as "anna dot becker at example dot com". */
function emailIn(words: string): string | undefined {
  const written = words
    .replace(/\s+(?:at|arobase|arroba|chez)\s+(?=[\w-]+(?:\s+(?:dot|point|punto|punkt)\s+|\.)\w)/gi, "@")
    .replace(/\s+(?:dot|point|punto|punkt)\s+/gi, ".");
  return /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/.exec(written)?.[0]?.replace(/\.$/, "").toLowerCase();
}

function phoneIn(words: string): string | undefined {
  const found = words.match(/\+?\d(?:[\s().-]{0,2}\d){7,14}/g)?.find((each) => !/^\d{4}-\d{2}-\d{2}/.test(each));
  return found?.replace(/[^\d+]/g, "");
}

function policyIn(words: string): string | undefined {
  const introduced =
    /\b(?:policy|contract|contrat|p[óo]liza|police|polic\w*)\b[^\d.!?]{0,30}?\b((?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,})\b/i.exec(
      words,
    )?.[1];
  return introduced ?? /\b[A-Z]{1,4}-?\d{4,}\b/.exec(words)?.[0] ?? /保单[^\dA-Z]{0,6}([A-Z0-9-]{4,})/.exec(words)?.[1];
}

/** "My name is Anna Becker, B E C K E R": letters spelled one by one correct the name before them. */
function nameIn(words: string): string | undefined {
  const introduced =
    /\b(?:my name is|this is|i am called|je m'appelle|mon nom est|me llamo|mi nombre es|ich hei(?:ß|ss)e|mein name ist)\s+((?:\p{Lu}[\p{L}'’-]*\s?){1,4})/iu
      .exec(words)?.[1]
      ?.trim() ?? /(?:我叫|我姓|我是)(\p{Script=Han}{1,4})/u.exec(words)?.[1];
  const name = introduced?.match(/^(?:\p{Lu}[\p{L}'’-]+\s?|\p{Script=Han}+){1,4}/u)?.[0]?.trim();
  const spelled = spelledIn(words);
  if (!spelled) return name;
  const [first] = (name ?? "").split(" ");
  return first && first.toLowerCase() !== spelled.toLowerCase() ? `${first} ${spelled}` : spelled;
}

function spelledIn(words: string): string | undefined {
  const letters = /\b\p{L}(?:[\s,.-]+\p{L}\b){2,}/u.exec(words)?.[0]?.match(/\p{L}/gu)?.join("");
  return letters ? letters.charAt(0).toUpperCase() + letters.slice(1).toLowerCase() : undefined;
}

function placeIn(words: string): string | undefined {
  const found =
    /(?<!\p{L})(?:in|at|near|à|au|aux|près d[eu]|en|cerca de|bei|nach)\s+((?:(?:the|la|le|el|los|las|der|die)\s+)?\p{Lu}[\p{L}'’-]+(?:[\s-]\p{Lu}[\p{L}'’-]+)*)/u.exec(
      words,
    )?.[1];
  const chinese = /在(\p{Script=Han}{2,12}?)(?:[，。,.]|发生|被|撞)/u.exec(words)?.[1];
  return found &&
    !/^(January|February|March|April|May|June|July|August|September|October|November|December|English|French|Spanish|German|Chinese)$/.test(
      found,
    )
    ? found
    : chinese;
}

function sentenceWith(words: string, matches: (sentence: string) => boolean): string {
  return (words.match(/[^.!?。！？]+/g) ?? [words]).find(matches)?.trim() ?? words;
}

function trimmed(words: string): string | undefined {
  const value = words.trim().replace(/\s+/g, " ").slice(0, 500);
  return value || undefined;
}
