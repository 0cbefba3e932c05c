/**
 * The stand-in model: a useful conversation by rule, from nothing but what a real model is given: instructions, tools and what was said.
 *
 * It is honest about what it is not. It knows no world, understands typed and simulated callers only, and says so when audio reaches it
 * that carries no words. What it says never claims more than a tool has answered.
 */

import { askedField, claimOf, nextField, refusedFields, requestedUpdates } from "./claim.ts";
import {
  type Conversation,
  countTokens,
  type LanguageCode,
  type Model,
  type Moment,
  type Reply,
  saidBy,
  type ToolRequest,
  type Turn,
  turnOf,
} from "./conversation.ts";
import { dateIn } from "./dates.ts";
import { answerFrom } from "./documents.ts";
import { updatesFrom } from "./extract.ts";
import * as intent from "./intents.ts";
import { languageOf, languageWish } from "./language.ts";
import { type PhraseName, phrase } from "./phrases.ts";
import { fieldQuestion } from "./questions.ts";
import { requested } from "./request.ts";
import { filledSchema } from "./structured.ts";
import { unfolded } from "./transcript.ts";

interface Thought {
  readonly say?: string | undefined;
  readonly toolCalls?: readonly ToolRequest[];
}

const dayMs = 86_400_000;

export function createModel(): Model {
  return {
    reply(conversation, moment) {
      const { answerSchema } = conversation;
      const thought = answerSchema
        ? { say: JSON.stringify(filledSchema(answerSchema.schema, conversation)) }
        : new Mind(unfolded(conversation), moment).think();
      return finished(conversation, thought);
    },
  };
}

/** One reply being thought through. */
class Mind {
  readonly #conversation: Conversation;
  readonly #moment: Moment;
  readonly #language: LanguageCode;
  readonly #turn: Turn;

  constructor(conversation: Conversation, moment: Moment) {
    this.#conversation = conversation;
    this.#moment = moment;
    this.#language = languageOf(conversation);
    this.#turn = turnOf(conversation.items);
  }

  think(): Thought {
    const { toolChoice, request, items } = this.#conversation;
    if (typeof toolChoice === "object") return { toolCalls: [this.#call(toolChoice.name, this.#argumentsFor(toolChoice.name))] };
    const toSay = request && requested(request, this.#language);
    if (toSay) return { say: toSay };
    if (this.#turn.calls.length > 0) return this.#afterTools();
    if (this.#turn.soundOnly) return { say: this.#phrase("soundOnly") };
    if (this.#turn.words === "") return { say: saidBy("assistant", items).length > 0 ? this.#next() : this.#greeting() };
    if (this.#turn.answered) return { say: this.#next() };
    return this.#onWords(this.#turn.words);
  }

  #onWords(words: string): Thought {
    if (intent.isOrder(words)) return { say: this.#sentences(this.#phrase("refuseOrders"), this.#next()) };
    const wish = languageWish(words, this.#language);
    if (wish) return this.#changeLanguage(wish);
    if (intent.isUnintelligible(words)) return { say: this.#phrase("repeat") };
    if (intent.isHumanWish(words))
      return this.#has("talk_to_human")
        ? { say: this.#phrase("human"), toolCalls: [this.#call("talk_to_human")] }
        : { say: this.#phrase("noHuman") };
    if (this.#saysGoodbye(words))
      return { say: this.#phrase("goodbye"), toolCalls: this.#has("end_call") ? [this.#call("end_call")] : [] };
    const speed = intent.speedWish(words);
    if (speed && this.#has("speech_speed")) return { toolCalls: [this.#call("speech_speed", { speed })] };
    if (intent.isNewClaimWish(words) && this.#has("new_claim")) return { toolCalls: [this.#call("new_claim")] };
    const calls = [...this.#notes(words), ...this.#favours(words)];
    const feeling = this.#feeling(words);
    if (calls.length > 0) return { say: feeling, toolCalls: calls };
    return { say: this.#sentences(feeling, this.#smallTalk(words)) };
  }

  #saysGoodbye(words: string): boolean {
    const offeredMore = [this.#phrase("complete"), this.#phrase("anythingElse")].some((offer) =>
      this.#turn.asked.includes(offer),
    );
    return intent.isGoodbye(words) || (offeredMore && intent.isNo(words));
  }

  /** What the words tell about the claim. */
  #notes(words: string): ToolRequest[] {
    if (!this.#has("updated_claim") || intent.isGreetingOnly(words)) return [];
    const claim = claimOf(this.#conversation);
    const asked = intent.isQuestion(words) ? undefined : askedField(claim.missing, this.#turn.asked);
    const updates = updatesFrom(words, claim, asked, this.#moment.nowMs);
    return updates.length > 0 ? [this.#call("updated_claim", { updates })] : [];
  }

  /** What the words ask us to do. */
  #favours(words: string): ToolRequest[] {
    const calls: ToolRequest[] = [];
    if (intent.isDanger(words) && this.#has("notify_emergencies"))
      calls.push(this.#call("notify_emergencies", this.#argumentsFor("notify_emergencies")));
    if (intent.isSmsWish(words) && this.#has("send_sms")) calls.push(this.#call("send_sms", this.#argumentsFor("send_sms")));
    if (intent.isReminderWish(words) && this.#has("new_or_updated_reminder"))
      calls.push(this.#call("new_or_updated_reminder", this.#argumentsFor("new_or_updated_reminder")));
    if (calls.length === 0 && intent.isQuestion(words) && this.#has("search_document"))
      calls.push(this.#call("search_document", { queries: [words.slice(0, 500)] }));
    return calls;
  }

  #argumentsFor(name: string): Record<string, unknown> {
    const { words } = this.#turn;
    const claim = claimOf(this.#conversation);
    switch (name) {
      case "updated_claim":
        return { updates: updatesFrom(words, claim, askedField(claim.missing, this.#turn.asked), this.#moment.nowMs) };
      case "send_sms":
        return { message: this.#summary() };
      case "search_document":
        return { queries: [words.slice(0, 500)] };
      case "new_or_updated_reminder": {
        const due = dateIn(words, this.#moment.nowMs, "future");
        const tomorrow = new Date(this.#moment.nowMs + dayMs).toISOString();
        const future = due && Date.parse(due) > this.#moment.nowMs ? due : tomorrow;
        return {
          title: this.#phrase("reminderTitle"),
          description: words.slice(0, 500),
          due_date_time: future,
          owner: "customer service",
        };
      }
      case "notify_emergencies":
        return {
          reason: words.slice(0, 500),
          location: claim.known.get("incident_location") ?? "unknown",
          contact: claim.known.get("policyholder_phone") ?? "the caller",
          service: "hospital",
        };
      case "speech_speed":
        return { speed: intent.speedWish(words) ?? 1 };
      case "speech_lang":
        return { lang: this.#shortCode(this.#language) ?? this.#language };
      default:
        return {};
    }
  }

  #changeLanguage(wish: LanguageCode | "unknown"): Thought {
    if (wish === "unknown") return { say: this.#phrase("languageMissing") };
    if (!this.#has("speech_lang")) return { say: this.#sentences(phrase(wish, "languageNow"), phrase(wish, "howHelp")) };
    const lang = this.#shortCode(wish);
    return lang ? { toolCalls: [this.#call("speech_lang", { lang })] } : { say: this.#phrase("languageMissing") };
  }

  /** The short code the tool offers for a language. */
  #shortCode(language: LanguageCode): string | undefined {
    const schema = JSON.stringify(this.#conversation.tools.find(({ name }) => name === "speech_lang") ?? {});
    return new RegExp(`\\b${language}-[A-Z]{2}\\b`).exec(schema)?.[0];
  }

  /** Speaks to what the tools answered; `undefined` when nothing is left to say, as after a goodbye. */
  #afterTools(): Thought {
    const { calls, answered } = this.#turn;
    const done = calls.map(({ name, arguments: given, output }) => this.#outcome(name, given, output ?? "")).filter(Boolean);
    const last = calls.at(-1)?.name;
    if (last === "end_call") return answered ? {} : { say: this.#phrase("goodbye") };
    if (last === "talk_to_human") return { say: done.join(" ") || (answered ? undefined : this.#phrase("human")) };
    return { say: this.#sentences(...done, this.#next()) };
  }

  #outcome(name: string, given: string, output: string): string {
    const refused = /\b(not|cannot|could not|nothing was|no person|failed|error|no tool)\b/i.test(output);
    switch (name) {
      case "updated_claim":
        return this.#claimOutcome(given, output);
      case "search_document": {
        const answer = answerFrom(output, this.#turn.words);
        return answer ? this.#phrase("fromDocuments", { answer }) : this.#phrase("noDocuments");
      }
      case "talk_to_human":
        return refused ? this.#phrase("humanFailed", { reason: output }) : "";
      case "speech_lang":
        return refused ? this.#phrase("languageMissing") : this.#phrase("languageNow");
      case "notify_emergencies":
        return refused ? "" : this.#phrase("notified", { output });
      case "end_call":
        return "";
    }
    if (refused) return this.#phrase("toolFailed", { reason: output });
    if (name === "send_sms") return this.#phrase("smsSent");
    if (name === "speech_speed") return this.#phrase("speedNow");
    if (name === "new_claim") return this.#phrase("newClaim");
    if (name === "new_or_updated_reminder") return this.#phrase("reminderSet", { title: this.#phrase("reminderTitle") });
    return output.slice(0, 300);
  }

  #claimOutcome(given: string, output: string): string {
    const refused = refusedFields(output);
    const reasons = requestedUpdates(given).flatMap(({ field }) => refused.get(field) ?? []);
    if (reasons.length > 0)
      return this.#language === "en"
        ? this.#phrase("notNoted", { reason: [...new Set(reasons)].join(" ") })
        : this.#phrase("repeat");
    return output && requestedUpdates(given).length === 0
      ? this.#phrase("toolFailed", { reason: output })
      : this.#phrase("noted");
  }

  /** What to say first to someone in danger, in anger or in trouble; not twice in a call. */
  #feeling(words: string): string | undefined {
    const said = saidBy("assistant", this.#conversation.items).join(" ");
    const fitting = intent.isDanger(words)
      ? "danger"
      : intent.isAngry(words)
        ? "calm"
        : intent.isIncident(words) && !intent.isQuestion(words)
          ? "sorry"
          : undefined;
    return fitting && !said.includes(this.#phrase(fitting)) ? this.#phrase(fitting) : undefined;
  }

  #smallTalk(words: string): string {
    if (this.#has("updated_claim")) return intent.isGreetingOnly(words) ? this.#phrase("howHelp") : this.#next();
    if (intent.isGreetingOnly(words)) return this.#greeting();
    if (intent.isThanks(words)) return this.#phrase("anythingElse");
    return this.#phrase("echo", { words: words.slice(0, 200) });
  }

  /** The next question of the conversation. */
  #next(): string {
    if (!this.#has("updated_claim")) return this.#phrase("howHelp");
    const claim = claimOf(this.#conversation);
    const field = nextField(claim, this.#conversation.items);
    if (field) return fieldQuestion(field, this.#language);
    return claim.missing.length === 0 ? this.#phrase("complete") : this.#phrase("anythingElse");
  }

  #greeting(): string {
    const { instructions } = this.#conversation;
    const bot = /\byou are (?:called )?(\p{Lu}[\p{L}\d' -]{0,60}?)(?=[,.]| and\b| from\b|\n|$)/u.exec(
      instructions.replace(/^You/, "you"),
    )?.[1];
    const company = /\b(?:for|from|of) (?:the company )?(\p{Lu}[\p{L}\d'& -]{0,60}?)(?=[,.]|\n|$)/u.exec(instructions)?.[1];
    const who = [bot, company].filter(Boolean).join(", ");
    return who ? this.#phrase("greeting", { who }) : this.#phrase("howHelp");
  }

  #summary(): string {
    const claim = claimOf(this.#conversation);
    const facts = [...claim.known].map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join("; ");
    const missing = claim.missing.map(({ name }) => name.replaceAll("_", " ")).join(", ") || "-";
    return (facts ? this.#phrase("summarySms", { facts, missing }) : this.#phrase("summarySmsPlain")).slice(0, 1_000);
  }

  #has(name: string): boolean {
    return this.#conversation.toolChoice !== "none" && this.#conversation.tools.some((tool) => tool.name === name);
  }

  #call(name: string, given: Record<string, unknown> = {}): ToolRequest {
    return { name, arguments: JSON.stringify(given) };
  }

  #phrase(name: PhraseName, values?: Readonly<Record<string, string>>): string {
    return phrase(this.#language, name, values);
  }

  #sentences(...parts: readonly (string | undefined)[]): string {
    return parts.filter(Boolean).join(" ");
  }
}

/** Counts tokens and cuts the words where the caller of the API wants an end. */
function finished(
  { instructions, request, items, tools, maxOutputTokens }: Conversation,
  { say, toolCalls = [] }: Thought,
): Reply {
  const given = [instructions, request ?? "", JSON.stringify(tools), ...items.map((item) => JSON.stringify(item))];
  const inputTokens = given.reduce((sum, text) => sum + countTokens(text), 0);
  const cut = say !== undefined && maxOutputTokens !== undefined && countTokens(say) > maxOutputTokens;
  const words = cut ? shortened(say, maxOutputTokens) : say;
  const outputTokens =
    countTokens(words ?? "") + toolCalls.reduce((sum, call) => sum + countTokens(call.name + call.arguments), 0);
  return { ...(words ? { say: words } : {}), toolCalls, cut, usage: { inputTokens, outputTokens } };
}

function shortened(text: string, tokens: number): string {
  let kept = "";
  for (const character of text) {
    if (countTokens(kept + character) > tokens) break;
    kept += character;
  }
  return kept;
}
