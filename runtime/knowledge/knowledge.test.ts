import { expect, test } from "vitest";
import type { Cache } from "../services/redis.ts";
import { knowledgeOf } from "./knowledge.ts";

const passage = (id: string) => ({ id, title: id, content: id });

function remembering(): Cache & { readonly keys: string[] } {
  const values = new Map<string, string>();
  return {
    get keys() {
      return [...values.keys()];
    },
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    close: async () => undefined,
  };
}

test("passages of all questions come once each, best first, five at most", async () => {
  const index = {
    search: async (query: string) =>
      query === "one"
        ? ["a", "b", "c"].map((id, at) => ({ passage: passage(id), score: 3 - at }))
        : ["b", "d", "e", "f"].map((id, at) => ({ passage: passage(id), score: 2.5 - at / 10 })),
  };
  const found = await knowledgeOf(index, remembering()).search(["one", "two"], "fr-FR");
  expect(found.map((each) => each.id)).toEqual(["a", "b", "d", "e", "f"]);
});

test("an answer is asked for once for each language, and none is an answer too", async () => {
  let asked = 0;
  const index = {
    search: async () => {
      asked++;
      return [];
    },
  };
  const knowledge = knowledgeOf(index, remembering());
  await knowledge.search(["hours"], "fr-FR");
  await knowledge.search([" Hours "], "fr-FR");
  expect(asked).toBe(1);
  await knowledge.search(["hours"], "en-US");
  expect(asked).toBe(2);
});

test("what was asked stands in no key of the cache", async () => {
  const cache = remembering();
  await knowledgeOf({ search: async () => [] }, cache).search(["Ada Martin's contract"], "fr-FR");
  expect(cache.keys).toHaveLength(1);
  expect(cache.keys[0]).toMatch(/^knowledge:fr-FR:[0-9a-f]{64}$/);
});
