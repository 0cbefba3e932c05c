/** One reply being thought through: what the caller wants, which tools that needs, and what to say. */
import { claimOf, nextField } from "./claim.ts";
import {
  type Conversation,
  type LanguageCode,
  type Moment,
  saidBy,
  type ToolRequest,
  type Turn,
  turnOf,
} from "./conversation.ts";
import * as intent from "./intents.ts";
import { consentIn, owesConsentQuestion, retried } from "./keypad.ts";
import { languageOf, languageWish, offeredCode, plainlyIn } from "./language.ts";
import { outcomeOf } from "./outcomes.ts";
import type { PhraseName } from "./phrases/english.ts";
import { phrase } from "./phrases.ts";
import { fieldQuestion } from "./questions.ts";
import { recalled } from "./recall.ts";
import { requested } from "./request.ts";
import { sentencesIn } from "./sentences.ts";
import { takenDown } from "./taking-down.ts";
import { isTextMessage, textAnswer } from "./text-message.ts";
import { argumentsFor } from "./tool-arguments.ts";

export interface Thought {
  readonly say?: string | undefined;
  readonly toolCalls?: readonly ToolRequest[];
}

export class Mind {
  readonly #conversation: Conversation;
  readonly #moment: Moment;
  readonly #turn: Turn;
  #language: LanguageCode;

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
    return this.#inTheirLanguage(this.#turn.words) ?? this.#onWords(this.#turn.words);
  }

  /** Follows a caller who plainly speaks another of the line's languages; what they said is taken up in it. */
  #inTheirLanguage(words: string): Thought | undefined {
    const spoken = this.#has("speech_lang") ? plainlyIn(words, this.#language) : undefined;
    const lang = spoken && offeredCode(this.#conversation, spoken);
    if (!lang || this.#wasTurnedDown(lang)) return undefined;
    this.#language = spoken;
    const { say, toolCalls = [] } = this.#onWords(words);
    // Without a tool among them the words come after the switch.
    const first = toolCalls.length > 0 ? say : this.#feeling(words);
    return { say: first, toolCalls: [this.#call("speech_lang", { lang }), ...toolCalls] };
  }

  #wasTurnedDown(lang: string): boolean {
    const { items } = this.#conversation;
    return items.some((item) => item.kind === "called" && item.name === "speech_lang" && item.arguments.includes(lang));
  }

  #onWords(words: string): Thought {
    if (isTextMessage(this.#conversation))
      return { say: textAnswer(this.#conversation, words, this.#language, this.#moment.nowMs) };
    if (intent.isOrder(words)) return { say: this.#sentences(this.#phrase("refuseOrders"), this.#next()) };
    const proof = this.#proof(words);
    if (proof) return proof;
    const wish = languageWish(words, this.#language);
    if (wish) return this.#changeLanguage(wish);
    if (intent.isUnintelligible(words)) return { say: this.#phrase("repeat") };
    const manners = this.#manners(words);
    if (manners) return { say: manners };
    if (intent.isHumanWish(words)) return this.#toHuman();
    const offered = this.#offered(words);
    if (offered) return offered;
    if (this.#saysGoodbye(words))
      return { say: this.#phrase("goodbye"), toolCalls: this.#has("end_call") ? [this.#call("end_call")] : [] };
    const speed = intent.speedWish(words);
    if (speed && this.#has("speech_speed")) return { toolCalls: [this.#call("speech_speed", { speed })] };
    if (intent.isNewClaimWish(words) && this.#has("new_claim")) return { toolCalls: [this.#call("new_claim")] };
    if (intent.isGreetingOnly(words)) return { say: this.#smallTalk(words) };
    const calls = [...this.#notes(words), ...this.#favours(words)];
    const feeling = this.#feeling(words);
    if (calls.length > 0) return { say: feeling, toolCalls: calls };
    return { say: this.#sentences(feeling, this.#smallTalk(words)) };
  }

  /** Consent to the recording, the code that proves who calls, and digits that nobody may hear. */
  #proof(words: string): Thought | undefined {
    const given = consentIn(this.#turn);
    if (given !== undefined && this.#has("recording_consent"))
      return { toolCalls: [this.#call("recording_consent", { given }), ...this.#notes(words)] };
    const again = retried(this.#turn);
    if (again && this.#has(again)) return this.#haveTyped(again);
    if (intent.isSecretDigitsWish(words) && this.#has("collect_digits")) return this.#haveTyped("collect_digits");
    if (!intent.isContinueWish(words)) return undefined;
    if (this.#has("continue_last_conversation")) return this.#haveTyped("continue_last_conversation");
    return { say: this.#sentences(this.#phrase("noEarlier"), this.#next()) };
  }

  #haveTyped(tool: "collect_digits" | "continue_last_conversation"): Thought {
    const what = this.#phrase(tool === "collect_digits" ? "typeDigits" : "codeComing");
    return { say: what, toolCalls: [this.#call(tool, this.#argumentsFor(tool))] };
  }

  /** Answers about the conversation itself. */
  #manners(words: string): string | undefined {
    if (intent.isRepeatWish(words)) return this.#turn.asked.replace(this.#phrase("noted"), "").trim() || this.#next();
    if (intent.isAreYouHuman(words)) return this.#sentences(this.#phrase("machine"), this.#next());
    const who = intent.isWhoAreYou(words) ? this.#self() : "";
    if (who) return this.#sentences(this.#phrase("iAm", { who }), this.#next());
    if (intent.isAreYouThere(words)) return this.#sentences(this.#phrase("present"), this.#next());
    return undefined;
  }

  #toHuman(): Thought {
    return this.#has("talk_to_human")
      ? { say: this.#phrase("human"), toolCalls: [this.#call("talk_to_human", this.#argumentsFor("talk_to_human"))] }
      : { say: this.#sentences(this.#phrase("noHuman"), this.#offerCallBack()) };
  }

  #offerCallBack(): string | undefined {
    return this.#has("new_or_updated_reminder") ? this.#phrase("offerCallBack") : undefined;
  }

  /** Yes or no to what was offered. */
  #offered(words: string): Thought | undefined {
    const { asked } = this.#turn;
    if (asked.includes(this.#phrase("offerCallBack"))) {
      if (intent.isYes(words))
        return { toolCalls: [this.#call("new_or_updated_reminder", this.#argumentsFor("new_or_updated_reminder"))] };
      if (intent.isNo(words)) return { say: this.#sentences(this.#phrase("noMatter"), this.#next()) };
    }
    const bare = words.split(/\s+/).length <= 2;
    return this.#wasOfferedMore() && bare && intent.isYes(words) ? { say: this.#phrase("howHelp") } : undefined;
  }

  #wasOfferedMore(): boolean {
    return [this.#phrase("complete"), this.#phrase("anythingElse")].some((offer) => this.#turn.asked.includes(offer));
  }

  #saysGoodbye(words: string): boolean {
    return intent.isGoodbye(words) || (this.#wasOfferedMore() && intent.isNo(words));
  }

  /** What the words tell about the claim. */
  #notes(words: string): ToolRequest[] {
    if (!this.#has("updated_claim") || intent.isGreetingOnly(words)) return [];
    const updates = takenDown(this.#conversation, this.#turn, this.#language, this.#moment.nowMs);
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
    if (this.#has("search_documents") && intent.isAboutTheCompany(words))
      calls.push(this.#call("search_documents", this.#argumentsFor("search_documents")));
    else if (this.#has("ask_expert") && intent.isHard(words))
      calls.push(this.#call("ask_expert", this.#argumentsFor("ask_expert")));
    if (calls.length === 0 && this.#has("search_document") && sentencesIn(words).some(intent.isQuestion))
      calls.push(this.#call("search_document", this.#argumentsFor("search_document")));
    return calls;
  }

  #argumentsFor(name: string): Record<string, unknown> {
    return argumentsFor(name, {
      conversation: this.#conversation,
      turn: this.#turn,
      language: this.#language,
      nowMs: this.#moment.nowMs,
    });
  }

  #changeLanguage(wish: LanguageCode | "unknown"): Thought {
    if (wish === "unknown") return { say: this.#phrase("languageMissing") };
    if (wish === this.#language) return { say: this.#sentences(this.#phrase("languageNow"), this.#next()) };
    if (!this.#has("speech_lang")) return { say: this.#sentences(phrase(wish, "languageNow"), phrase(wish, "howHelp")) };
    const lang = offeredCode(this.#conversation, wish);
    return lang ? { toolCalls: [this.#call("speech_lang", { lang })] } : { say: this.#phrase("languageMissing") };
  }

  /** Speaks to what the tools answered; `undefined` when nothing is left to say, as after a goodbye. */
  #afterTools(): Thought {
    const { calls, answered, words } = this.#turn;
    const { fields } = claimOf(this.#conversation);
    const outcomes = calls.map((call) => outcomeOf(call, { language: this.#language, words, fields }));
    const last = calls.at(-1)?.name;
    if (last === "end_call") return answered ? {} : { say: this.#phrase("goodbye") };
    const told = outcomes.map((outcome) => outcome.words);
    if (outcomes.some(({ failed }) => failed)) return { say: this.#sentences(...told, this.#offerCallBack() ?? this.#next()) };
    if (last === "talk_to_human") return { say: this.#sentences(...told) || (answered ? undefined : this.#phrase("human")) };
    if (outcomes.some(({ asks }) => asks)) return { say: this.#sentences(...told) };
    const again = outcomes.find((outcome) => outcome.again)?.again;
    return { say: this.#sentences(...told, again ? fieldQuestion(again, this.#language) : this.#next()) };
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
    const next = () => this.#next();
    if (this.#has("updated_claim")) {
      if (intent.isGreetingOnly(words))
        return this.#turn.asked && !intent.asksHowToHelp(this.#turn.asked) ? next() : this.#phrase("howHelp");
      return intent.isUncertain(words) ? this.#sentences(this.#phrase("noMatter"), next()) : next();
    }
    if (intent.isGreetingOnly(words)) return this.#greeting();
    if (intent.isThanks(words)) return this.#phrase("anythingElse");
    const recall = recalled(words, this.#conversation.items, this.#language);
    if (recall) return recall;
    return this.#phrase("echo", { words: words.slice(0, 200).replace(/[.!?。！？]+$/u, "") });
  }

  /** The next question of the conversation. */
  #next(): string {
    if (owesConsentQuestion(this.#conversation) && !intent.isDanger(this.#turn.words)) return this.#phrase("askRecording");
    if (!this.#has("updated_claim")) return this.#phrase("howHelp");
    const claim = claimOf(this.#conversation);
    const field = nextField(claim, this.#conversation.items, !intent.isUncertain(this.#turn.words));
    if (field) return fieldQuestion(field, this.#language);
    return claim.missing.length === 0 ? this.#phrase("complete") : this.#phrase("anythingElse");
  }

  #greeting(): string {
    const who = this.#self();
    return who ? this.#phrase("greeting", { who }) : this.#phrase("howHelp");
  }

  /** Name and company, as the instructions give them. */
  #self(): string {
    const { instructions } = this.#conversation;
    const bot = /\byou are (?:called )?(\p{Lu}[\p{L}\d' -]{0,60}?)(?=[,.]| and\b| from\b|\n|$)/u.exec(
      instructions.replace(/^You/, "you"),
    )?.[1];
    const company = /\b(?:for|from|of) (?:the company )?(\p{Lu}[\p{L}\d'& -]{0,60}?)(?=[,.]|\n|$)/u.exec(instructions)?.[1];
    return [bot, company].filter(Boolean).join(", ");
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
