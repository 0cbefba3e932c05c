/**
 * Proof that a caller is the person of a number: digits typed on the keypad, which nobody sees. A displayed number proves nothing, so an
 * earlier conversation is continued only after a code that was sent to the number as a text message came back.
 */
import { timingSafeEqual } from "node:crypto";
import { verificationCode } from "../agent.ts";
import { digest } from "./addresses.ts";
import type { Call, CallRecord } from "./call.ts";
import { phoneNumber } from "./phone-number.ts";
import { codeMessage } from "./phrases.ts";
import { soFar } from "./prompts.ts";
import type { Ration } from "./ration.ts";
import { resume } from "./resume.ts";
import { type CallStore, claimOneOf } from "./store.ts";
import type { ToolContext, ToolOutcome } from "./tool.ts";

export const codeLength = 6;
const lifetimeMs = 5 * 60_000;
/** Of a million codes, in the whole call. */
const mostAttempts = 3;
/** Text messages in one call: the first, and one more for whoever did not get it. */
const codes = ["verification-code:1", "verification-code:2"] as const;
/** And to one number in all calls: whoever shows somebody else's number must not have them flooded with messages. */
const codesOfNumber: Ration = { kind: "codes", most: 3, withinMs: 24 * 3_600_000 };

const typeIt: ToolOutcome = {
  content: "A six-digit code is on its way to the customer's phone; they type it on the keypad now.",
  effect: { kind: "collect_digits", name: verificationCode, least: codeLength, most: codeLength },
};
const goOnWithout = "go on without the earlier conversation, and say nothing about it.";

/**
 * Sends the code that proves the number and has it typed. Asked again, a code that was mistyped is typed anew, and one that nobody typed is
 * sent anew. Throws when the text message service fails.
 */
export async function askForCode(context: ToolContext, call: Call): Promise<ToolOutcome> {
  const { store, sms, now, newCode } = context;
  if (!phoneNumber(call.phone_number))
    return { content: `The caller's number is withheld, so nothing can be proven: ${goOnWithout}` };
  const { verification } = call;
  if (verification && verification.attempts >= mostAttempts)
    return { content: `Too many codes were wrong in this call: ${goOnWithout}` };
  const valid = verification !== undefined && new Date(verification.expires_at) > now();
  if (valid && verification.attempts > 0) return typeIt;
  if (!(await claimOneOf(store, call.call_id, codes)) || !(await store.take(call.phone_number, codesOfNumber)))
    return valid ? typeIt : { content: `No further code is sent to this number now: ${goOnWithout}` };
  const code = newCode();
  await store.change(call.call_id, (record) => ({
    ...record,
    verification: {
      code_sha256: digestOf(call.call_id, code),
      expires_at: new Date(now().getTime() + lifetimeMs).toISOString(),
      attempts: record.verification?.attempts ?? 0,
    },
  }));
  // The message is not kept with the call's other ones: whoever reads the record must not read the code.
  await sms.send(call.phone_number, codeMessage(call.lang_short_code, call.initiate.bot_company, code)).catch(async (error) => {
    await store.change(call.call_id, expired(now()));
    throw error;
  });
  return typeIt;
}

/** A code that reached nobody must not keep the next one from being sent. */
const expired =
  (now: Date) =>
  (record: CallRecord): CallRecord =>
    record.verification ? { ...record, verification: { ...record.verification, expires_at: now.toISOString() } } : record;

export interface DigitsContext {
  readonly store: CallStore;
  readonly now: () => Date;
  /** Hands a JSON body to a customer's own service, signed. Throws when it does not arrive. */
  readonly post: (url: string, body: Readonly<Record<string, string>>) => Promise<{ accepted: boolean; message?: string }>;
}

/**
 * What becomes of digits that nobody may see: a code is checked here, others go to the service that the agent names for them. Answers in
 * words for the model, without the digits; never throws for what a customer's service does.
 */
export function deliverDigits(
  context: DigitsContext,
): (typed: { callId: string; name: string; digits: string }) => Promise<string> {
  return async ({ callId, name, digits }) => {
    if (name === verificationCode) return checkCode(context, callId, digits);
    const call = await context.store.get(callId);
    const wanted = call?.initiate.secure_digits.find((each) => each.name === name);
    if (!wanted) return "Nobody takes these digits; they were forgotten. Go on without.";
    try {
      const { accepted, message } = await context.post(wanted.url, { call_id: callId, name, digits });
      const told = message ? ` The service says: ${JSON.stringify(without(digits, message).slice(0, 500))}.` : "";
      return accepted
        ? `${name} was typed and accepted.${told} Go on; never ask for the digits aloud.`
        : `${name} was typed and not accepted.${told} Offer to type it again.`;
    } catch {
      return `${name} was typed, but could not be handed over; it was forgotten. Say so, and offer to try again or to note a reminder.`;
    }
  };
}

async function checkCode({ store, now }: DigitsContext, callId: string, digits: string): Promise<string> {
  let verdict: Verdict = "none";
  await store.change(callId, (record) => {
    const judged = judge(record, digits, now());
    verdict = judged.verdict;
    return judged.record;
  });
  switch (verdict as Verdict) {
    case "right": {
      if (!(await resume(store, callId))) return "The code is right, but the earlier conversation is not kept any more; say so.";
      const call = await store.get(callId);
      return `The code is right. The earlier conversation goes on: say so in a few words, ask for nothing that is known, and go on where it stopped.\n\n${call ? soFar(call) : ""}`;
    }
    case "wrong":
      return "The code was not right. Say so, and offer to try again with continue_last_conversation; reveal nothing.";
    case "spent":
      return `The code was not right, and that was the last attempt: ${goOnWithout}`;
    case "expired":
      return "The code is not valid any more. Say so, and offer a new one with continue_last_conversation; reveal nothing.";
    case "none":
      return `No code is out: ${goOnWithout}`;
  }
}

type Verdict = "right" | "wrong" | "spent" | "expired" | "none";

/** An attempt is counted in the same write that judges it, so that guesses made at once count too. */
function judge(record: CallRecord, digits: string, now: Date): { readonly verdict: Verdict; readonly record: CallRecord } {
  const { verification, ...rest } = record;
  if (!verification || verification.attempts >= mostAttempts) return { verdict: "none", record };
  if (new Date(verification.expires_at) <= now) return { verdict: "expired", record };
  if (isSame(verification.code_sha256, digestOf(record.call_id, digits)))
    return { verdict: "right", record: { ...rest, verified: true } };
  const attempts = verification.attempts + 1;
  return {
    verdict: attempts >= mostAttempts ? "spent" : "wrong",
    record: { ...rest, verification: { ...verification, attempts } },
  };
}

/** With the call's id, so that equal codes of two calls do not look equal. */
const digestOf = (callId: string, code: string): string => digest(`${callId} ${code}`);
const isSame = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** The text without the digits, however a service has grouped them: "4111 1111" is "41111111" all the same. */
function without(digits: string, text: string): string {
  return text.replaceAll(new RegExp([...digits].join("[^\\p{L}\\d]{0,3}"), "gu"), "(digits)");
}
