/** The arguments of each tool, from what was said. */
import { briefingFor } from "./briefing.ts";
import { claimOf } from "./claim.ts";
import { type Conversation, type LanguageCode, saidBy, type Turn } from "./conversation.ts";
import { dateIn } from "./dates.ts";
import * as intent from "./intents.ts";
import { consentIn, digitsMeant } from "./keypad.ts";
import { offeredCode } from "./language.ts";
import { phrase } from "./phrases.ts";
import { sentencesIn } from "./sentences.ts";
import { afterCallText } from "./summary.ts";
import { takenDown } from "./taking-down.ts";

export interface Scene {
  readonly conversation: Conversation;
  readonly turn: Turn;
  readonly language: LanguageCode;
  readonly nowMs: number;
}

const dayMs = 86_400_000;
/** The `send_sms` tool's limit. */
const longestSms = 1_000;

export function argumentsFor(name: string, { conversation, turn, language, nowMs }: Scene): Record<string, unknown> {
  const { words } = turn;
  const { known, missing } = claimOf(conversation);
  switch (name) {
    case "updated_claim":
      return { updates: takenDown(conversation, turn, language, nowMs) };
    case "send_sms":
      return { message: afterCallText({ known: [...known], missing: missing.map((each) => each.name) }, language, longestSms) };
    case "search_document":
      return { queries: [(sentencesIn(words).filter(intent.isQuestion).join(" ") || words).slice(0, 500)] };
    case "search_documents":
      return { query: words.slice(0, 500) };
    case "ask_expert":
      return { question: words.slice(0, 4_000) };
    case "new_or_updated_reminder": {
      const due = dateIn(words, nowMs, "future");
      // "Yes, please" is no reason; what led to it is.
      const reason = intent.isYes(words) ? (saidBy("caller", conversation.items).at(-2) ?? words) : words;
      return {
        title: phrase(language, "reminderTitle"),
        description: reason.slice(0, 500),
        due_date_time: due && Date.parse(due) > nowMs ? due : new Date(nowMs + dayMs).toISOString(),
        owner: "customer service",
      };
    }
    case "notify_emergencies":
      return {
        reason: words.slice(0, 500),
        location: known.get("incident_location") ?? "unknown",
        contact: known.get("policyholder_phone") ?? "the caller",
        service: "hospital",
      };
    case "talk_to_human": {
      const briefing = briefingFor(conversation);
      return briefing ? { briefing } : {};
    }
    case "collect_digits":
      return { name: digitsMeant(conversation, words) };
    case "recording_consent":
      return { given: consentIn(turn) ?? false };
    case "speech_speed":
      return { speed: intent.speedWish(words) ?? 1 };
    case "speech_lang":
      return { lang: offeredCode(conversation, language) ?? language };
    default:
      return {};
  }
}
