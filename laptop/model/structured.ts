/**
 * Answers that must follow a JSON schema: filled from the conversation by rules. Nothing is made up: what the conversation does not hold
 * becomes the schema's own way to say so (`unknown`, an empty list, null), and the wording says what was counted.
 */
import { written } from "./claim.ts";
import { type Conversation, type LanguageCode, saidBy } from "./conversation.ts";
import { isAngry, isDanger, isHumanWish, isProfane, isThanks } from "./intents.ts";
import { labelOf } from "./labels.ts";
import { languageOf } from "./language.ts";
import { phrase } from "./phrases.ts";
import { afterCallText } from "./summary.ts";

/** Two text messages in most alphabets. */
const longestSms = 300;

type Schema = Readonly<Record<string, unknown>>;

interface Facts {
  readonly callerWords: readonly string[];
  readonly known: readonly (readonly [string, string])[];
  readonly missing: readonly string[];
  readonly smsText: string;
  readonly language: LanguageCode;
}

export function filledSchema(schema: Schema, conversation: Conversation): unknown {
  return filled(schema, "", factsOf(conversation), schema);
}

function factsOf(conversation: Conversation): Facts {
  const text = [conversation.instructions, ...saidBy("system", conversation.items), ...saidBy("caller", conversation.items)].join(
    "\n",
  );
  const quoted = [...text.matchAll(/^[\s>*-]*(?:customer|caller|human|user)\b[^:\n]{0,30}:\s*(.+)$/gim)].map(
    (match) => match[1]?.trim() ?? "",
  );
  const names = [
    ...new Set(
      [...text.matchAll(/\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+|injuries|witnesses)"?\s*(?:\([^\n)]*\))?\s*:/g)].map(
        (match) => match[1] ?? "",
      ),
    ),
  ];
  const values = names.map((name) => [name, written(name, text)[0]] as const);
  const known = values.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  const missing = values.filter(([, value]) => !value).map(([name]) => name);
  const callerWords = quoted.length > 0 ? quoted : saidBy("caller", conversation.items);
  const language = languageOf({
    instructions: conversation.instructions,
    items: callerWords.map((words) => ({ kind: "said", by: "caller", text: words })),
  });
  const signature = /\bsigned ([^:\n]{1,100}):/.exec(conversation.instructions)?.[1];
  const sender = signature ? ` ${signature}` : "";
  const smsText = afterCallText({ known, missing }, language, longestSms - sender.length) + sender;
  return { callerWords, known, missing, smsText, language };
}

const labels = (names: readonly string[], language: LanguageCode): string =>
  names.map((name) => labelOf(name, language)).join(", ");

function filled(schema: Schema, name: string, facts: Facts, root: Schema): unknown {
  const reference = typeof schema.$ref === "string" ? resolved(schema.$ref, root) : undefined;
  if (reference) return filled(reference, name, facts, root);
  const choice = [schema.anyOf, schema.oneOf].find(Array.isArray) as Schema[] | undefined;
  if (choice) return filled(choice.find((each) => each.type !== "null") ?? {}, name, facts, root);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return chosen(schema.enum.map(String), name, facts);
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  switch (type) {
    case "object": {
      const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
      return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, filled(each, key, facts, root)]));
    }
    case "array":
      return [];
    case "boolean":
      return false;
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 0;
    case "null":
      return null;
    default:
      return fitted(text(name, facts), schema);
  }
}

function resolved(reference: string, root: Schema): Schema | undefined {
  let at: unknown = root;
  for (const key of reference.replace(/^#\/?/, "").split("/").filter(Boolean))
    at = (at as Record<string, unknown> | undefined)?.[key];
  return at as Schema | undefined;
}

function fitted(value: string, { maxLength }: Schema): string {
  return typeof maxLength === "number" && value.length > maxLength ? `${value.slice(0, Math.max(0, maxLength - 1))}…` : value;
}

function chosen(allowed: readonly string[], name: string, facts: Facts): string {
  const wanted = /satisf|mood|sentiment/.test(name) ? satisfaction(facts) : nextAction(facts);
  return (
    wanted.find((each) => allowed.includes(each)) ?? allowed.find((each) => /^(unknow|none|other)/.test(each)) ?? allowed[0] ?? ""
  );
}

/** Preferences, best first. */
function satisfaction({ callerWords }: Facts): string[] {
  const all = callerWords.join(" ");
  if (callerWords.length === 0) return ["unknown", "unknow"];
  if (isProfane(all)) return ["terrible", "low"];
  if (isAngry(all)) return ["low"];
  if (callerWords.slice(-2).some(isThanks)) return ["high"];
  return ["partial", "unknown"];
}

function nextAction({ callerWords, known, missing }: Facts): string[] {
  if (callerWords.some(isDanger)) return ["high_priority"];
  if (
    callerWords.some(isHumanWish) ||
    callerWords.some((words) => /\b(ransom\w*|rescate|cifrad\w*|hack\w*|rançon\w*)\b/i.test(words))
  )
    return ["requires_expertise"];
  if (known.length === 0 || missing.length > 0) return ["customer_will_send_info"];
  return ["case_closed"];
}

function text(name: string, facts: Facts): string {
  const { callerWords, known, missing, language } = facts;
  const first = callerWords.find((words) => words.split(/\s+/).length > 2 || /\p{Script=Han}{4,}/u.test(words)) ?? callerWords[0];
  if (/short|title|subject/.test(name))
    return first ? phrase(language, "aboutCall", { words: excerpt(first, 8) }) : phrase(language, "withoutWords");
  if (/sms|message|text|content/.test(name)) return facts.smsText;
  if (/improve|suggest/.test(name)) return suggestion(facts);
  if (/justif|reason|why/.test(name)) return justification(facts);
  // Names of what was noted, not values: those may be contact details.
  const noted = labels(
    known.map(([each]) => each),
    language,
  );
  return [
    first ? phrase(language, "youTold", { words: excerpt(first, 30) }) : phrase(language, "saidNothing"),
    noted ? phrase(language, "weNoted", { facts: noted }) : phrase(language, "nothingNoted"),
    missing.length > 0 ? phrase(language, "summaryMissing", { missing: labels(missing, language) }) : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function justification(facts: Facts): string {
  const { missing, language } = facts;
  const [action] = nextAction(facts);
  if (action === "high_priority") return phrase(language, "whyUrgent");
  if (action === "requires_expertise") return phrase(language, "whyExpert");
  if (action === "case_closed") return phrase(language, "whyClosed");
  return missing.length > 0
    ? phrase(language, "whyMissing", { missing: labels(missing, language) })
    : phrase(language, "nothingNoted");
}

/** For the company's own eyes, in English. */
function suggestion({ callerWords, missing }: Facts): string {
  if (callerWords.length === 0) return "The caller said nothing that could be understood; check the line.";
  if (callerWords.some(isAngry)) return "The caller was upset; acknowledge it earlier.";
  return missing.length > 0 ? `Ask for what is missing before the call ends: ${labels(missing, "en")}.` : "None found by rule.";
}

function excerpt(words: string, count: number): string {
  const all = words.split(/\s+/);
  return all.length > count ? `${all.slice(0, count).join(" ")}…` : words;
}
