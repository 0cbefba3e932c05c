/** What is typed and must not be said: the code that proves a number, and a customer's card or PIN. And consent, which a key can give. */
import { type Conversation, parameterOf, saidBy, type Turn } from "./conversation.ts";
import { isNo, isNoRecordingWish, isYes } from "./intents.ts";
import type { PhraseName } from "./phrases/english.ts";
import { isSaidIn } from "./phrases.ts";

/** Asked this often without an answer, the question is let go of: nothing is recorded then. */
const enoughTimes = 2;

const calledSince = ({ items }: Conversation, name: string): boolean =>
  items.some((item) => item.kind === "called" && item.name === name);

/** Whether the caller is still to be asked if the call may be recorded. */
export function owesConsentQuestion(conversation: Conversation): boolean {
  const asked = saidBy("assistant", conversation.items).filter((words) => isSaidIn(words, "askRecording")).length;
  const wanted = conversation.instructions.includes("# Recording") && offers(conversation, "recording_consent");
  return wanted && asked < enoughTimes && !calledSince(conversation, "recording_consent");
}

/** What the caller answered to that question, a word or key 1 or 2; and a no that comes without one. */
export function consentIn({ asked, words }: Turn): boolean | undefined {
  if (isNoRecordingWish(words)) return false;
  if (!isSaidIn(asked, "askRecording")) return undefined;
  if (isYes(words) || /^\W*1\W*$/.test(words)) return true;
  return isNo(words) || /^\W*2\W*$/.test(words) ? false : undefined;
}

const unfinished = /\btyped (too few digits|no complete number)\b/;

/** What became of a code or of secret digits, in words for the caller, by the tool's answer. */
export function typedOutcome(tool: string, output: string): PhraseName {
  if (tool === "collect_digits") {
    if (/\bnot accepted\b/.test(output) || unfinished.test(output)) return "digitsRefused";
    return /\baccepted\b/.test(output) ? "digitsTaken" : "toolFailed";
  }
  if (/\bcode is right\. |\bgoes on here\b/.test(output)) return "codeRight";
  if (/\bnot valid any more\b/.test(output)) return "codeExpired";
  return /\btry again\b/.test(output) || unfinished.test(output) ? "codeWrong" : "codeRefused";
}

export const isOffer = (name: PhraseName): boolean => name === "codeWrong" || name === "codeExpired" || name === "digitsRefused";

/** Offers after which a bare yes means the tool once more. */
export function retried({ asked, words }: Turn): "collect_digits" | "continue_last_conversation" | undefined {
  if (!isYes(words)) return undefined;
  if (isSaidIn(asked, "digitsRefused")) return "collect_digits";
  return isSaidIn(asked, "codeWrong") || isSaidIn(asked, "codeExpired") ? "continue_last_conversation" : undefined;
}

/** The digits among those the tool collects that the words are about, by the words of their names and descriptions; the first one otherwise. */
export function digitsMeant({ tools }: Conversation, words: string): string | undefined {
  const schema = parameterOf(tools, "collect_digits", "name");
  const names = Array.isArray(schema?.enum) ? schema.enum.map(String) : [];
  const described = String(schema?.description ?? "").split("; ");
  const kinds = [/\b(card|carte|tarjeta|karte)|卡/i, /\b(pin|code|código|geheimzahl)\b|密码/i];
  const kind = kinds.find((each) => each.test(words));
  const about = (name: string) => `${name.replaceAll("_", " ")} ${described.find((each) => each.startsWith(`${name}:`)) ?? ""}`;
  return names.find((name) => kind?.test(about(name))) ?? names[0];
}

const offers = ({ tools, toolChoice }: Conversation, name: string): boolean =>
  toolChoice !== "none" && tools.some((tool) => tool.name === name);
