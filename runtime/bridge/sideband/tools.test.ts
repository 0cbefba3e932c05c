import { expect, test } from "vitest";
import { type TextAsk, Unanswered } from "../../services/text-models.ts";
import { pastOf } from "./past.ts";
import { runTool, type ToolServices, toolFailed } from "./tools.ts";

const asked: TextAsk[] = [];
const searched: string[][] = [];
const services: ToolServices = {
  knowledge: {
    search: async (queries) => {
      searched.push([...queries]);
      return queries[0] === "nothing" ? [] : [{ id: "hours", title: "Hours", content: "Open until six." }];
    },
  },
  textModels: {
    async answer(ask) {
      asked.push(ask);
      return {
        text: "Because.",
        deployment: "router",
        model: "gpt-5.4",
        choice: "strong",
        routedTo: "gpt-5.4",
        usage: { prompt_tokens: 1 },
      };
    },
  },
  turns: async () => Array.from({ length: 30 }, (_, at) => ({ persona: "human" as const, content: `turn ${at}` })),
};
const called = (name: string, given: unknown) => ({
  toolCallId: "call_1",
  name,
  argumentsJson: typeof given === "string" ? given : JSON.stringify(given),
});

test("the expert is the strong chain of text models, told the last turns and the question", async () => {
  const outcome = await runTool(called("ask_expert", { question: "Why?" }), "cheap", services);
  expect(outcome).toEqual({
    content: "Because.",
    used: { deployment: "router", choice: "strong", routedTo: "gpt-5.4", usage: { prompt_tokens: 1 } },
  });
  expect(asked.at(-1)).toMatchObject({ choice: "strong", message: "Why?" });
  expect(asked.at(-1)?.turns.map((each) => each.content)).toEqual(Array.from({ length: 10 }, (_, at) => `turn ${at + 20}`));
});

test("an expert without words has failed, and is paid for; one that never read the question is not", async () => {
  const used = { deployment: "chat-strong", model: "gpt-5.5", choice: "strong", usage: { completion_tokens: 4_000 } } as const;
  const asks = (error: Error) => {
    const textModels = { answer: () => Promise.reject(error) };
    return runTool(called("ask_expert", { question: "Why?" }), "cheap", { ...services, textModels });
  };
  const { model: _, ...paid } = used;
  expect(await asks(new Unanswered(false, used))).toEqual({ content: toolFailed, used: paid });
  const unread = new Unanswered(true);
  await expect(asks(unread)).rejects.toBe(unread);
});

test("the strong model has no expert, whatever it asks for", async () => {
  const before = asked.length;
  expect((await runTool(called("ask_expert", { question: "Why?" }), "strong", services)).content).toContain("no such tool");
  expect((await runTool(called("delete_everything", {}), "cheap", services)).content).toContain("no such tool");
  expect(asked).toHaveLength(before);
});

test("what the model got wrong is answered in words it can act on", async () => {
  const before = [asked.length, searched.length];
  for (const given of ["{", {}, { question: "" }, { question: "x".repeat(4_001) }])
    expect((await runTool(called("ask_expert", given), "cheap", services)).content).toContain("ask_expert again");
  for (const given of ["{", {}, { query: "x".repeat(501) }])
    expect((await runTool(called("search_documents", given), "strong", services)).content).toContain("search_documents again");
  expect([asked.length, searched.length]).toEqual(before);
});

test("documents come between marks, and that they say nothing is said", async () => {
  const found = await runTool(called("search_documents", { query: "hours" }), "strong", services);
  expect(found.content).toMatch(/^<documents>.*Open until six\..*<\/documents>$/);
  expect((await runTool(called("search_documents", { query: "nothing" }), "cheap", services)).content).toContain("say nothing");
});

test("a model that joins is told the last 20 turns, as far back as they fit", () => {
  const turns = Array.from({ length: 30 }, (_, at) => ({ persona: "human" as const, content: `turn ${at}` }));
  expect(pastOf(turns).map((each) => each.content)).toEqual(Array.from({ length: 20 }, (_, at) => `turn ${at + 10}`));
  const long = turns.map((each) => ({ ...each, content: "x".repeat(8_000) }));
  expect(pastOf(long)).toHaveLength(4);
  expect(pastOf([{ persona: "human", content: "x".repeat(50_000) }])[0]?.content).toHaveLength(32_000);
  expect(pastOf([])).toEqual([]);
});
