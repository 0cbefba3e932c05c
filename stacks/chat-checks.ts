/** Does what a customer settles about its chat fit together, and the service that carries it? */
import { type Check, when } from "./check.ts";
import { forEachCustomer } from "./for-each-customer.ts";

export const chatChecks: readonly Check[] = [
  ...forEachCustomer("faults", ["chat.session_budget_usd", "chat.daily_budget_usd"], ({ chat }) =>
    when(
      chat.session_budget_usd > chat.daily_budget_usd,
      ["chat", "session_budget_usd"],
      chat.session_budget_usd,
      `is more than a person may cost in a day, chat.daily_budget_usd ${chat.daily_budget_usd}; lower it or raise that`,
    ),
  ),
  ...forEachCustomer("faults", ["chat.daily_budget_usd", "chat.visitors_budget_usd"], ({ chat }) =>
    when(
      chat.visitors && chat.daily_budget_usd > chat.visitors_budget_usd,
      ["chat", "visitors_budget_usd"],
      chat.visitors_budget_usd,
      `is less than one of them may cost in a day, chat.daily_budget_usd ${chat.daily_budget_usd}; raise it or lower that`,
    ),
  ),
  ...forEachCustomer("warnings", ["chat.visitors", "signalRSku", "tier"], ({ chat }, { signalRSku, tier }) =>
    when(
      // The laptop's stand-in counts nobody.
      chat.visitors && signalRSku === "Free_F1" && tier !== "laptop",
      ["chat", "visitors"],
      chat.visitors,
      "lets in whoever comes, and signalRSku Free_F1 takes 20 connections; use Standard_S1 before the address is known",
    ),
  ),
  ...forEachCustomer("warnings", ["chat.visitors", "chat.ephemeral_secrets"], ({ chat }) =>
    when(
      chat.visitors && chat.ephemeral_secrets,
      ["chat", "ephemeral_secrets"],
      chat.ephemeral_secrets,
      "lets a visitor open a voice session that the server hears of only if the page says so, so no budget is sure to end it; set it false, or visitors false",
    ),
  ),
];
