/** The agent that the stack's settings describe, for calls that do not describe their own. */
import { type Agent, agentSchema } from "../agent.ts";

/** Reads `AGENT`. Throws when it is not an agent: the graph checked it, so it was changed by hand since. */
export function agentDefaults(settings: { AGENT: string }): Agent {
  const result = agentSchema.safeParse(JSON.parse(settings.AGENT));
  if (result.success) return result.data;
  throw new Error(
    `The setting AGENT is not usable: ${result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}. Correct agent in the stack's settings and deploy.`,
  );
}

/** The language a call starts in: the default one, or the first there is when the default is not among them. */
export function spokenLanguage({ lang }: Pick<Agent, "lang">): string {
  const codes = lang.availables.map((each) => each.short_code);
  return codes.includes(lang.default_short_code) ? lang.default_short_code : (codes[0] ?? lang.default_short_code);
}
