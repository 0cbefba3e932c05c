import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Link } from "./link.ts";

/** Settings by name, each checked against the runtime's schema as soon as it is known. */
export type AppSettings = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * Joins what links and values provide into the settings of one app. Throws at once when a demanded setting is missing, when a name is not
 * the runtime's, or when two links provide the same name; a value of the wrong form fails the deployment before the app would.
 */
export function appSettings(
  app: string,
  schema: z.ZodObject,
  links: readonly Link[],
  values: Readonly<Record<string, pulumi.Input<string> | undefined>>,
): AppSettings {
  const settings: Record<string, pulumi.Output<string>> = {};
  const faults: string[] = [];
  const sources = [
    ...links.map((link) => ({ from: `link "${link.name}"`, provides: link.settings })),
    { from: "the host's own values", provides: values },
  ];
  for (const { from, provides } of sources) {
    for (const [name, value] of Object.entries(provides)) {
      const form = schema.shape[name];
      if (value === undefined) continue;
      if (!form) faults.push(`${from} provides ${name}, which runtime/settings.ts does not know`);
      else if (settings[name]) faults.push(`${from} provides ${name} a second time`);
      else settings[name] = pulumi.output(value).apply((known) => checkedSetting(app, name, form, known));
    }
  }
  for (const [name, form] of Object.entries(schema.shape))
    if (!settings[name] && !(form as z.ZodType).safeParse(undefined).success) faults.push(`no link or value provides ${name}`);
  if (faults.length > 0)
    throw new Error(`The settings of "${app}" are not what its code demands: ${faults.join("; ")}. See runtime/settings.ts.`);
  return settings;
}

/** A setting in the form its schema demands. Throws naming app, setting and form, never the value: it may be a number or a prompt. */
export function checkedSetting(app: string, name: string, form: z.core.$ZodType, value: string): string {
  const result = (form as z.ZodType).safeParse(value);
  if (result.success) return value;
  throw new Error(
    `The setting ${name} of "${app}" has the wrong form: ${result.error.issues.map((issue) => issue.message).join("; ")}. See runtime/settings.ts.`,
  );
}
