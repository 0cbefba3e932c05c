import fc from "fast-check";
import { expect, test } from "vitest";
import { gram, mixed } from "./characters.ts";
import { handNames } from "./tally.ts";
import { buckets, gramBuckets, read } from "./text.ts";

const feature = (text: string, name: string): number => read(text).hand[handNames.indexOf(name)]!;

test("every text, in whatever script, is read into bounded features, twice the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), (text) => {
      const seen = read(text);
      expect(seen.words.every((bucket) => bucket < buckets)).toBe(true);
      expect(seen.grams.every((bucket) => bucket < gramBuckets)).toBe(true);
      expect(new Set(seen.words).size).toBe(seen.words.length);
      expect(seen.hand.every((value) => value >= 0 && value <= 3.5)).toBe(true);
      expect(read(text)).toEqual(seen);
    }),
  );
});

/** The buckets of a text's character n-grams, put together the plain way: four characters of a word and its end, three marks before its start. */
function plainGrams(text: string): number[] {
  const found = [...text.matchAll(/[\p{L}\p{M}]+/gu)].flatMap(([word]) => {
    const letters = Array.from({ length: word.length }, (_, at) => {
      const bare = word[at]!.toLowerCase().normalize("NFD");
      return bare.charCodeAt(0);
    });
    const marked = [1, 1, 1, ...letters, 1];
    return marked
      .slice(4)
      .map((last, at) => mixed(gram(marked[at + 1]!, marked[at + 2]!, marked[at + 3]!, last)) & (gramBuckets - 1));
  });
  return [...new Set(found)];
}

test("character n-grams are those of every word, read the plain way", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."aeznéÉÑßЖяі \n'.-3Q("), { maxLength: 200 }), (characters) => {
      const text = characters.join("");
      expect([...read(text).grams]).toEqual(plainGrams(text));
    }),
  );
});

test("capitals and accents make no other words", () => {
  expect(read("Évalue L'ÉQUATION").words).toEqual(read("evalue l'equation").words);
});

test("a class of words is seen in every language it is listed in", () => {
  for (const text of ["calculate it", "calcule-le", "berechne es", "вычисли это", "احسبها احسب", "请计算", "計算して", "계산해"])
    expect(feature(text, "calculate"), text).toBeGreaterThan(0);
});

test("a word inside another is not mistaken for it", () => {
  expect(feature("Please update my candidate", "questionWord")).toBe(0);
  expect(feature("the weather", "if")).toBe(0);
});

test("options to choose among are seen, and are not part of what asks", () => {
  const question = "What is the capital of France?";
  const choosing = `${question}\nA. Paris\nB. Rome\nC. Oslo\nD. Bern`;
  expect(read(choosing).options).toBe(1);
  expect(read(question).options).toBe(0);
  expect(feature(choosing, "characters")).toBeCloseTo(feature(question, "characters"), 1);
});

test("of a long text the start and the end are read, and its length is known", () => {
  const middle = "lorem ipsum ".repeat(1_000);
  const seen = read(`Prove it. ${middle} Thanks.`);
  expect(seen.words).toEqual(read(`Prove it. ${middle}${middle} Thanks.`).words);
  expect(seen.size).toBe(middle.length + 18);
  expect(read(`${middle}Calculate`).hand[handNames.indexOf("calculate")]).toBeGreaterThan(0);
});
