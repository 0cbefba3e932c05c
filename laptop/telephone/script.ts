/** What a scripted caller does, one thing after the other, each when the other side has finished speaking. */
import { type Digit, isDigit } from "./conversation.ts";

export type Step =
  | { readonly kind: "say"; readonly words: string; readonly interrupting: boolean }
  | { readonly kind: "play"; readonly pcm: Int16Array; readonly name: string }
  | { readonly kind: "press"; readonly digits: readonly Digit[] }
  /** Lets the other side have a turn, or `ms` of time. */
  | { readonly kind: "wait"; readonly ms: number | undefined }
  | { readonly kind: "hang up" };

/**
 * The steps of a script: a line is said as it stands; `[dtmf 12#]` presses keys, `[wait]` lets a turn pass, `[wait 3]` three seconds,
 * `[interrupt] words` speaks while the other side does, `[hang up]` ends the call. Empty lines and lines that begin with `#` are left out.
 * What cannot be read is pushed to `faults`, with its line.
 */
export function readScript(text: string, faults: string[]): Step[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const step = readStep(trimmed);
    if (typeof step !== "string") return [step];
    faults.push(`line ${at + 1}: ${step}`);
    return [];
  });
}

function readStep(line: string): Step | string {
  const command = /^\[([a-z ]*?)(?: ([^\]]*))?\]\s*(.*)$/i.exec(line);
  if (!command) return { kind: "say", words: line, interrupting: false };
  const [, given = "", argument = "", rest = ""] = command;
  const name = `${given} ${argument}`.trim().toLowerCase();
  if (name === "interrupt")
    return rest ? { kind: "say", words: rest, interrupting: true } : "[interrupt] needs words behind it: [interrupt] One moment!";
  if (rest) return `nothing may follow "[${name}]"; write it on a line of its own.`;
  if (name === "hang up") return { kind: "hang up" };
  if (name === "wait") return { kind: "wait", ms: undefined };
  const seconds = /^wait (\d+(?:\.\d+)?)$/.exec(name)?.[1];
  if (seconds) return { kind: "wait", ms: Number(seconds) * 1_000 };
  const keys = /^dtmf (.+)$/.exec(name)?.[1]?.toUpperCase().replaceAll(" ", "").split("") ?? [];
  if (keys.length > 0 && keys.every(isDigit)) return { kind: "press", digits: keys };
  return `"${line}" is no command; there are [dtmf 12#], [wait], [wait 3], [interrupt] words and [hang up].`;
}
