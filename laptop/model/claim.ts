/** The claim as the model can know it: its fields from the tool's schema, its values from the instructions and its own updates. */
import { type Conversation, type Item, languages, parseObject, saidBy, type Tool } from "./conversation.ts";
import type { Field } from "./field.ts";
import { fieldQuestion } from "./questions.ts";

export interface Claim {
  readonly fields: readonly Field[];
  readonly known: ReadonlyMap<string, string>;
  readonly missing: readonly Field[];
}

/** A field asked this often without an answer is left out; the caller does not know. */
const enoughTimes = 2;
/** One that the caller keeps passing over is given up after this. */
const mostTimes = 3;

export function claimOf(conversation: Pick<Conversation, "instructions" | "items" | "tools">): Claim {
  const offered = fieldsOf(conversation.tools);
  const fields = offered.length > 0 ? offered : fieldsListed(conversation.instructions);
  const texts = [conversation.instructions, ...saidBy("system", conversation.items), ...continuedFrom(conversation.items)];
  const known = new Map(
    fields.flatMap(({ name }) => texts.flatMap((text) => written(name, text)).map((value) => [name, value] as const)),
  );
  for (const { field, value } of updatesIn(conversation.items)) known.set(field, value);
  return { fields, known, missing: fields.filter(({ name }) => !known.has(name)) };
}

/** What an earlier conversation brought, as its tool told it. */
function continuedFrom(items: readonly Item[]): string[] {
  const asked = new Set(
    items.flatMap((item) => (item.kind === "called" && item.name === "continue_last_conversation" ? [item.callId] : [])),
  );
  return items.flatMap((item) => (item.kind === "returned" && asked.has(item.callId) ? [item.output] : []));
}

/** Fields as the instructions list them, for a model without the tool that writes them: `- name (type, description): …`. */
export function fieldsListed(instructions: string): Field[] {
  const lines = instructions.matchAll(/^- ([a-z][a-z0-9_]*) \((text|datetime|email|phone_number)(?:, ([^\n)]*))?\):/gm);
  return [...lines].map(([, name = "", type = "", description]) => ({
    name,
    type: fieldType(type, name),
    ...(description ? { description } : {}),
  }));
}

/** Fields are the enum of `updates[].field`; their types stand in its description as `name (type): words`. */
export function fieldsOf(tools: readonly Tool[]): Field[] {
  const tool = tools.find(({ name }) => name === "updated_claim");
  const field = inside(inside(inside(inside(inside(tool?.parameters, "properties"), "updates"), "items"), "properties"), "field");
  const names = Array.isArray(field?.enum) ? field.enum.map(String) : [];
  const words = `${String(field?.description ?? "")}\n${tool?.description ?? ""}`;
  return names.map((name) => {
    const found = new RegExp(`\\b${name}\\b(?: \\((\\w+)[^)]*\\))?(?:: ([^;\\n]+))?`).exec(words);
    const description = found?.[2]?.trim();
    return { name, type: fieldType(found?.[1], name), ...(description ? { description } : {}) };
  });
}

function fieldType(given: string | undefined, name: string): Field["type"] {
  if (given === "datetime" || given === "email" || given === "phone_number" || given === "text") return given;
  if (/date|time/.test(name)) return "datetime";
  if (/email/.test(name)) return "email";
  return /phone/.test(name) ? "phone_number" : "text";
}

function inside(value: unknown, key: string): Record<string, unknown> | undefined {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : undefined;
}

/** `name (…): "value"` or `"name": "value"` in a text; none when it says that the value is missing. */
export function written(name: string, text: string): string[] {
  const value = new RegExp(`\\b${name}\\b"?(?:\\s*\\([^\\n]*?\\))?\\s*[:=]\\s*("(?:[^"\\\\\\n]|\\\\.)*"|[^\\n,}"]+)`)
    .exec(text)?.[1]
    ?.trim();
  const bare = value?.replace(/^"|"$/g, "").trim();
  return bare && !/^(missing|null|none|unknown|undefined|not given|-)\.?$/i.test(bare) ? [bare] : [];
}

/** What `updated_claim` was called with, without the fields its answer turned down. */
function updatesIn(items: readonly Item[]): { field: string; value: string }[] {
  const outputs = new Map(items.flatMap((item) => (item.kind === "returned" ? [[item.callId, item.output] as const] : [])));
  // A new claim begins empty.
  const since = items.findLastIndex((item) => item.kind === "called" && item.name === "new_claim");
  return items.slice(since + 1).flatMap((item) => {
    if (item.kind !== "called" || item.name !== "updated_claim") return [];
    // Nothing was done yet, or ever: a call can be interrupted too.
    const output = outputs.get(item.callId);
    if (output === undefined) return [];
    const refused = refusedFields(output);
    return requestedUpdates(item.arguments).filter(({ field }) => !refused.has(field));
  });
}

export function requestedUpdates(json: string): { field: string; value: string }[] {
  const { updates } = parseObject(json);
  return Array.isArray(updates)
    ? updates.flatMap((each: unknown) => {
        const { field, value } = (each ?? {}) as { field?: unknown; value?: unknown };
        return typeof field === "string" && value !== undefined ? [{ field, value: String(value) }] : [];
      })
    : [];
}

/** Fields whose line in the tool's answer says no, with that line. */
export function refusedFields(output: string): Map<string, string> {
  // What stands in quotes is the caller's, who may say "not" as well.
  const lines = output
    .split("\n")
    .filter((line) => /\b(not|invalid|error|failed|refused|no field)\b/i.test(line.replace(/"(?:[^"\\]|\\.)*"/g, "")));
  return new Map(lines.flatMap((line) => (line.match(/\b[a-z][a-z0-9_]+\b/g) ?? []).map((name) => [name, line] as const)));
}

/** The field the assistant's words ask for, in whatever language it asked. */
export function askedField(fields: readonly Field[], asked: string): Field | undefined {
  return fields.find((field) => asksFor(field, asked));
}

function asksFor(field: Field, words: string): boolean {
  return languages.some((language) => words.includes(fieldQuestion(field, language)));
}

/**
 * The next field to ask for. A question that the caller passed over, to ask or tell something else, is put again; otherwise those asked least
 * come first, and those asked twice not at all.
 */
export function nextField({ missing }: Claim, items: readonly Item[], passedOver: boolean): Field | undefined {
  const said = saidBy("assistant", items);
  const times = (field: Field) => said.filter((words) => asksFor(field, words)).length;
  const last = said.findLast((words) => missing.some((field) => asksFor(field, words)));
  const pending = passedOver && last ? missing.find((field) => asksFor(field, last)) : undefined;
  if (pending && times(pending) < mostTimes) return pending;
  return missing.filter((field) => times(field) < enoughTimes).toSorted((one, other) => times(one) - times(other))[0];
}
