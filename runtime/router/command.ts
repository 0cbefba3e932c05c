/**
 * `npm run -s route -- "a message"` prints one decision; `npm run -s route -- --jsonl` reads lines {message, history?: [{role, content}]} from
 * standard input and prints a line {choice, score, confidence, reasons} for each, in order. A line that is not one gets a line {error}, and
 * the command ends with 1.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { readCommandLine } from "../../command-line.ts";
import { route } from "./route.ts";

const lineSchema = z.object({
  message: z.string(),
  history: z.array(z.object({ role: z.string(), content: z.string() })).default([]),
});
const wanted =
  'A line is {"message": "text", "history": [{"role": "user" or "assistant", "content": "text"}]}; history, oldest first, may be left out.';

/** The answer to one line: a decision, or what is wrong with the line. */
export function answerTo(
  line: string,
): { readonly error: string } | Pick<ReturnType<typeof route>, "choice" | "score" | "confidence" | "reasons"> {
  const given = parsed(line);
  if (given === undefined) return { error: `The line is not JSON. ${wanted}` };
  const { data, error } = lineSchema.safeParse(given);
  if (!data)
    return {
      error: `${error.issues.map(({ path, message }) => `${path.join(".") || "line"}: ${message}`).join("; ")}. ${wanted}`,
    };
  const history = data.history.map(({ role, content }) => ({
    persona: isPerson(role) ? ("human" as const) : ("assistant" as const),
    content,
  }));
  const { choice, score, confidence, reasons } = route(data.message, { history });
  return { choice, score, confidence, reasons };
}

const isPerson = (role: string): boolean => role === "user" || role === "human";

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Answers every line of `input`, in order, onto `output`; true when all of them could be. */
export async function answerLines(input: Readable, output: NodeJS.WritableStream): Promise<boolean> {
  let sound = true;
  async function* answers(): AsyncGenerator<string> {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const answer = answerTo(line);
      if ("error" in answer) sound = false;
      yield `${JSON.stringify(answer)}\n`;
    }
  }
  await pipeline(Readable.from(answers()), output, { end: false });
  return sound;
}

if (import.meta.main) {
  const { values, words } = readCommandLine({
    usage: `npm run -s route -- "a message"              one decision
npm run -s route -- --jsonl < lines.jsonl    a decision a line. ${wanted}`,
    options: { jsonl: { type: "boolean", default: false } },
    words: true,
    check: ({ jsonl }, words) => (jsonl === (words.length === 0) ? [] : ["Give a message or --jsonl, one of the two."]),
  });
  if (!values.jsonl) console.log(JSON.stringify(route(words.join(" ")), undefined, 2));
  else if (!(await answerLines(process.stdin, process.stdout))) process.exitCode = 1;
}
