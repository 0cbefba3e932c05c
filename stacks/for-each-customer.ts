/** Looks at what is settled for one customer at a time: the stack's own, and each that is stamped beside it. */
import { agentSchema } from "../runtime/agent.ts";
import type { Check } from "./check.ts";
import { type Fault, sentence } from "./fault.ts";
import type { StackSettings } from "./schema.ts";

/** What the stack's own customer and each other have. */
export type Settled = Pick<StackSettings, "agent" | "phone" | "chat" | "flags" | "webhooks">;
type Look = (settled: Settled, settings: StackSettings) => Fault[];

/** An agent of which nothing is said but its names, which no check reads. */
const unsaid = agentSchema.parse({ bot_company: "-", bot_name: "-" });

/** A file with faults elsewhere is looked at as it was written, so what the agent leaves unsaid (all of it, perhaps) is filled in here. */
const complete = ({ agent, ...settled }: Settled): Settled => ({
  ...settled,
  agent: { ...unsaid, ...agent, lang: { ...unsaid.lang, ...agent?.lang } },
});

/** Looks at the stack's own customer, and at each other for what is not said of the stack's already. */
export function forEachCustomer(kind: "faults" | "warnings", reads: readonly string[], look: Look): Check[] {
  const own: Look = (settled, settings) => look(complete(settled), settings);
  return [
    { reads, [kind]: (settings: StackSettings) => own(settings, settings) },
    {
      reads: [...reads, "customers"],
      [kind](settings: StackSettings) {
        const said = new Set(own(settings, settings).map(sentence));
        return settings.customers.flatMap((customer, index) =>
          own(customer, settings)
            .filter((fault) => !said.has(sentence(fault)))
            .map((fault) => ({ ...fault, path: ["customers", index, ...fault.path] })),
        );
      },
    },
  ];
}
