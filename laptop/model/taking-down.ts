/** What of a conversation belongs into the claim now: the words just said, and earlier ones whose answer was interrupted before it was noted. */
import { askedField, claimOf } from "./claim.ts";
import { type Conversation, type LanguageCode, type Turn, untakenTurns } from "./conversation.ts";
import { type Update, updatesFrom } from "./extract.ts";
import type { Field } from "./field.ts";
import * as intent from "./intents.ts";
import { languageWish } from "./language.ts";
import { sentencesIn } from "./sentences.ts";

/** Shorter answers to "How can I help you?" are no story. */
const storyWords = 4;

export function takenDown(conversation: Conversation, turn: Turn, language: LanguageCode, nowMs: number): Update[] {
  const claim = claimOf(conversation);
  const told = ({ words, asked }: { words: string; asked: string }) => {
    const matter = withoutWishes(words);
    return matter ? updatesFrom(matter, claim, answeredField(claim.missing, matter, asked), nowMs) : [];
  };
  const now = told(turn);
  const taken = new Set([...claim.known.keys(), ...now.map(({ field }) => field)]);
  const earlier = untakenTurns(conversation.items)
    .filter(({ words }) => isAboutTheMatter(words, language))
    .flatMap(told)
    .filter(({ field }) => !taken.has(field));
  return [...new Map([...earlier, ...now].map((update) => [update.field, update])).values()];
}

/** The field that the words answer; an answer of some length to "How can I help you?" tells what happened. */
function answeredField(missing: readonly Field[], words: string, asked: string): Field | undefined {
  const field = askedField(missing, asked);
  if (field) return field;
  const story = sentencesIn(words).some((each) => each.split(/\s+/).length >= storyWords && !intent.isQuestion(each));
  return story && !intent.isSmsWish(words) && intent.asksHowToHelp(asked)
    ? missing.find(({ name }) => /description/.test(name))
    : undefined;
}

/** "Call me back tomorrow" names a day, but not the day of the matter. */
function withoutWishes(words: string): string {
  if (!intent.isReminderWish(words)) return words;
  return sentencesIn(words)
    .flatMap((sentence) => sentence.split(/[,;，；]\s*|\s+(?:and|et|y|und)\s+/u))
    .filter((clause) => clause && !intent.isReminderWish(clause))
    .join(". ");
}

const aboutTheConversation = [
  intent.isOrder,
  intent.isUnintelligible,
  intent.isHumanWish,
  intent.isRepeatWish,
  intent.isGoodbye,
  intent.isGreetingOnly,
];

function isAboutTheMatter(words: string, language: LanguageCode): boolean {
  return !aboutTheConversation.some((rule) => rule(words)) && !languageWish(words, language);
}
