/** What is wrong with a stack's settings, said to the person who wrote them. */
import { RunError } from "@pulumi/pulumi";
import { settingsSchema } from "./schema.ts";

/** One thing to change. */
export interface Fault {
  /** Where: names and list positions, e.g. `["customers", 0, "phone", "number"]`. */
  readonly path: readonly (string | number)[];
  /** What was given; undefined when nothing was. */
  readonly given: unknown;
  /** What is allowed, and what to do: a sentence's second half, without a full stop. */
  readonly advice: string;
}

/** Thrown with every fault of a stack's settings at once; the message is meant to be read as it is, so the engine shows it without a stack. */
export class SettingsError extends RunError {
  readonly faults: readonly Fault[];

  constructor(stack: string, faults: readonly Fault[]) {
    const many = faults.length === 1 ? "one fault" : `${faults.length} faults`;
    super(
      [`Pulumi.${stack}.yaml has ${many}. Nothing was deployed.`, ...faults.map((fault) => `  ${sentence(fault)}`)].join("\n"),
    );
    this.name = "SettingsError";
    this.faults = faults;
  }
}

/** `phone.number "12": an E.164 number … (docs/settings.md#phone)`. */
export function sentence({ path, given, advice }: Fault): string {
  return `${dotted(path)} ${shown(given)}: ${advice} (${page(String(path[0]))})`;
}

/** A setting that does not exist has no section of its own. */
const page = (setting: string): string =>
  setting in settingsSchema.shape ? `docs/settings.md#${setting.toLowerCase()}` : "docs/settings.md";

/** `customers[0].phone.number`. */
export const dotted = (path: Fault["path"]): string =>
  path.map((step, index) => (typeof step === "number" ? `[${step}]` : index ? `.${step}` : step)).join("");

/** Long and nothing but hexadecimal digits: a token put where its account belongs would end up in a pipeline's log. */
const tokenLike = /^[0-9a-f]{32,}$/i;

function shown(given: unknown): string {
  if (given === undefined) return "is missing";
  if (typeof given === "string" && tokenLike.test(given)) return "(a text that may be a secret, so it is not repeated)";
  const text = JSON.stringify(given);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
