/**
 * Filters of keys and labels: `*` for all, `prefix*`, one name, or up to five of these with commas between. A backslash makes the next of
 * `*`, `,` and `\` stand for itself. Source: App Configuration REST docs, "key-value", filtering.
 */
import { invalid } from "./problem.ts";

export type Filter = (name: string | null) => boolean;

const mostNames = 5;
/** Stands for "no label". */
const none = "\0";

/** Absent means all. Throws 400 naming `parameter`. */
export function readFilter(parameter: "key" | "label", text: string | undefined): Filter {
  if (text === undefined) return () => true;
  const names = split(text);
  if (names.length > mostNames)
    throw invalid(parameter, `A ${parameter} filter takes at most ${mostNames} names; ${names.length} were given.`);
  const patterns = names.map((name) => readName(parameter, name));
  return (given) => patterns.some((matches) => matches(given));
}

/** At commas that no backslash precedes. */
function split(text: string): string[] {
  return [...text.matchAll(/(?:^|,)((?:[^\\,]|\\[\s\S]?)*)/g)].map(([, name = ""]) => name);
}

function readName(parameter: string, text: string): Filter {
  const parts = [...text.matchAll(/\\([\s\S])|([\s\S])/g)].map(([, escaped, plain]) => ({
    sign: escaped ?? plain ?? "",
    escaped: escaped !== undefined,
  }));
  const star = parts.findIndex(({ sign, escaped }) => sign === "*" && !escaped);
  if (star >= 0 && star < parts.length - 1)
    throw invalid(parameter, `"${text}": * is allowed only at the end of a ${parameter} filter; write \\* for a star.`);
  const name = (star < 0 ? parts : parts.slice(0, star)).map(({ sign }) => sign).join("");
  if (star >= 0) return (given) => (given ?? "").startsWith(name);
  if (name === none || (parameter === "label" && name === "")) return (given) => given === null;
  return (given) => given === name;
}
