/** What every graph is held to, whoever wrote it and wherever it goes. The tests and the deployment's own policy pack share these. */
import { accessRules } from "./access-rules.ts";
import type { GraphResource, Rule, Violation } from "./graph.ts";
import { serviceRules } from "./service-rules.ts";

export type { GraphResource, Rule, Violation } from "./graph.ts";

export const rules: readonly Rule[] = [...accessRules, ...serviceRules];

/** Every violation of every rule. */
export function violations(resources: readonly GraphResource[], invokes: readonly string[] = []): Violation[] {
  return rules.flatMap((rule) => rule.check(resources, invokes));
}
