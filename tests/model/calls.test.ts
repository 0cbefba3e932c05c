/** Whole calls with the stand-in model, told what the runtime tells it and offered the runtime's own tools. */
import { describe, expect, test } from "vitest";
import type { Item } from "../../laptop/model/conversation.ts";
import { createModel } from "../../laptop/model/model.ts";
import { agentSchema } from "../../runtime/agent.ts";
import type { Call } from "../../runtime/calls/call.ts";
import { checkField, fieldsOf } from "../../runtime/calls/claim.ts";
import { instructionsFor } from "../../runtime/calls/prompts.ts";
import { toolsFor } from "../../runtime/calls/tools.ts";
import { defaultFlags } from "../../runtime/flags.ts";

/** Sunday. */
const now = new Date("2026-11-22T09:00:00Z");
const model = createModel();
/** What the runtime answers the model when a service behind a tool fails. */
const toolFailed =
  "The tool failed, and nothing is known to have been done. Say so to the caller, and offer to try again or to note a reminder.";

interface Setting {
  readonly language?: string;
  readonly claim?: readonly { name: string; type: "text" | "datetime" }[];
  /** Tools whose service is down. */
  readonly broken?: readonly string[];
  readonly documents?: string;
}

class Conversation {
  call: Call;
  readonly used: string[] = [];
  readonly #items: Item[] = [];
  readonly #setting: Setting;

  constructor(setting: Setting = {}) {
    const { language = "fr-FR", claim } = setting;
    this.#setting = setting;
    this.call = {
      call_id: "c",
      created_at: now.toISOString(),
      direction: "inbound",
      phone_number: "+33612345678",
      initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie", ...(claim ? { claim } : {}) }),
      status: "connected",
      claim: {},
      reminders: [],
      lang_short_code: language,
      messages: [],
    };
    const greeting =
      language === "fr-FR" ? "Bonjour, je suis Amélie. Comment puis-je vous aider ?" : "Hello, I'm Amélie. How can I help you?";
    this.#items.push({ kind: "said", by: "assistant", text: greeting });
  }

  /** What is said to these words, tools included. */
  says(words: string): string {
    this.#items.push({ kind: "said", by: "caller", text: words });
    const heard: string[] = [];
    for (let round = 0; round < 4; round++) {
      const reply = this.#reply();
      if (reply.say) {
        heard.push(reply.say);
        this.#items.push({ kind: "said", by: "assistant", text: reply.say });
      }
      for (const { name, arguments: given } of reply.toolCalls) {
        const callId = `call_${this.#items.length}`;
        this.#items.push({ kind: "called", name, arguments: given, callId });
        this.#items.push({ kind: "returned", callId, output: this.#use(name, JSON.parse(given)) });
      }
      if (reply.toolCalls.length === 0) return heard.join(" ");
    }
    throw new Error("the model never stopped calling tools");
  }

  /** Says these words over the answer, of which only a beginning is heard and nothing is done. */
  saysAndInterrupts(words: string, interruption: string): string {
    this.#items.push({ kind: "said", by: "caller", text: words });
    this.#items.push({ kind: "said", by: "assistant", text: this.#reply().say?.slice(0, 4) ?? "" });
    return this.says(interruption);
  }

  #reply() {
    const instructions = instructionsFor(this.call, now, defaultFlags);
    return model.reply(
      { instructions, tools: toolsFor(this.call, defaultFlags), items: this.#items },
      { nowMs: now.getTime(), random: () => 0 },
    );
  }

  #use(name: string, given: Record<string, unknown>): string {
    this.used.push(name);
    if (this.#setting.broken?.includes(name)) return toolFailed;
    if (name === "search_document")
      return this.#setting.documents
        ? `<documents>\n${JSON.stringify(JSON.stringify([{ title: "Terms", content: this.#setting.documents }]))}\n</documents>`
        : "The documents say nothing about this. Say that you do not know; do not guess.";
    if (name === "speech_lang") {
      this.call = { ...this.call, lang_short_code: String(given.lang) };
      return "Go on in another language from now on.";
    }
    if (name === "updated_claim")
      return (given.updates as { field: string; value: string }[]).map((each) => this.#write(each)).join("\n");
    if (name === "new_or_updated_reminder") return `The reminder "${String(given.title)}" was noted.`;
    return "Done.";
  }

  #write({ field, value }: { field: string; value: string }): string {
    const known = fieldsOf(this.call.initiate).find((each) => each.name === field)!;
    const checked = checkField(known, value, "FR");
    if ("fault" in checked) return `${field} was not updated: ${checked.fault}`;
    this.call = { ...this.call, claim: { ...this.call.claim, [field]: checked.value } };
    return `${field} is now ${JSON.stringify(checked.value)}.`;
  }
}

describe("a call", () => {
  test("a question is answered first, and what was being asked is asked again", () => {
    const call = new Conversation({ language: "en-US", documents: "Leaks in bathrooms are covered up to 5,000 euros." });
    expect(call.says("Hello, I have a leak in my bathroom")).toContain("When did it happen?");
    const answer = call.says("What does my insurance cover for leaks?");
    expect(answer).toMatch(/covered up to 5,000 euros\. When did it happen\?$/);
    expect(call.call.claim).toEqual({ incident_description: "Hello, I have a leak in my bathroom" });
  });

  test("a name told instead of a date is the name, and the date is asked again", () => {
    const call = new Conversation({ language: "en-US" });
    call.says("Hello, I have a leak in my bathroom");
    expect(call.says("My name is Ada Martin")).toBe("Thank you, I have noted Ada Martin. When did it happen?");
    expect(call.says("yesterday at 10 in the evening")).toContain("Saturday 21 November at 22:00");
    call.says("My policy number is B 2 0 3 8 8");
    expect(call.says("At 14 Mill Lane in Bristol.")).toContain("Is anyone injured?");
    expect(call.call.claim).toMatchObject({
      policyholder_name: "Ada Martin",
      incident_datetime: "2026-11-21T22:00:00Z",
      policy_number: "B20388",
      incident_location: "14 Mill Lane in Bristol",
    });
    expect(call.call.claim.injuries).toBeUndefined();
  });

  test("whoever plainly speaks another of the line's languages is followed into it, with what they said", () => {
    const english = new Conversation();
    expect(english.says("Hello, I have a leak in my bathroom")).toBe(
      "I am sorry to hear that. All right, let us go on in English. Thank you, I have noted that. When did it happen?",
    );
    expect(english.call).toMatchObject({
      lang_short_code: "en-US",
      claim: { incident_description: expect.stringContaining("leak") },
    });
    const spanish = new Conversation({ language: "en-US" });
    expect(spanish.says("Hola, buenos días, me robaron el coche anoche")).toMatch(/sigamos en español.*¿Dónde ocurrió\?$/);
    expect(spanish.says("speak English please")).toMatch(/^All right, let us go on in English/);
    const german = new Conversation({ language: "en-US" });
    german.says("Guten Tag, ich habe einen Schaden in meiner Küche");
    expect(german.used).not.toContain("speech_lang");
  });

  test.each(["Ada Martin", "B20388", "OK", "Paris", "ada@example.com", "Hello"])(
    "%j is no reason to change the language",
    (words) => {
      const call = new Conversation();
      call.says(words);
      expect(call.used).not.toContain("speech_lang");
    },
  );

  test("a tool that fails is told of in one's own words, with an offer that can be taken", () => {
    const call = new Conversation({ broken: ["search_document"] });
    call.says("Bonjour, j'ai un dégât des eaux dans ma salle de bains");
    const answer = call.says("Qu'est-ce que couvre mon assurance ?");
    expect(answer).toBe("Je suis désolé, je ne peux pas le vérifier pour le moment. Voulez-vous que je note un rappel ?");
    expect(call.says("oui, demain à 15h")).toMatch(/J'ai noté un rappel.*Quand est-ce arrivé \?$/);
    const silent = new Conversation({ broken: ["updated_claim"], language: "en-US" });
    const told = silent.says("My car was stolen yesterday");
    expect(told).not.toMatch(/tool|nothing is known|noted that/);
    expect(silent.call.claim).toEqual({});
  });

  test("what was said before an interruption is taken down with what interrupts", () => {
    const call = new Conversation({ language: "en-US" });
    call.saysAndInterrupts("I have a leak in my bathroom since yesterday at ten in the morning", "Wait, my name is Ada Martin");
    expect(call.call.claim).toEqual({
      incident_description: "I have a leak in my bathroom since yesterday at ten in the morning",
      incident_datetime: "2026-11-21T10:00:00Z",
      policyholder_name: "Ada Martin",
    });
  });

  test("a day to call back on is a reminder's, not the day it happened", () => {
    const call = new Conversation({ language: "en-US" });
    call.says("Hello, my car was damaged by hail");
    expect(call.says("Please call me back tomorrow at 9 in the morning")).toContain("I have noted a reminder");
    expect(call.used).toContain("new_or_updated_reminder");
    expect(call.call.claim).not.toHaveProperty("incident_datetime");
    call.says("It happened yesterday. Please call me back tomorrow.");
    expect(call.call.claim.incident_datetime).toMatch(/^2026-11-21/);
    call.says("My name is Ada Martin, call me back on Friday");
    expect(call.call.claim).toMatchObject({
      policyholder_name: "Ada Martin",
      incident_datetime: expect.stringMatching(/^2026-11-21/),
    });
  });

  test("a wish for a person on a line without one leads to a call back or on with the call", () => {
    const call = new Conversation({ language: "en-US" });
    expect(call.says("I want to talk to a human")).toContain("Shall I note a call back for you?");
    expect(call.says("no")).toMatch(/^That is all right\. .*\?$/);
    call.says("I want to talk to a human");
    expect(call.says("yes please")).toContain("I have noted a reminder");
  });

  test("politeness fills no field, and a robot says what it is", () => {
    const call = new Conversation({ language: "en-US", claim: [{ name: "hardware_info", type: "text" }] });
    call.says("My laptop is broken");
    expect(call.says("Thank you very much")).toContain("hardware info");
    expect(call.says("Are you a robot?")).toContain("I am an automated assistant, not a person.");
    expect(call.says("Could you repeat that?")).toContain("hardware info");
    expect(call.call.claim).toEqual({});
    call.says("It is a ThinkPad T14");
    expect(call.call.claim).toEqual({ hardware_info: "a ThinkPad T14" });
    expect(call.says("What is your name?")).toBe("I am Amélie, Contoso. What is your email address?");
  });

  test("ten turns in French fill the claim without a word twice, and the call ends when nothing is left", () => {
    const call = new Conversation();
    const turns = [
      "Un tuyau a cassé dans ma cuisine",
      "hier à dix heures du soir",
      "C'était au 12 rue des Lilas à Lyon",
      "non, personne",
      "personne d'autre",
      "non",
      "B deux zéro trois huit huit",
      "non",
      "oui, un voisin a tout vu",
      "ada.martin@exemple.fr",
      "Je m'appelle ada martin",
      "06 12 34 56 78",
    ];
    const answers = turns.map((words) => call.says(words));
    expect(call.call.claim).toEqual({
      incident_datetime: "2026-11-21T22:00:00Z",
      incident_description: "Un tuyau a cassé dans ma cuisine",
      incident_location: "12 rue des Lilas à Lyon",
      injuries: "non, personne",
      involved_parties: "personne d'autre",
      medical_records: "non",
      policy_number: "B20388",
      pre_existing_damages: "non",
      witnesses: "oui, un voisin a tout vu",
      policyholder_email: "ada.martin@exemple.fr",
      policyholder_name: "Ada Martin",
      policyholder_phone: "+33612345678",
    });
    const questions = answers.flatMap((answer) => answer.match(/[^.!?]+\?$/) ?? []);
    expect(new Set(questions).size).toBe(turns.length);
    expect(answers.at(-1)).toContain("J'ai tout ce qu'il me faut");
    expect(call.says("Non merci")).toContain("Au revoir");
    expect(call.used.at(-1)).toBe("end_call");
  });
});
