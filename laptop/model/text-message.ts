/**
 * Answers to text messages. There the model has no tools, only what its instructions hold: the claim and the documents. So it tells what is
 * noted and what the documents say, and never that something was done.
 */
import { claimOf } from "./claim.ts";
import type { Conversation, LanguageCode } from "./conversation.ts";
import { answerFrom } from "./documents.ts";
import { updatesFrom } from "./extract.ts";
import * as intent from "./intents.ts";
import { phrase } from "./phrases.ts";
import { type Noted, progressText } from "./summary.ts";

const longest = 300;

export function isTextMessage({ instructions, tools }: Conversation): boolean {
  return tools.length === 0 && /\btext message\b/i.test(instructions);
}

/** The answer to what the customer wrote last. */
export function textAnswer(conversation: Conversation, words: string, language: LanguageCode, nowMs: number): string {
  const say = (name: Parameters<typeof phrase>[1], values?: Readonly<Record<string, string>>) => phrase(language, name, values);
  const claim = claimOf(conversation);
  const noted: Noted = { known: [...claim.known], missing: claim.missing.map(({ name }) => name) };
  if (intent.isOrder(words)) return say("refuseOrders");
  if (intent.isDanger(words)) return say("danger");
  if (intent.isGreetingOnly(words)) return say("howHelp");
  if (intent.isHumanWish(words)) return say("noHumanByText");
  if (isAboutClaim(words)) return progressText(noted, language, longest) || `${say("nothingNoted")} ${say("callForMore")}`;
  if (intent.isQuestion(words)) {
    const [documents = ""] = /<documents>[\s\S]*<\/documents>/.exec(conversation.instructions) ?? [];
    const answer = answerFrom(documents, words, 1);
    if (answer) return say("fromDocuments", { answer }).slice(0, longest);
    return `${say("noDocuments")} ${say("callForMore")}`;
  }
  if (updatesFrom(words, claim, undefined, nowMs).length > 0) return say("byPhone");
  if (intent.isThanks(words) || intent.isGoodbye(words) || intent.isFiller(words)) return say("youAreWelcome");
  return say("byPhone");
}

const isAboutClaim = (words: string): boolean =>
  /\b(my (claim|file|case|request|details)|status|progress|what (did|have|do) you (note|noted|have|know)|still (need|missing)|mon (dossier|sinistre)|ma (demande|déclaration)|où en est|avez-vous noté|il manque|mi (expediente|siniestro|parte)|estado|ha(n|béis)? anotado|falta|mein\w* (schaden\w*|akte|anliegen)|stand der|notiert|fehlt)(?=\P{L}|$)|理赔|进度|记下了?什么/iu.test(
    words,
  );
