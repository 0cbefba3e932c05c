/** What a claim may hold: the call's own fields and the policyholder's three, each checked as it is said. */
import { z } from "zod";
import { type Agent, type ClaimField, policyholderFields } from "../agent.ts";
import { phoneNumber } from "./phone-number.ts";

/** The fields of this call's claim in the order they are asked for; a call's own field wins over a policyholder one of its name. */
export function fieldsOf(agent: Pick<Agent, "claim">): readonly ClaimField[] {
  const own = new Set(agent.claim.map((each) => each.name));
  return [...agent.claim, ...policyholderFields.filter((each) => !own.has(each.name))];
}

export type Checked = { readonly value: string } | { readonly fault: string };

const longest = 5_000;

/** The value as it is stored, or what is wrong with it in words for the model. `country` reads numbers said nationally. */
export function checkField(field: ClaimField, given: string, country?: string): Checked {
  const text = given.trim();
  if (!text) return { fault: "it is empty; ask the customer for it." };
  if (text.length > longest) return { fault: `it is longer than ${longest} characters; shorten it.` };
  switch (field.type) {
    case "text":
      return { value: text };
    case "email":
      return z.email().safeParse(text.toLowerCase()).success
        ? { value: text.toLowerCase() }
        : { fault: "it is not an e-mail address such as name@example.com; ask the customer to spell it." };
    case "phone_number": {
      const number = phoneNumber(text, country);
      return number
        ? { value: number.e164 }
        : { fault: "it is not a possible phone number in E.164, such as +33612345678; ask the customer again." };
    }
    case "datetime": {
      const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : undefined;
      return at && !Number.isNaN(at.getTime()) && text.startsWith(calendarDay(text))
        ? { value: text }
        : {
            fault:
              "it is not an ISO 8601 date and time such as 2026-11-22T14:30:00; work it out from today's date, or ask the customer.",
          };
    }
  }
}

/** The day as the calendar has it: `2026-02-30` becomes another day, and so is refused. */
function calendarDay(text: string): string {
  const [year = 0, month = 1, day = 1] = text.slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
