import { expect, test } from "vitest";
import { createModel } from "./model.ts";

const nowMs = Date.parse("2026-11-22T09:00:00Z");
const documents = JSON.stringify(
  JSON.stringify([{ title: "Terms", content: "Storms are covered. Hail on roofs is covered up to 5,000 euros." }]),
);

/** What the model answers to a text message, given what the runtime tells it about one. */
function texts(words: string, { known = "missing", language = "English", found = documents } = {}): string {
  const instructions = [
    `You are Ada of Example Mutual. You answer a customer's text message in ${language}, in at most 300 characters, without markup.`,
    "# Objective\nHelp the customer to file an insurance claim.",
    `# Claim\n- incident_datetime (datetime): ${known}\n- policy_number (text): missing`,
    ...(found ? [`<documents>\n${found}\n</documents>`] : []),
  ].join("\n\n");
  const transcript = `Assistant: How can I help you?\nCustomer (text message): ${words}`;
  const reply = createModel().reply(
    { instructions, tools: [], items: [{ kind: "said", by: "caller", text: transcript }] },
    { nowMs, random: () => 0 },
  );
  return reply.say ?? "";
}

test("a question is answered from the documents that came along, and only from sentences about it", () => {
  expect(texts("How much is covered for hail on the roof?")).toContain("covered up to 5,000 euros");
  expect(texts("Quid de ma voiture ?", { language: "French" })).toBe(
    "Je n'ai rien trouvé à ce sujet dans nos documents. Pour toute autre question, appelez ce numéro.",
  );
  expect(texts("What about meteorites?", { found: "" })).toContain("I found nothing about that");
});

test("whoever asks what is noted is told, with what is missing, in the customer's language", () => {
  expect(texts("What did you note?", { known: '"2026-11-21T22:00:00Z"' })).toBe(
    "We have noted so far: incident datetime: 2026-11-21 22:00. Still missing: policy number.",
  );
  expect(texts("Où en est mon dossier ?", { known: '"2026-11-21T22:00:00Z"', language: "French" })).toBe(
    "Nous avons noté jusqu'ici : date: 2026-11-21 22:00. Il manque encore : numéro de contrat.",
  );
  expect(texts("What is the status of my claim?")).toContain("Nothing is noted in your file yet.");
});

test("a value sent by text is not said to be noted, since nothing here can note it", () => {
  expect(texts("My policy number is B20388")).toMatch(/cannot change your file by text message: please call this number/);
});

test("danger comes first, thanks are answered, and a person is reached by calling", () => {
  expect(texts("My daughter is injured")).toContain("112");
  expect(texts("Thank you!")).toBe("You are welcome.");
  expect(texts("I want to speak to a real person")).toContain("Please call this number and ask for a person.");
  expect(texts("Hello")).toBe("How can I help you?");
});

test("no answer is longer than two text messages hold", () => {
  const long = "Hail on roofs is covered when the roof was whole before the hail came. ".repeat(20);
  const found = JSON.stringify(JSON.stringify([{ content: long }]));
  expect(texts("Is hail on my roof covered?", { found }).length).toBeLessThanOrEqual(300);
  expect(texts("What did you note?", { known: JSON.stringify("x".repeat(900)) }).length).toBeLessThanOrEqual(300);
});
