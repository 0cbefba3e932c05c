import fc from "fast-check";
import { expect, test } from "vitest";
import { byVector, byWords, cosine, fused, words } from "./ranking.ts";

const order = (ranking: readonly { id: unknown }[]) => ranking.map(({ id }) => id);

test("words have no case and keep their accents", () => {
  expect(words("L'Été, 2 fois!")).toEqual(["l", "été", "2", "fois"]);
});

test("a rare word counts more than a common one, and what has none of them is left out", () => {
  const texts = ["claim form", "claim water damage", "claim claim", "opening hours"];
  expect(order(byWords("water claim", [texts]))).toEqual([1, 2, 0]);
});

test("with all words wanted, some of them are not enough", () => {
  expect(
    order(
      byWords(
        "water claim",
        [
          ["claim form", "claim", "water"],
          ["", "water", ""],
        ],
        true,
      ),
    ),
  ).toEqual([1]);
});

test("a short text about it comes before a long one that mentions it", () => {
  expect(order(byWords("water", [["a long text about fire and theft and a little water", "water"]]))).toEqual([1, 0]);
});

test("the nearest vector comes first, with the service's score", () => {
  const candidates = [
    { id: "opposite", vector: [-1, 0] },
    { id: "same", vector: [2, 0] },
    { id: "across", vector: [0, 1] },
  ];
  expect(byVector([1, 0], candidates)).toEqual([
    { id: "same", score: 1 },
    { id: "across", score: 0.5 },
    { id: "opposite", score: 1 / 3 },
  ]);
});

test("closeness looks at directions alone, whatever the lengths", () => {
  const vectors = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(vectors, vectors, fc.integer({ min: 1, max: 100 }), (left, right, times) => {
      const closeness = cosine(left, right);
      const longer = right.map((each) => each * times);
      expect(Math.abs(closeness)).toBeLessThanOrEqual(1 + 1e-9);
      expect(cosine(left, longer)).toBeCloseTo(closeness, 9);
    }),
  );
  expect(cosine([1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
  expect(cosine([0, 0], [1, 1])).toBe(0);
});

test("what stands high in both rankings stands highest", () => {
  const ranking = (...ids: string[]) => ({ ranking: ids.map((id) => ({ id, score: 1 })), weight: 1 });
  const [best, ...rest] = fused([ranking("a", "b", "c"), ranking("b", "d")]);
  expect(best).toEqual({ id: "b", score: 1 / 61 + 1 / 60 });
  expect(order(rest)).toEqual(["a", "d", "c"]);
});
