/** The phone command's line: read, checked, and every fault said at once. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { numberFault } from "./number.ts";
import { readScript, type Step } from "./script.ts";
import { NotPlayable, playable } from "./wav.ts";

export const usage = `Calls the system from outside, as a caller would.

  npm run phone -- --from +33612345678 --say "Hello, my car was damaged"

  --from NUMBER          who calls, E.164 (default +33612345678)
  --to NUMBER            whom to call (default: the system's number)
  --say "WORDS"          something to say when the other side has finished; may be repeated
  --wav FILE             real sound to play instead of words: any WAV of PCM or mu-law; may be repeated
  --script FILE          a line for each utterance; [dtmf 12#], [wait], [wait 3], [interrupt] words, [hang up]
  --hang-up-after N      seconds of silence after which the caller hangs up (default 15)
  --help                 this text
`;

export interface Command {
  readonly from: string;
  /** The system's number when absent. */
  readonly to: string | undefined;
  readonly steps: readonly Step[];
  readonly hangUpAfterMs: number;
}

export class Faults extends Error {
  constructor(faults: readonly string[]) {
    super(`${faults.map((fault) => `- ${fault}`).join("\n")}\nSee: npm run phone -- --help`);
  }
}

const options = {
  from: { type: "string", default: "+33612345678" },
  to: { type: "string" },
  say: { type: "string", multiple: true },
  wav: { type: "string", multiple: true },
  script: { type: "string", multiple: true },
  "hang-up-after": { type: "string", default: "15" },
  help: { type: "boolean", default: false },
} as const;

/** The command of the arguments, or "help". Throws `Faults` with everything that is wrong. */
export async function readCommand(args: readonly string[]): Promise<Command | "help"> {
  const { values, tokens } = parsed(args);
  if (values.help) return "help";
  const faults: string[] = [];
  for (const [option, number] of Object.entries({ from: values.from, to: values.to })) {
    const fault = number === undefined ? undefined : numberFault(number);
    if (fault) faults.push(`--${option}: ${fault}`);
  }
  const seconds = Number(values["hang-up-after"]);
  if (!(seconds > 0 && seconds <= 3_600))
    faults.push(`--hang-up-after: "${values["hang-up-after"]}" is not a number of seconds from 1 to 3600.`);
  const steps: Step[] = [];
  // In the order they were given: words and sound may alternate.
  for (const token of tokens) {
    if (token.kind !== "option" || token.value === undefined) continue;
    if (token.name === "say") steps.push(...said(token.value, faults));
    if (token.name === "wav") steps.push(...(await sound(token.value, faults)));
    if (token.name === "script") steps.push(...(await script(token.value, faults)));
  }
  if (faults.length > 0) throw new Faults(faults);
  return { from: values.from, to: values.to, steps, hangUpAfterMs: seconds * 1_000 };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, tokens: true, allowPositionals: false });
  } catch (error) {
    throw new Faults([(error as Error).message]);
  }
}

function said(words: string, faults: string[]): Step[] {
  if (words.trim() !== "") return [{ kind: "say", words, interrupting: false }];
  faults.push("--say: there are no words in it.");
  return [];
}

async function sound(file: string, faults: string[]): Promise<Step[]> {
  try {
    return [{ kind: "play", pcm: playable(await readFile(file)), name: file }];
  } catch (error) {
    faults.push(`--wav: "${file}" ${error instanceof NotPlayable ? `cannot be played. ${error.message}` : unreadable(error)}`);
    return [];
  }
}

async function script(file: string, faults: string[]): Promise<Step[]> {
  try {
    const found: string[] = [];
    const steps = readScript(await readFile(file, "utf8"), found);
    faults.push(...found.map((fault) => `--script: "${file}", ${fault}`));
    return steps;
  } catch (error) {
    faults.push(`--script: "${file}" ${unreadable(error)}`);
    return [];
  }
}

function unreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" ? "does not exist; paths count from here." : `could not be read (${code ?? "unknown reason"}).`;
}
