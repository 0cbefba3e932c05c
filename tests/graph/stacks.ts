/** The stacks whose graphs are held: the committed ones, and one with customers that takes every branch the others do not. */
import { readStackFile } from "../../stacks/stack-file.ts";

/** Beside the committed stacks: bridges on App Service, a shared and a dedicated customer, an existing app registration, no telemetry. */
export const withCustomers = {
  phone: { number: "+33199002741", countries: ["FR", "US"] },
  bridge: { host: "app-service" },
  staffAccess: { mode: "existing", clientId: "7d9d2f0e-1d53-4a0b-9a3e-2f6f3f8f0a11" },
  enableAppInsights: false,
  customers: [
    { name: "contoso", phone: { number: "+33199002742" }, agent: { bot_name: "Nora" }, flags: { recording_enabled: true } },
    { name: "fabrikam", isolation: "dedicated", phone: { number: "+33199002743", dataLocation: "France" } },
  ],
};

export const stackNames = ["dev", "prod", "laptop", "test"] as const;
export type StackName = (typeof stackNames)[number];

/** What a stack says in its file, without the project's prefix. */
export function settingsOf(stack: StackName): Promise<Record<string, unknown>> {
  return stack === "test" ? Promise.resolve(withCustomers) : readStackFile(`Pulumi.${stack}.yaml`);
}
