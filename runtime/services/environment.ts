/** Reads an app's settings from its environment, and says everything that is wrong with them at once. */
import type { z } from "zod";

/** Settings that do not look as the schema demands: one line a fault, the setting's name first, never its value. */
export class SettingsError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `${faults.length} setting${faults.length === 1 ? " is" : "s are"} not usable:\n${faults.map((each) => `  ${each}`).join("\n")}\n` +
        "App settings come from the graph (components/link.ts): deploy again, or correct them in the stack's settings.",
    );
    this.name = "SettingsError";
    this.faults = faults;
  }
}

/**
 * The settings of `schema` found in `env`; an empty value counts as missing, unless the setting must be there and may be empty, as a list
 * of no countries. Throws `SettingsError` with every fault.
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const given: Record<string, string> = {};
  for (const [name, setting] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const value = env[name];
    if (value !== undefined && (value !== "" || mayBeEmpty(setting))) given[name] = value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? "");
      if (name in given) return `${name} is not as it must be: ${issue.message}.`;
      // What one setting asks of another says which; a setting that must always be there has nothing to add.
      return issue.code === "custom" ? `${name} is missing: ${issue.message}.` : `${name} is missing.`;
    }),
  );
}

const mayBeEmpty = (setting: z.ZodType): boolean => setting.safeParse("").success && !setting.safeParse(undefined).success;
