import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Turn } from "../chat/record.ts";
import { curve, settingOf } from "./dial.ts";
import { kinds } from "./kinds.ts";
import { route, type Signals } from "./route.ts";

const person = (content: string): Turn => ({ persona: "human", content });

describe("goes to the cheap model", () => {
  test.each([
    "Hello, how are you?",
    "Yes",
    "Thanks, bye!",
    "What time is it?",
    "I need to update my address",
    "Where is my parcel?",
    "Bonjour !",
    "你好",
    "Quelle heure est-il ?",
    "Buenas tardes, ¿cómo está?",
    "Ich möchte meine Bestellung zurückgeben",
    "Grazie mille, buona serata",
    "Доброе утро!",
    "ありがとう、またね",
    "أين الطرد الخاص بي؟",
    "धन्यवाद, फिर मिलेंगे",
    "",
  ])("%j", (message) => {
    expect(route(message).choice).toBe("cheap");
  });
});

describe("goes to the strong model", () => {
  test.each([
    "Explain distributed microservices architecture",
    "Can you explain the technical architecture of distributed microservices with event sourcing patterns?",
    "Analyze the trade-offs between these two contracts step by step",
    "Analysez les avantages et les inconvénients de ces deux contrats",
    "请解释微服务架构的优缺点",
    "Vergleichen Sie die Haftung in beiden Verträgen und begründen Sie die Wahl",
    "Why does this fail?\n```ts\nconst total = items.reduce((sum, each) => sum + each);\n```\nDebug it and explain.",
    "Calcula la integral de x^2 entre 0 y 3",
    "Scrivi una funzione Python che trova i duplicati in una lista",
    "Реши уравнение x^2 - 7x + 12 = 0",
    "次の方程式を解いてください: 3x + 4 = 19",
    "Напиши SQL-запрос с тремя таблицами и объясни индексы",
  ])("%j", (message) => {
    expect(route(message).choice).toBe("strong");
  });
});

describe("the conversation so far", () => {
  const hard = person("Compare the consistency protocols of two distributed databases and design a migration between them");

  test("makes a follow-up as hard as what it follows", () => {
    const followUp = route("And the second one?", { history: [hard] });
    expect(followUp.score).toBeGreaterThan(route("And the second one?").score);
    expect(followUp.reasons).toContain("the conversation so far is about technical matters");
  });

  test("counts less the longer ago it was", () => {
    const small = person("I had a lovely walk in the park with my dog this morning, it was sunny");
    expect(route("And the second one?", { history: [hard, small] }).score).toBeLessThan(
      route("And the second one?", { history: [hard] }).score,
    );
  });

  test("is left behind by thanks and goodbyes", () => {
    expect(route("Thanks a lot, bye!", { history: [hard] }).choice).toBe("cheap");
  });

  test("is what the person said, not what the assistant answered", () => {
    const answer: Turn = { persona: "assistant", content: hard.content };
    expect(route("Go on", { history: [answer] })).toMatchObject({ score: route("Go on").score });
  });
});

describe("what is known besides", () => {
  const message = "Explain how a queue keeps messages in order when several servers read from it";
  const usual = route(message);

  test("a declared task moves the score towards its kind of work", () => {
    expect(route("Help me with this", { task: "math" }).score).toBeGreaterThan(route("Help me with this").score);
    expect(route(message, { task: "small talk" }).score).toBeLessThan(usual.score);
    expect(route("Help me with this", { task: "math" }).reasons).toContain("declared as math");
  });

  test("a task nobody knows changes nothing", () => {
    expect(route(message, { task: "constructor" })).toEqual(usual);
  });

  test("little budget raises the bar, and none sends everything to the cheap model", () => {
    expect(usual.choice).toBe("strong");
    expect(route(message, { budgetLeft: 0.1 }).threshold).toBeGreaterThan(usual.threshold);
    const broke = route(message, { budgetLeft: 0, dial: { keep_at_least: 1 } });
    expect(broke).toMatchObject({ choice: "cheap", threshold: 1 });
    expect(broke.reasons[0]).toBe("nothing of the budget is left");
  });

  test("a failing model is passed over for the other, and the reason says so first", () => {
    const decision = route(message, { unhealthy: ["strong"] });
    expect(decision.choice).toBe("cheap");
    expect(decision.reasons[0]).toBe("the strong model is failing now");
  });

  test("when both are failing the choice stays", () => {
    expect(route(message, { unhealthy: ["strong", "cheap"] }).choice).toBe("strong");
  });

  test("a session keeps its model when the other would be barely better", () => {
    const { score } = usual;
    // The stand of the dial just above the score: by itself the message goes to the cheap model.
    const stand = curve("audio").findLast((each) => each.threshold > score)!;
    const dial = { keep_at_least: stand.quality };
    expect(route(message, { dial }).choice).toBe("cheap");
    expect(route(message, { dial, usedBefore: "strong" }).threshold).toBeLessThan(settingOf(dial, "audio").threshold);
    expect(route(message, { dial, usedBefore: "cheap" }).threshold).toBeGreaterThan(settingOf(dial, "audio").threshold);
  });

  test("an answer costs more by the strong model, in speech than in text, and after a longer conversation", () => {
    expect(usual.expectedCostUsd.strong).toBeGreaterThan(usual.expectedCostUsd.cheap);
    expect(route(message, { medium: "text" }).expectedCostUsd.strong).toBeLessThan(usual.expectedCostUsd.strong);
    const history = [person("Tell me about queues. ".repeat(50))];
    const later = route(message, { history, usedBefore: "cheap" }).expectedCostUsd;
    expect(later.strong - usual.expectedCostUsd.strong).toBeGreaterThan(later.cheap - usual.expectedCostUsd.cheap);
  });
});

const anyMessage = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.lorem({ maxCount: 60 }),
  fc.constantFrom("Prove that 7 is prime", "Hi", "x".repeat(4_000), "\ud800", "好".repeat(2_000)),
);
const anySignals = fc.record<Signals>(
  {
    history: fc.array(fc.record({ persona: fc.constantFrom("human" as const, "assistant" as const), content: anyMessage }), {
      maxLength: 6,
    }),
    dial: fc.oneof(
      fc.record({ keep_at_least: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ spend_at_most: fc.double({ min: 0, max: 1, noNaN: true }) }),
    ),
    medium: fc.constantFrom("audio" as const, "text" as const),
    task: fc.constantFrom("math", "writing", "gardening"),
    budgetLeft: fc.double({ min: 0, max: 1, noNaN: true }),
    unhealthy: fc.subarray(["cheap", "strong"] as const),
    usedBefore: fc.constantFrom("cheap" as const, "strong" as const),
  },
  { requiredKeys: [] },
);

test("every message under every circumstance gets a choice within bounds, reasons and a price, twice the same", () => {
  fc.assert(
    fc.property(anyMessage, anySignals, (message, signals) => {
      const decision = route(message, signals);
      expect(decision.score).toBeGreaterThanOrEqual(0);
      expect(decision.score).toBeLessThan(1);
      expect(decision.confidence).toBeGreaterThanOrEqual(0.5);
      expect(decision.confidence).toBeLessThanOrEqual(1);
      expect(decision.reasons.length).toBeGreaterThan(0);
      // After long talk with the strong model, which has it cached, the cheap one would cost more.
      if (signals.usedBefore !== "strong")
        expect(decision.expectedCostUsd.strong).toBeGreaterThan(decision.expectedCostUsd.cheap);
      expect(decision.expectedCostUsd.cheap).toBeGreaterThan(0);
      if ((signals.unhealthy ?? []).length !== 1)
        expect(decision.choice).toBe(decision.score >= decision.threshold ? "strong" : "cheap");
      expect(route(message, signals)).toEqual(decision);
    }),
  );
});

test("less budget never turns a choice from cheap to strong", () => {
  fc.assert(
    fc.property(
      anyMessage,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (message, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        if (route(message, { budgetLeft: more }).choice === "cheap")
          expect(route(message, { budgetLeft: less }).choice).toBe("cheap");
      },
    ),
  );
});

test("reasons never repeat the person's words", () => {
  const secret = "zyxwvut";
  const { reasons } = route(`Explain ${secret} to me`, { history: [person(secret)], task: secret });
  expect(reasons.join(" ")).not.toContain(secret);
});

test("reasons name the kind of work that moved the score", () => {
  expect(route("What is the derivative of x^3 sin x?").reasons).toContain("needs mathematics");
  expect(route("Write a Java class that parses a CSV file").reasons).toContain("asks for code");
  expect(route("Good morning!").reasons[0]).toBe("small talk");
  expect(kinds).toContain("math");
});
