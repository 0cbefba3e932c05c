import { describe, expect, test } from "vitest";
import { CallStory, commands, kinds } from "../../tests/support/call-story.ts";
import { phrasesIn } from "../calls/phrases.ts";

const names = { bot_name: "Ada", bot_company: "Contoso" };
const languages = [
  { shortCode: "fr-FR", names: ["French", "FR", "France"] },
  { shortCode: "en-US", names: ["English", "EN", "United States"] },
  { shortCode: "es-ES", names: ["Spanish", "ES", "Spain"] },
  { shortCode: "zh-CN", names: ["Chinese", "ZH", "China"] },
];
const languageMenu = "Pour le français, tapez 1. For English, press 2.";

/** The caller has heard the menu. */
function asked(facts: ConstructorParameters<typeof CallStory>[0] = {}): CallStory {
  const story = new CallStory({ languages, languageMenu, language: "fr-FR", ...facts }).starts();
  story.says(languageMenu, 4_000, "language");
  story.passes(4_000);
  return story;
}

/** A turn, and the answer to it that the service begins by itself. */
function answers(story: CallStory, text: string, language?: string): string[] {
  const before = story.effects.length;
  story.model({ kind: "turn_ended", itemId: `u-${text}` });
  story.model({ kind: "response_started", responseId: `a-${text}`, purpose: "answer" });
  story.model({ kind: "turn_heard", itemId: `u-${text}`, text, ...(language ? { language } : {}) });
  story.model({ kind: "response_ended", responseId: `a-${text}`, outcome: "cancelled" });
  return kinds(story.effects.slice(before));
}

const english = { kind: "phrases", language: "en-US", phrases: phrasesIn("en-US", names) } as const;

describe("the choice of a language", () => {
  test("is asked for before the greeting", () => {
    const story = new CallStory({ languages, languageMenu });
    story.happens({ kind: "start" });
    expect(commands(story.model({ kind: "ready" }))).toEqual([{ kind: "respond", purpose: "language", say: languageMenu }]);
  });

  test("by key changes phrases and brief at once, and greets in the language once its words have come", () => {
    const story = asked();
    expect(story.presses("2")).toEqual([
      { kind: "load_phrases", language: "en-US" },
      { kind: "brief", callId: "call-1", language: "en-US", speed: 1 },
    ]);
    expect(story.happens({ kind: "briefed" })).toEqual([]);
    expect(commands(story.happens(english))).toEqual([
      { kind: "respond", purpose: "greeting", say: "Hello, I'm Ada from Contoso. How can I help you?" },
    ]);
  });

  test("lets the model find the greeting when its words do not come in time", () => {
    const story = asked();
    story.presses("2");
    story.happens({ kind: "briefed" });
    expect(commands(story.passes(2_999))).toEqual([]);
    expect(commands(story.passes(1))).toEqual([{ kind: "respond", purpose: "greeting" }]);
  });

  test("is not forgotten when the caller speaks before the greeting", () => {
    const story = asked();
    story.presses("2");
    story.happens({ kind: "briefed" });
    answers(story, "hello are you there");
    expect(commands(story.happens(english))).toMatchObject([{ kind: "respond", purpose: "greeting" }]);
  });

  test("is asked for again when the model is lost while it is being asked for", () => {
    const story = new CallStory({ languages, languageMenu }).starts();
    story.beginsToSay("Pour le", 500, "language");
    story.model({ kind: "closed" });
    story.passes(500);
    expect(commands(story.model({ kind: "ready" }))).toMatchObject([{ kind: "respond", purpose: "language" }]);
  });

  test("of the line's own language greets as it would have", () => {
    expect(commands(asked().presses("1"))).toEqual([{ kind: "respond", purpose: "greeting", say: "Hello, this is Ada." }]);
  });

  test.each([
    ["English, please", undefined, "en-US"],
    ["en français s'il vous plaît", undefined, undefined],
    ["ESPAÑOL", undefined, "es-ES"],
    ["Español por favor", undefined, "es-ES"],
    ["我要中文", undefined, "zh-CN"],
    ["EN", undefined, "en-US"],
    ["I am from the united states", undefined, "en-US"],
    ["2", undefined, "en-US"],
    ["Quiero hablar con alguien", "es-MX", "es-ES"],
  ])("by the words %j (detected: %j) is %j", (text, detected, chosen) => {
    const story = asked();
    answers(story, text, detected);
    expect(story.session.choosing).toBeUndefined();
    expect(story.session.language).toBe(chosen ?? "fr-FR");
  });

  test("silences the answers the model would give meanwhile", () => {
    const story = asked();
    expect(answers(story, "what is this")).toEqual(["cancel", "append", "respond"]);
    expect(commands(story.effects.slice(-1))).toEqual([{ kind: "respond", purpose: "language", say: languageMenu }]);
  });

  test("is taken to be the line's own after as many failures or silences as the flag allows", () => {
    const story = asked();
    answers(story, "what is this");
    story.says(languageMenu, 4_000, "language");
    story.passes(4_000);
    expect(commands(story.passes(20_000))).toEqual([{ kind: "respond", purpose: "greeting", say: "Hello, this is Ada." }]);
  });

  test("between two languages is not guessed", () => {
    const story = asked();
    answers(story, "English or Spanish");
    expect(story.session.choosing).toBeDefined();
  });

  test("takes two keys beyond nine languages, or one and a pause", () => {
    const codes = ["en-US", "fr-FR", "es-ES", "de-DE", "it-IT", "pt-PT", "nl-NL", "pl-PL", "sv-SE", "da-DK", "fi-FI", "cs-CZ"];
    const many = codes.map((shortCode) => ({ shortCode, names: [] }));
    const story = asked({ languages: many });
    story.presses("1");
    expect(story.session.choosing).toBeDefined();
    story.presses("2");
    expect(story.session.language).toBe("cs-CZ");
    const patient = asked({ languages: many });
    patient.presses("5");
    patient.passes(1_500);
    expect(patient.session.language).toBe("it-IT");
    const wrong = asked({ languages: many });
    wrong.presses("99");
    expect(wrong.session.choosing?.failures).toBe(1);
  });
});

describe("a caller who speaks another language of the line", () => {
  const turn = (story: CallStory, text: string, language: string) => answers(story, text, language);

  test("is answered in it after one long turn, or two short ones in a row, and back again", () => {
    const story = CallStory.greeted({ languages, language: "en-US" });
    turn(story, "je voudrais déclarer un sinistre pour ma maison", "fr-FR");
    expect(story.session.language).toBe("fr-FR");
    turn(story, "I do not understand", "en");
    expect(story.session.language).toBe("fr-FR");
    turn(story, "please speak English", "en");
    expect(story.session.language).toBe("en-US");
    expect(story.effects).toContainEqual({ kind: "load_phrases", language: "fr-FR" });
  });

  test("is not for a word or two, nor for a language the line does not speak, nor for turns apart", () => {
    const story = CallStory.greeted({ languages, language: "en-US" });
    turn(story, "merci beaucoup", "fr-FR");
    turn(story, "ich möchte bitte einen Schaden melden heute", "de-DE");
    turn(story, "c'est une maison", "fr-FR");
    turn(story, "it is a house", "en-US");
    turn(story, "dans la rue", "fr-FR");
    expect(story.session.language).toBe("en-US");
  });

  test("late phrases of a language left again are not used", () => {
    const story = CallStory.greeted({ languages, language: "en-US" });
    const phrases = phrasesIn("fr-FR", names);
    story.happens({ kind: "phrases", language: "fr-FR", phrases });
    expect(story.session.phrases).not.toBe(phrases);
  });
});
