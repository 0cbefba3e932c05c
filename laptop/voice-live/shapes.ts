/** Reads what clients send against a schema, and says in the service's own way what is wrong with it. */
import { z } from "zod";
import { InvalidRequest } from "../openai/answers.ts";

/** A parameter the service has and the stand-in does not. */
export const notHere = (what: string) => z.never({ error: `This stand-in has no ${what}; leave it out.` }).optional();

/** Throws `InvalidRequest` whose `param` names the first thing wrong, `at` and its path below. */
export function read<Schema extends z.ZodType>(schema: Schema, given: unknown, at: string): z.output<Schema> {
  const { data, error } = schema.safeParse(given);
  if (!error) return data;
  const issue = error.issues[0]!;
  const path = [at, ...issue.path].join(".").replace(/\.(\d+)(?=\.|$)/g, "[$1]");
  if (issue.code !== "unrecognized_keys")
    throw new InvalidRequest(
      `Invalid '${path}': ${issue.message}`,
      path,
      given === undefined ? "missing_required_parameter" : "invalid_value",
    );
  const param = `${path}.${issue.keys[0]}`;
  throw new InvalidRequest(`Unknown parameter: '${param}'.`, param, "unknown_parameter");
}
