/** What a stack is told, read whole or refused whole: every fault at once, each with what is allowed and what to do. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { resourceName } from "../components/naming.ts";
import type { Check } from "./check.ts";
import { checks } from "./checks.ts";
import type { Customer } from "./customer-schema.ts";
import { defaultsOf, isTable, merge, type Tier, tiers } from "./defaults.ts";
import { dotted, type Fault, SettingsError, sentence } from "./fault.ts";
import { models, newestVersion } from "./models.ts";
import { type StackSettings, settingsSchema } from "./schema.ts";
import { nearest } from "./spelling.ts";

export type { Customer } from "./customer-schema.ts";
export { SettingsError } from "./fault.ts";
export type { StackSettings } from "./schema.ts";

type Table = { readonly [name: string]: unknown };

export interface ParseContext {
  /** The stack's name: what its file is called, and its environment unless it says another. */
  readonly stack: string;
  /** The day that models retire by and budgets start by. */
  readonly today: Date;
}

/**
 * The settings of a stack, complete with its tier's defaults. `raw` holds what the stack says, name to value, without the project's prefix.
 * Throws `SettingsError` with every fault; warnings are sentences to show.
 */
export function parseSettings(raw: Table, { stack, today }: ParseContext): { settings: StackSettings; warnings: string[] } {
  const complete = completed(raw, stack);
  const parsed = settingsSchema.safeParse(complete);
  const found = parsed.success ? [] : parsed.error.issues.flatMap((issue) => faultsOf(issue, complete));
  const faults = found.filter((fault) => !followed(fault, raw));
  // A check runs when all it reads is well-formed, so a value refused elsewhere does not hide it.
  const settings = (parsed.data ?? complete) as StackSettings;
  const ready = checks.filter(({ reads }) => !reads.some((path) => found.some((fault) => overlap(dotted(fault.path), path))));
  const run = (list: (check: Check) => Fault[] | undefined) => ready.flatMap((check) => list(check) ?? []);
  faults.push(...distinct(run((check) => check.faults?.(settings, today))));
  if (faults.length > 0) throw new SettingsError(stack, faults);
  return { settings, warnings: run((check) => check.warnings?.(settings, today)).map(sentence) };
}

/** The settings of the stack that is being deployed; warnings go to the engine's log. */
export function readStackSettings(today: Date = new Date()): StackSettings {
  const prefix = `${pulumi.getProject()}:`;
  const config = Object.entries(pulumi.runtime.allConfig()).filter(([name]) => name.startsWith(prefix));
  const raw = Object.fromEntries(
    config.map(([name, text]) => [name.slice(prefix.length), parsedValue(name.slice(prefix.length), text)]),
  );
  const { settings, warnings } = parseSettings(raw, { stack: pulumi.getStack(), today });
  for (const warning of warnings) void pulumi.log.warn(warning);
  return settings;
}

/** The stack itself as a customer: who its own number, agent, chat, flags, webhooks and retention serve. */
export function ownCustomer({ agent, phone, chat, flags, webhooks, retention }: StackSettings, name = "main"): Customer {
  return { name, isolation: "shared", agent, phone, chat, flags, webhooks, retention };
}

/** Pulumi's configuration holds text: what is no text by the schema is JSON. Text that is not JSON stays, for the schema to refuse. */
function parsedValue(name: string, text: string): unknown {
  const schema = (settingsSchema.shape as Record<string, z.ZodType>)[name];
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the stack says, laid on its tier's defaults, with the names that follow from others filled in. */
function completed(raw: Table, stack: string): Table {
  const environment = raw.environment ?? stack;
  const tier = raw.tier ?? (isTier(environment) ? environment : undefined);
  const settings = merge(defaultsOf(isTier(tier) ? tier : "dev"), { ...raw, environment, tier });
  const { namePrefix, environment: label } = settingsSchema.shape;
  const prefix = namePrefix.safeParse(settings.namePrefix).data;
  const named = label.safeParse(environment).data;
  const customDomain =
    prefix && named ? resourceName("Microsoft.CognitiveServices/accounts", { prefix, environment: named, stack }) : undefined;
  return {
    openAICustomDomain: customDomain,
    ...settings,
    models: withVersions(settings),
    customers: Array.isArray(settings.customers)
      ? settings.customers.map((customer) => inheriting(customer, settings))
      : settings.customers,
  };
}

const isTier = (name: unknown): name is Tier => tiers.some((tier) => tier === name);

function withVersions({ models, modelCapacity }: Table): unknown {
  if (!isTable(models)) return models;
  return Object.fromEntries(
    Object.entries(models).map(([role, model]) => [role, isTable(model) ? withVersion(role, model, modelCapacity) : model]),
  );
}

/** There is one model-router, so a stack that asks for it need not say which. */
function withVersion(role: string, said: Table, capacity: unknown): Table {
  const model = role === "router" ? { name: "model-router", sku: "GlobalStandard", ...said } : said;
  return { version: newestVersion(model.name), capacity, ...model };
}

/** A customer says what differs from the stack; its number is always its own. */
function inheriting(customer: unknown, { agent, phone, chat, flags, webhooks, retention }: Table): unknown {
  if (!isTable(customer)) return customer;
  const { number: _, ...shared } = isTable(phone) ? phone : {};
  return merge({ isolation: "shared", agent, phone: shared, chat, flags, webhooks, retention }, customer);
}

function faultsOf(issue: z.core.$ZodIssue, complete: Table): Fault[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  const given = valueAt(complete, path);
  const [place, role] = path;
  if (place === "models" && path[2] === "version" && given === undefined) {
    const name = valueAt(complete, ["models", String(role), "name"]);
    const known = [...new Set(models.map((model) => model.name))];
    const advice = `stacks/models.ts does not know this model${didYouMean(name, known)}${didYouMean(name, known) ? " If not," : ";"} say its version too`;
    return [{ path: ["models", String(role), "name"], given: name, advice }];
  }
  if (issue.code === "unrecognized_keys") {
    const known = namesAt(path);
    return issue.keys.map((key) => {
      const advice = didYouMean(key, known) || `; use one of ${known.join(", ")}, or leave it out`;
      return { path: [...path, key], given: valueAt(complete, [...path, key]), advice: `there is no such setting${advice}` };
    });
  }
  return [{ path, given, advice: adviceFor(issue, given, path) }];
}

function adviceFor(issue: z.core.$ZodIssue, given: unknown, path: readonly (string | number)[]): string {
  const remedy = given === undefined ? missing(path) : undefined;
  if (remedy) return remedy;
  switch (issue.code) {
    case "invalid_value":
      return `allowed: ${issue.values.join(", ")}${didYouMean(given, issue.values.map(String))}`;
    case "invalid_type":
      return `must be ${kindNames[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "array"
        ? `must hold ${issue.minimum} or more`
        : `must be ${issue.inclusive === false ? `more than ${issue.minimum}` : `${issue.minimum} or more`}${issue.origin === "string" ? " characters" : ""}`;
    case "too_big":
      return issue.origin === "array"
        ? `must hold ${issue.maximum} or less`
        : `must be ${issue.maximum} or less${issue.origin === "string" ? " characters" : ""}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_union":
      return unionAdvice(issue);
    case "invalid_format":
      if (issue.format === "url" && issue.pattern === "^https$") return "must be an https address";
      return `must be ${formatNames[issue.format] ?? issue.message}`;
    default:
      return `must be ${issue.message}`;
  }
}

/** The values that would do, or what the union says of itself when its options are no plain values. */
function unionAdvice({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const values = errors.flat().flatMap((one) => (one.code === "invalid_value" ? one.values : []));
  return values.length > 0 ? `allowed: ${values.join(", ")}` : `must be ${message}`;
}

function didYouMean(given: unknown, allowed: readonly string[]): string {
  const meant = typeof given === "string" ? nearest(given, allowed) : undefined;
  return meant ? `; did you mean "${meant}"?` : "";
}

const kindNames: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a table of names and values",
  record: "a table of names and values",
  array: "a list",
};

const formatNames: Readonly<Record<string, string>> = {
  url: "an http or https address",
  email: "an e-mail address",
  uuid: "a GUID",
  date: "a date such as 2026-12-01",
};

/** Where a missing value comes from, for those that no default can know. */
function missing(path: readonly (string | number)[]): string | undefined {
  const last = path.at(-1);
  if (last === "tier") return `the environment's name is none of ${tiers.join(", ")}, so say which of their defaults it takes`;
  if (last === "number")
    return 'give the number bought in the Communication Services resource or from the carrier, or a fictitious one such as "+33199002737" until there is one';
  return undefined;
}

/** A wrong value that was said elsewhere and only followed to here: its source is among the faults already. */
function followed({ path, given }: Fault, raw: Table): boolean {
  if (valueAt(raw, path) !== undefined) return false;
  return path[0] === "openAICustomDomain" || ((path[0] === "models" || path[0] === "customers") && given !== undefined);
}

function valueAt(table: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], table);
}

function namesAt(path: readonly (string | number)[]): string[] {
  const at = path.reduce<unknown>(
    (schema, step) =>
      schema instanceof z.ZodArray ? schema.element : schema instanceof z.ZodObject ? unwrapped(schema.shape[step]) : undefined,
    settingsSchema,
  );
  if (at instanceof z.ZodRecord && at.keyType instanceof z.ZodEnum) return at.keyType.options.map(String);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** What stands behind a default or an optional value. */
const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;

/** One of two dotted paths lies at or below the other. */
const overlap = (one: string, other: string): boolean => within(one, other) || within(other, one);
const within = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);

/** Two deployments of one model in a wrong region are one thing to change a region for, but two models are two reasons. */
const distinct = (faults: readonly Fault[]): Fault[] => [...new Map(faults.map((fault) => [sentence(fault), fault])).values()];
