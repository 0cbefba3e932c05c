/** Writes docs/settings.md from the schema: `node docs/settings.ts`; with `--check` it only says whether the page is in date. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readCommandLine } from "../command-line.ts";
import { defaultsOf, isTable, tiers } from "../stacks/defaults.ts";
import { settingsSchema } from "../stacks/schema.ts";

const file = join(import.meta.dirname, "settings.md");

const introduction = `# Settings of a stack

Each name is a key of \`Pulumi.<stack>.yaml\` under \`switchboard:\`, and \`pulumi config set\` takes the same names
(\`pulumi config set --path switchboard:bridge.minReplicas 2\`). What a stack does not say is its tier's default. A wrong name or value refuses
the whole file before anything is deployed, with every fault at once.

This page is generated from stacks/schema.ts and stacks/defaults.ts by \`node docs/settings.ts\`.
`;

/** The whole page. */
export function settingsPage(): string {
  const sections = Object.entries(settingsSchema.shape).map(([name, schema]) => section(name, schema));
  return `${[introduction, ...sections].join("\n")}`;
}

function section(name: string, schema: z.ZodType): string {
  const rows = leaves([name], schema).map(({ path, schema }) => row(path, schema));
  const columns = ["setting", "allowed", ...tiers, "meaning"];
  const table = [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `## ${name}\n\n${capital(meaning(schema))}.\n\n${table.join("\n")}\n`;
}

interface Leaf {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

/** The settings below a name that hold a value; an agent's inner shape is the runtime's own and is not repeated. */
function leaves(path: readonly string[], schema: z.ZodType): Leaf[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, inner]) => leaves([...path, name], inner as z.ZodType));
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject && path[0] === "customers")
    return Object.entries(schema.element.shape).map(([name, inner]) => ({
      path: [`${path.join(".")}[]`, name],
      schema: inner as z.ZodType,
    }));
  return [{ path, schema }];
}

function row(path: readonly string[], schema: z.ZodType): string[] {
  const defaults = tiers.map((tier) => shown(path, valueAt(defaultsOf(tier), path) ?? ownDefault(schema)));
  return [`\`${path.join(".")}\``, allowed(schema), ...defaults, meaning(schema)].map((cell) => cell.replaceAll("|", "\\|"));
}

const meaning = (schema: z.ZodType): string =>
  schema.description ?? (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? meaning(inside(schema)) : "");
const inside = (schema: z.ZodOptional | z.ZodDefault): z.ZodType => schema.unwrap() as z.ZodType;
const ownDefault = (schema: z.ZodType): unknown => (schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined);

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((inner, name) => (isTable(inner) ? inner[name] : undefined), value);

/** Where the long defaults are: a table of them helps nobody. */
const sources: Readonly<Record<string, string>> = { agent: "runtime/agent.ts", chat: "runtime/chat-options.ts" };

function shown([setting = ""]: readonly string[], value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `see ${sources[setting] ?? "stacks/defaults.ts"}` : `\`${text}\``;
}

/** Type and limits in words, from the schema's own JSON Schema. */
function allowed(schema: z.ZodType): string {
  const { anyOf, ...json } = z.toJSONSchema(schema, { io: "input" });
  const values =
    json.enum ?? anyOf?.flatMap((option) => (typeof option === "object" && option.const !== undefined ? [option.const] : []));
  if (values && values.length > 0) return values.map(String).join(", ");
  const tables = anyOf?.flatMap((option) => (typeof option === "object" && option.properties ? [option.properties] : []));
  if (tables && tables.length > 0) return tables.map((properties) => `{${Object.keys(properties).join(", ")}}`).join(" or ");
  const { minimum, maximum } = json;
  const below = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  if (minimum !== undefined) return `${minimum}${below || " or more"}`;
  if (json.format === "uri" && !schema.safeParse("http://a.example").success) return "https address";
  if (json.format && json.format in formats) return formats[json.format]!;
  if (json.type === "boolean") return "true, false";
  if (json.type === "array") return "list";
  if (json.type === "object") return "table";
  return json.type === "string"
    ? (form(schema) ?? "text")
    : json.type === "number"
      ? `number above 0${below && `, at most ${maximum}`}`
      : String(json.type);
}

/** What a text with a form of its own must look like, in the words its refusal has. */
function form(schema: z.ZodType): string | undefined {
  const issue = schema.safeParse("").error?.issues.find(({ code }) => code === "invalid_format");
  return issue?.message.startsWith("Invalid") ? undefined : issue?.message;
}

const formats: Readonly<Record<string, string>> = {
  uri: "http or https address",
  email: "e-mail address",
  uuid: "GUID",
  date: "date",
};
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

if (import.meta.main) {
  const { values } = readCommandLine({
    usage: "node docs/settings.ts [--check]",
    options: { check: { type: "boolean" } },
  });
  const page = settingsPage();
  if (values.check) {
    if ((await readFile(file, "utf8").catch(() => "")) !== page) {
      console.error("docs/settings.md is not what the schema says; write it with: node docs/settings.ts");
      process.exitCode = 1;
    }
  } else await writeFile(file, page);
}
