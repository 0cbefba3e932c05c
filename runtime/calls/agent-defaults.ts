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

/** The language a call starts in: `remembered` or else the default one, as far as it is available, or the first that is. */
export function spokenLanguage({ lang }: Pick<Agent, "lang">, remembered?: string): string {
  const codes = lang.availables.map((each) => each.short_code);
  const spoken = [remembered, lang.default_short_code].find((each) => each !== undefined && codes.includes(each));
  return spoken ?? codes[0] ?? lang.default_short_code;
}
