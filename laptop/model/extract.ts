/** What the caller's words say about the claim: values by their form wherever they stand, and free text for the field just asked. */
import type { Claim } from "./claim.ts";
import { dateIn, isDateAlone } from "./dates.ts";
import type { Field } from "./field.ts";
import { isFiller, isIncident, isInjury, isNo, isQuestion, isUncertain, isYes } from "./intents.ts";
import { codeIn, digitsIn } from "./numbers.ts";
import { sentencesIn } from "./sentences.ts";
import { lettered, spelledIn } from "./spelling.ts";

export interface Update {
  readonly field: string;
  readonly value: string;
}

/**
 * Values for fields of the claim; a later mention of a known field corrects it only when the field was asked or the form is certain. Questions
 * tell nothing, and a sentence that only tells another field's value is no answer to the field asked.
 */
export function updatesFrom(words: string, claim: Claim, asked: Field | undefined, nowMs: number): Update[] {
  const statements = sentencesIn(lettered(words)).filter((each) => !isQuestion(each) && !isFiller(each));
  const told = statements.join(" ");
  if (!told) return [];
  const found = new Map<string, string>();
  for (const field of claim.fields) {
    const value = asked?.name === field.name ? undefined : mentioned(told, field, claim, nowMs);
    if (value && value !== claim.known.get(field.name)) found.set(field.name, value);
  }
  if (asked) {
    const others = claim.fields.filter(({ name }) => name !== asked.name);
    const answering = statements.filter((each) => !tellsOnly(each, others, claim, nowMs)).join(" ");
    const value = answer(answering, asked, nowMs);
    if (value && value !== claim.known.get(asked.name)) found.set(asked.name, value);
  }
  return claim.fields.flatMap(({ name }) => {
    const value = found.get(name);
    return value ? [{ field: name, value }] : [];
  });
}

/** "Mon numéro de téléphone est" and the like: the most words around a value that say nothing else. */
const introductionWords = 5;

/** Whether the sentence gives a value of these fields by its form, and hardly a word besides. */
function tellsOnly(sentence: string, fields: readonly Field[], claim: Claim, nowMs: number): boolean {
  return fields.some((field) => {
    if (/location/.test(field.name)) return !claim.known.has(field.name) && placeAlone.test(withoutMark(sentence));
    if (field.type === "datetime") return dateIn(sentence, nowMs) !== undefined && isDateAlone(sentence);
    const byForm = field.type !== "text" || /policy.?number|name$/.test(field.name);
    const value = byForm ? mentioned(sentence, field, { ...claim, known: new Map() }, nowMs)?.toLowerCase() : undefined;
    if (!value) return false;
    const besides = digitsIn(sentence)
      .toLowerCase()
      .split(/[\s,.;:!]+/)
      .filter(
        (token) => token && !value.includes(token) && !/^[\d@+-]+$/.test(token) && !value.includes(token.split("@")[0] ?? token),
      );
    return besides.length <= introductionWords;
  });
}

const yesOrNo = /injur|witness|medical|damage|involved|part(y|ies)/;

function answer(words: string, field: Field, nowMs: number): string | undefined {
  if (isUncertain(words) || isFiller(words)) return undefined;
  if (field.type === "datetime") return dateIn(words, nowMs);
  if (field.type === "email") return emailIn(words);
  if (field.type === "phone_number") return phoneIn(words);
  if (/policy.?number/.test(field.name))
    return policyIn(words) ?? codeIn(words) ?? /\b(?=\w*\d)[A-Z0-9-]{3,}\b/i.exec(words)?.[0];
  if (/name$/.test(field.name)) return nameIn(words) ?? spoken(words);
  // "Yes" is where nothing happened, but whether somebody was hurt.
  const bare = words.trim().split(/\s+/).length < 3 && (isYes(words) || isNo(words));
  if (bare && /description|location|place|address/.test(field.name) && !yesOrNo.test(field.name)) return undefined;
  const said = spoken(words);
  return /location|place/.test(field.name) ? said?.replace(preposition, "") : said;
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
  if (/description/.test(field.name)) return isIncident(words) ? trimmed(words) : undefined;
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
  const [, after = ""] = /\b(?:policy|contract|contrat|p[óo]liza|police|polic\w*)\b([^.!?]*)/i.exec(words) ?? [];
  return codeIn(after) ?? /\b[A-Z]{1,4}-?\d{4,}\b/.exec(words)?.[0] ?? /保单[^\dA-Z]{0,6}([A-Z0-9-]{4,})/.exec(words)?.[1];
}

const introductions =
  /(?<!\p{L})(my name is|my name's|i am called|i'm called|the name is|je m'appelle|mon nom est|mon nom,? c'est|me llamo|mi nombre es|ich hei(?:ß|ss)e|mein name ist)\s+((?:\p{L}[\p{L}'’-]*\s?){1,5})/iu;
/** After these a name is told from anything else by its capitals. */
const presenting =
  /(?<!\p{L})(?:[Tt]his is|[Ii] am|[Ii]'m|[Jj]e suis|[Cc]'est|[Ss]oy|[Ii]ch bin|[Hh]ier ist)\s+((?:\p{Lu}[\p{L}'’-]+\s?){2,4})/u;
const nameFirst =
  /((?:\p{Lu}[\p{L}'’-]+\s?){2,4}),?\s+(?:is my name|that'?s my name|c'est mon nom|es mi nombre|ist mein [Nn]ame)/u;
/** Where a name ends that is written without capitals. */
const afterName = /^(and|et|y|und|i|i'm|je|j'ai|yo|ich|from|calling|speaking|de|my|mon|ma|mi|mein|the|le|la|with|here)$/i;

/** "My name is Anna Becker, B E C K E R": letters spelled one by one correct the name before them. */
function nameIn(words: string): string | undefined {
  const introduced =
    introductions.exec(words)?.[2] ??
    presenting.exec(words)?.[1] ??
    nameFirst.exec(words)?.[1] ??
    /(?:我叫|我姓|我是)(\p{Script=Han}{1,4})/u.exec(words)?.[1];
  const name = introduced && fullName(introduced.trim().split(/\s+/));
  const spelled = spelledIn(words);
  if (!spelled) return name;
  const [first] = (name ?? "").split(" ");
  return first && first.toLowerCase() !== spelled.toLowerCase() ? `${first} ${spelled}` : spelled;
}

function fullName(tokens: readonly string[]): string | undefined {
  const capital = /^(\p{Lu}|\p{Script=Han})/u;
  const written = capital.test(tokens[0] ?? "");
  const end = tokens.findIndex((token) => (written ? !capital.test(token) : afterName.test(token)));
  const parts = tokens.slice(0, end < 0 ? 4 : Math.min(end, 4)).filter((part) => part.length > 1 || /\p{Script=Han}/u.test(part));
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join(" ") || undefined;
}

const preposition = /^\W*(at|in|à|au|en)\s+/iu;

/** An answer that is a place and nothing else: "At 14 Mill Lane in Bristol." */
const placeAlone = /^\W*(at|in|near|à|au|aux|en|cerca de|bei|nahe)\s+[^.!?,]*\p{Lu}[^.!?]*$/u;

function placeIn(words: string): string | undefined {
  const alone = sentencesIn(words).find((each) => placeAlone.test(withoutMark(each)) && each.split(/\s+/).length <= 8);
  if (alone) return withoutMark(alone).replace(preposition, "");
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

const carrying =
  /^\W*((it (was|is|happened)|it's|that is|c'était|c'est|fue|ocurrió|es war|das ist)\s+(at |in |au |à |en |bei )?|(i am|i'm|we are|je suis|nous sommes|estoy|ich bin)\s+(at|in|dans|à|au|en|bei)\s+)/iu;

/** The value without the words that only carry it: "It was at 4 Mill Lane." */
function spoken(words: string): string | undefined {
  return trimmed(words.replace(carrying, ""))?.replace(/\.$/, "");
}

const withoutMark = (sentence: string): string => sentence.replace(/[.!?]+$/, "");
