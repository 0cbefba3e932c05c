/**
 * What a command of this repository (`npm run …`) was given. Everything wrong with it is said at once, with how the command is used, and ends it
 * with exit code 2; `--help` says how it is used, and ends it with 0.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options; strict: true }>>["values"];

export interface CommandLine<Options extends ParseArgsOptionsConfig> {
  readonly usage: string;
  readonly options: Options;
  /** Whether words without an option are taken; none are, unless it says so. */
  readonly words?: boolean;
  /** What is wrong with the values and words, each fault a sentence. */
  check?(values: Values<Options>, words: readonly string[]): readonly string[];
}

/** What was given: `values` by option, `words` without one. Ends the process when something is wrong with it. */
export function readCommandLine<const Options extends ParseArgsOptionsConfig>(
  command: CommandLine<Options>,
  args: readonly string[] = process.argv.slice(2),
): { readonly values: Values<Options>; readonly words: readonly string[] } {
  if (args.includes("--help")) {
    process.stdout.write(`${command.usage}\n`);
    process.exit(0);
  }
  const faults = misused(command, args);
  if (faults.length === 0) {
    const { values, positionals } = parseArgs({ args: [...args], options: command.options, allowPositionals: true });
    faults.push(...(command.check?.(values, positionals) ?? []));
    if (faults.length === 0) return { values, words: positionals };
  }
  process.stderr.write(`${faults.join("\n")}\n${command.usage}\n`);
  process.exit(2);
}

/** Options that are unknown, lack their value or have one too many, and words nobody asked for. */
function misused({ options, words }: CommandLine<ParseArgsOptionsConfig>, args: readonly string[]): string[] {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const allowed = Object.keys(options).map((name) => `--${name}`);
  return tokens.flatMap((token) => {
    if (token.kind === "positional" && !words) return [`${token.value}: no words are taken here`];
    if (token.kind !== "option") return [];
    const option = options[token.name];
    if (!option)
      return [`${token.rawName}: no such option; ${allowed.length > 0 ? `there is ${allowed.join(", ")}` : "there are none"}`];
    if (option.type === "string" && (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))))
      return [`${token.rawName}: its value is missing`];
    if (option.type === "boolean" && token.value !== undefined)
      return [`${token.rawName}: given "${token.value}", it takes no value`];
    return [];
  });
}

/** Says, in words, that an option is no whole number from `least` to `most`; nothing when it is one. */
export function numberFaults(name: string, text: string, least: number, most: number): readonly string[] {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return [];
  return [`--${name}: given "${text}", allowed is a whole number from ${least} to ${most}`];
}
