/** Failures as a log may show them: the host of the functions app writes down whatever a queue's function throws. */
import { statusOf } from "./status-of.ts";

/**
 * What failed and where, without the error's own words, which may quote a person: services put requests and addresses into theirs.
 * Keeps the kind, the HTTP status if there is one, and the stack's frames.
 */
export function wordless(error: unknown): Error {
  const status = statusOf(error);
  const kind = error instanceof Error ? error.name : "Error";
  const told = new Error(status === undefined ? kind : `${kind}, status ${status}`);
  told.stack = [`Error: ${told.message}`, ...(error instanceof Error ? framesOf(error) : [])].join("\n");
  return told;
}

/** The stack's lines after the words, which may look like frames themselves. None when the words are not found there. */
function framesOf({ stack = "", message }: Error): string[] {
  const at = stack.indexOf(message);
  if (at === -1) return [];
  return stack
    .slice(at + message.length)
    .split("\n")
    .filter((line) => /^ {4}at /.test(line));
}

/** `work`, failing without words. */
export const failingWordless =
  <Given extends readonly unknown[]>(work: (...given: Given) => Promise<void>): ((...given: Given) => Promise<void>) =>
  async (...given) => {
    try {
      await work(...given);
    } catch (error) {
      throw wordless(error);
    }
  };
