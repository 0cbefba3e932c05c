/** The stacks whose graphs are held: the two that are committed in kind, and one with customers that takes every other branch. */
const phone = { number: "+33199002737", countries: ["FR", "US"] };

export const stacks = {
  dev: { phone },
  prod: {
    phone,
    alerts: { email: "on-call@example.com" },
    budget: { amount: 2_000, startDate: "2026-12-01" },
  },
  test: {
    phone,
    bridge: { host: "app-service" },
    staffAccess: { mode: "existing", clientId: "7d9d2f0e-1d53-4a0b-9a3e-2f6f3f8f0a11" },
    enableAppInsights: false,
    customers: [
      { name: "contoso", phone: { number: "+33199002738" }, agent: { bot_name: "Nora" } },
      { name: "fabrikam", isolation: "dedicated", phone: { number: "+33199002739", dataLocation: "France" } },
    ],
  },
} as const;

export type StackName = keyof typeof stacks;
