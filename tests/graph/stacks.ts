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

/**
 * Lines that Communication Services does not carry: the stack's own number at Twilio and a customer's on a SIP trunk, so that their environment
 * has none; a dedicated customer has one all the same.
 */
export const withCarriers = {
  tier: "test",
  phone: {
    number: "+14255550100",
    countries: ["US"],
    carrier: "twilio",
    twilioAccount: "AC0123456789abcdef0123456789abcdef",
  },
  agent: { voice_engines: ["voice-live", "realtime"] },
  webhooks: { privateHosts: ["crm.intranet:8443"] },
  alerts: { email: "on-call@contoso.example" },
  privateNetwork: true,
  customers: [
    { name: "northwind", phone: { number: "+14255550101", carrier: "sip" }, webhooks: { privateHosts: [] } },
    { name: "adatum", isolation: "dedicated", phone: { number: "+14255550102", carrier: "acs" } },
  ],
};

export const stackNames = ["dev", "prod", "laptop", "test", "carriers"] as const;
export type StackName = (typeof stackNames)[number];

/** What a stack says in its file, without the project's prefix. */
export function settingsOf(stack: StackName): Promise<Record<string, unknown>> {
  const made: Partial<Record<StackName, Record<string, unknown>>> = { test: withCustomers, carriers: withCarriers };
  return Promise.resolve(made[stack] ?? readStackFile(`Pulumi.${stack}.yaml`));
}
