/** Where the dial stands for a session: pure, between what the customer settled and what the person turned it to. */
import type { ChatOptions, Dial } from "../chat-options.ts";
import { settingOf } from "../router/dial.ts";
import type { Medium } from "./price.ts";

/**
 * The person's own dial where the customer leaves it free, else the customer's. A customer's `spend_at_most` is a ceiling: an own dial that
 * would cost more does not count.
 */
export function standingDial(
  { dial, dial_free }: Pick<ChatOptions, "dial" | "dial_free">,
  own: Dial | undefined,
  medium: Medium,
): Dial {
  if (!own || !dial_free) return dial;
  return "spend_at_most" in dial && settingOf(own, medium).cost > dial.spend_at_most ? dial : own;
}
